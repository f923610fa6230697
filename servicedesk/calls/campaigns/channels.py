"""The ways to reach somebody: each says whether it can, does it once under a key, and whether the same key twice is one contact."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from itsm.notify import messages
from itsm.notify.texts import reason_text
from itsm.people.directory import directory

from ..models import Exchange
from . import hooks, placing, wording
from .hooks import Outcome
from .models import CallCampaign, CampaignTarget, Channel, ContactHook

LACKS: dict[str, Any] = {
    Channel.SMS: _("No gateway for texts is set up."), Channel.CALL: _("No exchange and no robot that calls is set up."),
}  # fmt: skip


def lacking(organisation_ids: Iterable[int]) -> dict[str, str]:
    """The channels that work for none of these organisations, each with what it lacks."""
    rows = directory.get().organisations
    line = {above for pk in organisation_ids for above in (rows[pk].lineage if pk in rows else (pk,))}
    found = set(ContactHook.objects.filter(is_active=True, organisation_id__in=line).values_list("kind", flat=True))
    if Channel.CALL not in found and placing.exchange_within(line):
        found.add(Channel.CALL)
    return {channel: str(words) for channel, words in LACKS.items() if channel not in found}


@dataclass
class Ways:
    """What the channels of a campaign need, read once a run."""

    campaign: CallCampaign
    about: dict | None
    found: dict[str, hooks.ContactHook | None] = field(default_factory=dict)
    exchange: Exchange | None = None

    @classmethod
    def of(cls, campaign: CallCampaign) -> "Ways":
        kinds = [kind for kind in (Channel.SMS, Channel.CALL) if kind in campaign.channels]
        found = {kind: hooks.of(kind, campaign.organisation_id) for kind in kinds}
        # A robot of its own comes before the exchange.
        rings = Channel.CALL in kinds and found[Channel.CALL] is None
        return cls(
            campaign, wording.facts(campaign), found, placing.exchange_of(campaign.organisation_id) if rings else None
        )

    def usable(self, channel: str) -> bool:
        """Is there anything behind this channel at all?"""
        if channel == Channel.CALL and self.exchange is not None:
            return True
        return channel == Channel.EMAIL or self.found.get(channel) is not None

    def of_campaign(self) -> list[str]:
        """Those of the campaign that work, in its order."""
        return [channel for channel in self.campaign.channels if self.usable(channel)]

    def idempotent(self, channel: str) -> bool:
        """May an interrupted contact be done again under its key?"""
        hook = self.found.get(channel)
        return channel == Channel.EMAIL or bool(hook and hook.idempotent)

    def contact(self, target: CampaignTarget, channel: str, key: str) -> Outcome:
        """Do it, outside of any transaction."""
        subject, text = wording.message(self.campaign, target, self.about)
        if channel == Channel.EMAIL:
            return self._mail(target, key, subject, text)
        hook = self.found.get(channel)
        if hook is None and channel == Channel.CALL and self.exchange is not None:
            return placing.place(self.exchange, self.campaign, target, key, text)
        if hook is None:
            return Outcome(False, "no_channel", final=True)
        to = target.mobile if channel == Channel.SMS else target.number or target.mobile
        return hooks.send(hook, key=key, to=to, text=text, language=target.language)

    def _mail(self, target: CampaignTarget, key: str, subject: str, text: str) -> Outcome:
        message = messages.queue(
            key=key, template="campaign", user=target.person, address=target.email, language=target.language,
            context={"subject": subject, "message": text, "number": self.about["number"] if self.about else ""},
        )  # fmt: skip
        if message is not None and message.state == message.State.WITHHELD:
            return Outcome(False, reason_text(message.reason), final=True)
        return Outcome(True)
