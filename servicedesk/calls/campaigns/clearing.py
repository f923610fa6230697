"""The all-clear of a major incident: one campaign to its list, by every way that is set up, at once and at any hour people are up."""

from collections import Counter
from datetime import datetime, time

from ...majors import wording
from ...majors.models import MajorIncident
from . import audience, hooks, placing, services
from .models import CHANNELS, CallCampaign

PER_MINUTE = 120


def ways(organisation_id: int) -> list[str]:
    """The channels that are set up, texts first: nobody wants to be rung for good news. Mail always is."""
    found = [kind for kind in ("sms", "call") if hooks.of(kind, organisation_id)]
    if "call" not in found and placing.exchange_of(organisation_id):
        found.append("call")
    return [*found, "email"]


def preview(major: MajorIncident) -> audience.Preview:
    """Who would be told, by which channel first, who falls out: what every page says of them, and whom `launch` tells."""
    organisation = major.record.organisation
    channels = ways(organisation.pk)
    entries = audience.sorted_out(list(audience.to_be_told(major)), channels, organisation)
    found = audience.Preview(entries, Counter(each.why for each in entries))
    for each in entries:
        if not each.why:
            found.channels[next(channel for channel in channels if each.reached_by(channel))] += 1
    return found


def texts(major: MajorIncident) -> dict[str, str]:
    """What is said unless somebody writes something better."""
    named = bool(major.record.service_id)
    told = {f"message_{lang}": text for lang, text in wording.usual("clear", named=named).items()}
    return told | {f"subject_{lang}": text for lang, text in wording.usual("subject", named=named).items()}


def launch(major: MajorIncident, *, actor, at: datetime, **message) -> CallCampaign | None:
    """The campaign, running; None when nobody is to be told. Inside the transaction of the all-clear."""
    record = major.record
    entries = list(audience.of_major(major))
    channels = ways(record.organisation_id)
    found = audience.sorted_out([*entries], channels, record.organisation)
    if not any(not each.why for each in found):
        return None
    campaign = CallCampaign(
        organisation=record.organisation, created_by=actor, name=f"{record.number} {record.title}"[:120], major=major, is_all_clear=True,
        audience=audience.made("record", number=record.number), channels=[c for c in channels if c in CHANNELS],
        per_minute=PER_MINUTE, hours_from=time(7), hours_to=time(21), **(texts(major) | {k: v for k, v in message.items() if v}),
    )  # fmt: skip
    for name in services.TEXTS:
        setattr(campaign, name, wording.check(getattr(campaign, name), name, (*wording.OF_PERSON, *wording.OF_MAJOR)))
    campaign.save(force_insert=True)
    services.begin(campaign, entries, actor=actor, at=at)
    return campaign
