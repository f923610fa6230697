"""Sentences about merges taken back, splits, followers and time: what `timeline.sentence` says beside its own verbs."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from itsm.audit.models import Entry
from itsm.core import durations

from .models import TimeEntry
from .wording import instant

ICONS = {
    "outage": "activity-heartbeat", "unmerged": "arrow-back-up", "split": "arrows-split", "split_off": "arrows-split", "followed": "eye", "unfollowed": "eye-off",
    "time_added": "clock-plus", "time_changed": "clock-edit", "time_removed": "clock-minus",
}  # fmt: skip


def text(verb: str, entry: Entry, people: dict[int, str]) -> str:
    """What was done; an empty string for a verb that is not told here."""
    data = entry.data
    match verb:
        case "linked" if data.get("unmerged"):
            return _("%(number)s was taken out again: the merge was undone.") % {"number": data["unmerged"]}
        case "unmerged":
            return _("The merge into %(number)s was undone: a ticket of its own again.") % {
                "number": data.get("out_of", "")
            }
        case "split":
            count = data.get("messages", 0)
            return ngettext(
                "%(n)s message was split off into %(number)s.", "%(n)s messages were split off into %(number)s.", count
            ) % {"n": count, "number": data.get("split_into", "")}
        case "split_off":
            return _("Split off from %(number)s.") % {"number": data.get("out_of", "")}
        case "outage":
            return _outage(data)
        case "followed" | "unfollowed":
            return _followers(verb, entry, people)
        case "time_added" | "time_changed" | "time_removed":
            return _time(verb, data)
    return ""


def _outage(data: dict) -> str:
    """How the record's service did from an instant on."""
    words = {
        "service": data.get("service", ""), "since": durations.moment(instant(data.get("since"))),
        "time": durations.short(data.get("lasted") or None),
    }  # fmt: skip
    match data.get("outage"):
        case "down":
            return _("“%(service)s” does not work since %(since)s.") % words
        case "degraded":
            return _("“%(service)s” works badly since %(since)s.") % words
        case "told":
            return _("What users read about “%(service)s” was changed.") % words
    return _("“%(service)s” works again since %(since)s, after %(time)s.") % words


def with_outages(said: str, entry: Entry) -> str:
    """A sentence about the end or the return of a record, with the outages that ended or went on with it."""
    for each in entry.data.get("outages", ()):
        since = instant(each["since"])
        words = {
            "text": said,
            "service": each["name"],
            "time": durations.short(int((entry.at - since).total_seconds()) if since else None),
        }
        said = _("%(text)s “%(service)s” works again after %(time)s.") % words
    for name in entry.data.get("outages_again", ()):
        said = _("%(text)s The outage of “%(service)s” goes on.") % {"text": said, "service": name}
    return said


def _followers(verb: str, entry: Entry, people: dict[int, str]) -> str:
    person = entry.data.get("person")
    if person == entry.actor_id:
        return _("Follows this ticket.") if verb == "followed" else _("No longer follows this ticket.")
    words = {"person": people.get(person, "")}
    if verb == "followed":
        return _("%(person)s was added as a follower.") % words
    return _("%(person)s was removed from the followers.") % words


def _time(verb: str, data: dict) -> str:
    kind = dict(TimeEntry.Kind.choices).get(data.get("kind", ""), "")
    words = {
        "time": durations.short(60 * (data.get("minutes") or 0)), "old": durations.short(60 * (data.get("from") or 0)), "kind": kind,
    }  # fmt: skip
    match verb:
        case "time_added":
            return _("Time spent: %(time)s (%(kind)s).") % words
        case "time_changed" if words["old"] != words["time"]:
            return _("Time spent put right: %(old)s → %(time)s.") % words
        case "time_changed":
            return _("Time spent put right: %(time)s (%(kind)s).") % words
    return _("Time spent taken away: %(time)s.") % words


def named(entry: Entry) -> set[int]:
    """People that such a sentence mentions."""
    people = (entry.data.get("person"), entry.data.get("user"))
    return {person for person in people if isinstance(person, int)}
