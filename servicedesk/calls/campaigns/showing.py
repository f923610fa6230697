"""What the pages of campaigns show: progress, per person, and the file of outcomes."""

from collections.abc import Iterator, Mapping

from django.db.models import Count, Min
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from itsm.core import durations, live, now
from itsm.core.chips import chip
from itsm.people.scope import scope_of

from .. import numbers
from . import audience, running, wording
from .models import CallCampaign, CampaignAttempt, CampaignState, CampaignTarget, Channel

T = CampaignTarget.State
LOOKS = {
    T.WAITING: ("blue", "clock"), T.CLAIMED: ("blue", "loader"), T.SENT: ("blue", "phone-outgoing"), T.REACHED: ("green", "check"),
    T.FAILED: ("red", "x"), T.UNKNOWN: ("amber", "help-circle"), T.STOPPED: ("grey", "player-stop"), T.SKIPPED: ("grey", "ban"),
}  # fmt: skip
STATES = {
    CampaignState.DRAFT: ("grey", "pencil"), CampaignState.RUNNING: ("blue", "player-play"), CampaignState.PAUSED: ("amber", "player-pause"),
    CampaignState.STOPPED: ("red", "player-stop"), CampaignState.FINISHED: ("green", "check"),
}  # fmt: skip
NAMES = {"fr": "Français", "en": "English"}
OTHER = {
    "fr": lambda n: ngettext("%(n)s person reads French and gets the English text.", "%(n)s people read French and get the English text.", n),
    "en": lambda n: ngettext("%(n)s person reads English and gets the French text.", "%(n)s people read English and get the French text.", n),
}  # fmt: skip
ORDER = (T.REACHED, T.SENT, T.CLAIMED, T.WAITING, T.UNKNOWN, T.FAILED, T.STOPPED)


def state_chip(campaign: CallCampaign):
    """Where it stands, in colour."""
    return chip(*STATES[CampaignState(campaign.state)], campaign.get_state_display())


def version(user, pk: int) -> str:
    """What stands for a drawing of the progress: one read of Redis, rights included."""
    scope = scope_of(user)
    return live.version([running.topic(pk)], user.pk, sorted(scope.permissions), scope.organisations)


def progress(campaign: CallCampaign) -> dict:
    """How many stand where, how far it is, how long it may still take."""
    counted = dict(
        CampaignTarget.objects.filter(campaign=campaign).order_by().values_list("state").annotate(n=Count("pk"))
    )
    whole = sum(n for state, n in counted.items() if state != T.SKIPPED)
    left = counted.get(T.WAITING, 0) + counted.get(T.CLAIMED, 0)
    done, x, bars = whole - left, 0.0, []
    for state in ORDER:
        n = counted.get(state, 0)
        if n:
            wide = 100 * n / whole
            bars.append({"state": state, "x": f"{x:.2f}", "wide": f"{wide:.2f}", "tone": LOOKS[state][0]})
            x += wide
    next_at = None
    if campaign.state == CampaignState.RUNNING and left:
        next_at = CampaignTarget.objects.filter(campaign=campaign, state=T.WAITING).aggregate(at=Min("next_at"))["at"]
    return {
        "whole": whole, "done": done, "share": round(100 * done / whole) if whole else 0, "bars": bars, "skipped": counted.get(T.SKIPPED, 0),
        "counts": [(state, T(state).label, LOOKS[state], counted[state]) for state in ORDER if counted.get(state)],
        "left": durations.short(60 * left / campaign.per_minute) if left and campaign.state == CampaignState.RUNNING else "",
        "waits_until": next_at if next_at and next_at > now() else None,
    }  # fmt: skip


def languages(campaign: CallCampaign, counted: Mapping[str, int]) -> list[dict]:
    """How many read each language, and a warning where these get the other one's text."""
    found = []
    for language, name in NAMES.items():
        n = counted.get(language, 0)
        warning = ""
        if n and wording.given(campaign, language) not in (language, ""):
            warning = OTHER[language](n) % {"n": n}
        found.append({"language": language, "name": name, "n": n, "warning": warning})
    return found


def written(campaign: CallCampaign) -> list[dict]:
    """The messages as they are written, their variables unfilled."""
    return [
        {"name": name, "language": language, "subject": getattr(campaign, f"subject_{language}"), "text": getattr(campaign, f"message_{language}")}
        for language, name in NAMES.items()
        if getattr(campaign, f"message_{language}")
    ]  # fmt: skip


def channel_counts(campaign: CallCampaign) -> list[dict]:
    """What each channel did: contacts, delivered, failed, interrupted."""
    A = CampaignAttempt.Outcome
    rows = CampaignAttempt.objects.filter(target__campaign=campaign).order_by()
    counted = {
        (channel, outcome): n for channel, outcome, n in rows.values_list("channel", "outcome").annotate(n=Count("pk"))
    }
    return [
        {
            "label": Channel(channel).label, "all": sum(n for (c, _o), n in counted.items() if c == channel),
            "good": counted.get((channel, A.GOOD), 0) + counted.get((channel, A.PLACED), 0), "bad": counted.get((channel, A.BAD), 0),
            "unknown": counted.get((channel, A.UNKNOWN), 0),
        }
        for channel in campaign.channels
    ]  # fmt: skip


def target_rows(rows: list[CampaignTarget], campaign: CallCampaign) -> list[dict]:
    """Lines of the people."""
    last: dict[int, CampaignAttempt] = {}
    for attempt in CampaignAttempt.objects.filter(target__in=rows).order_by("pk"):
        last[attempt.target_id] = attempt
    return [
        {
            "target": each, "look": chip(*LOOKS[T(each.state)], T(each.state).label), "why": str(audience.WHYS.get(each.why, each.why)),
            "number": numbers.spoken(each.number or each.mobile), "attempt": last.get(each.pk),
            "again": each.state in (T.UNKNOWN, T.FAILED) or (each.state == T.SENT and each.done_at is not None),
        }
        for each in rows
    ]  # fmt: skip


def lines(campaign: CallCampaign) -> Iterator[list]:
    """The file of outcomes: a line a person."""
    yield [_("Person"), pgettext("person", "Language"), _("Number"), _("Mail"), _("Outcome"), _("Reason"), _("Channel"), _("Contacts"), _("When")]  # fmt: skip
    tried = dict(CampaignAttempt.objects.filter(target__campaign=campaign).order_by().values_list("target").annotate(n=Count("pk")))  # fmt: skip
    rows = CampaignTarget.objects.filter(campaign=campaign).order_by("pk")
    for each in rows.iterator(chunk_size=1000):
        channel = campaign.channels[min(each.channel, len(campaign.channels) - 1)] if tried.get(each.pk) else ""
        yield [
            each.name, each.language, each.number or each.mobile, each.email, T(each.state).label, str(audience.WHYS.get(each.why, each.why)),
            Channel(channel).label if channel else "", tried.get(each.pk, 0), durations.moment(each.done_at) if each.done_at else "",
        ]  # fmt: skip
