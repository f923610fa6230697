"""One timeline: what was said and what was done, newest first, each act as a sentence in the reader's language."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from itsm.audit.models import Entry
from itsm.core import durations
from itsm.people.directory import directory, names_of

from . import processes, reference, steps
from .models import Attachment, Comment, Record
from .moves import SUBJECT

LIMIT = 50
PUBLIC_VERBS = {
    "opened", "acknowledged", "held", "reminded", "resumed", "resolved", "reopened", "closed", "cancelled", "escalated", "assigned", "merged",
}  # fmt: skip
FIELDS = {
    "title": gettext_lazy("title"), "description": gettext_lazy("description"), "category_id": gettext_lazy("category"),
    "service_id": gettext_lazy("service"), "impact": gettext_lazy("impact"), "urgency": gettext_lazy("urgency"),
    "priority": gettext_lazy("priority"), "team_id": gettext_lazy("team"), "assignee_id": gettext_lazy("assigned to"),
    "site_id": gettext_lazy("site"), "major": gettext_lazy("major incident"), "requester_id": gettext_lazy("requester"),
    "confidentiality_id": gettext_lazy("confidentiality"), "occurred_at": gettext_lazy("since"), "parent_id": gettext_lazy("parent"),
}  # fmt: skip
ICONS = {
    "opened": "circle-plus", "acknowledged": "hand-grab", "escalated": "arrow-up-right", "assigned": "user-plus", "held": "player-pause",
    "resumed": "player-play", "resolved": "check", "reopened": "arrow-back-up", "closed": "lock", "cancelled": "ban",
    "paged": "phone-outgoing", "called": "phone-outgoing", "page_answered": "phone-check", "page_passed": "arrow-forward-up",
    "page_exhausted": "phone-off", "alerted": "bell-ringing", "warned": "clock", "reminded": "bell", "linked": "link", "merged": "arrow-merge", "edited": "pencil",
    "survey.sent": "mail", "survey.answered": "star", "imported": "upload",
}  # fmt: skip


@dataclass
class Line:
    """A comment or an act."""

    kind: str
    at: datetime
    author: str
    author_id: int | None
    public: bool
    body: str = ""
    verb: str = ""
    sentence: str = ""
    icon: str = "point"
    id: int = 0
    initials: str = ""
    files: list = field(default_factory=list)
    origin: str = ""


def timeline(
    record: Record, *, agent: bool, show: str = "all", before: datetime | None = None, limit: int = LIMIT,
    files: list[Attachment] | None = None, names: Callable[[set[int]], dict[int, str]] = names_of,
) -> list[Line]:  # fmt: skip
    """The newest `limit` lines before an instant. `show`: all, public, internal, history. A requester gets public ones only.

    `files`: all of the record's, from who has read them already. `names`: who reads people by id anyway.
    """
    comments = _comments(record, agent=agent, show=show, before=before, limit=limit) if show != "history" else []
    entries = _entries(record, agent=agent, before=before, limit=limit) if show in ("all", "history") else []
    people = names({c.author_id for c in comments} | {e.actor_id for e in entries} | _named(entries))
    by_comment = _files(record, comments, agent, files)
    lines = [_said(c, people, by_comment) for c in comments]
    lines += [_done(record, e, people, agent) for e in entries]
    lines.sort(key=lambda line: (line.at, line.id), reverse=True)
    return lines[:limit]


def _comments(record, *, agent, show, before, limit):
    rows = Comment.objects.filter(record_id=record.pk)
    if not agent or show == "public":
        rows = rows.filter(public=True)
    elif show == "internal":
        rows = rows.filter(public=False)
    if before:
        rows = rows.filter(at__lt=before)
    return list(rows.order_by("-at", "-id")[:limit])


def _entries(record, *, agent, before, limit):
    rows = Entry.objects.filter(subject_kind=SUBJECT, subject_id=record.pk).exclude(verb=f"{record.kind}.commented")
    if not agent:
        rows = rows.filter(verb__in=[f"{record.kind}.{verb}" for verb in PUBLIC_VERBS])
    if before:
        rows = rows.filter(at__lt=before)
    return list(rows.order_by("-id")[:limit])


def _files(record, comments, agent, known) -> dict[int, list[Attachment]]:
    found: dict[int, list[Attachment]] = {}
    if known is not None:
        for attachment in known:
            if attachment.comment_id and (agent or attachment.public):
                found.setdefault(attachment.comment_id, []).append(attachment)
    elif comments:
        rows = Attachment.objects.filter(record_id=record.pk, comment__isnull=False)
        for attachment in rows if agent else rows.filter(public=True):
            found.setdefault(attachment.comment_id, []).append(attachment)
    return found


def _named(entries) -> set[int]:
    """People that the sentences mention."""
    mentioned = set()
    for entry in entries:
        for name in ("assignee_id", "requester_id"):
            mentioned |= {value for value in entry.changes.get(name, []) if isinstance(value, int)}
        if isinstance(entry.data.get("user"), int):
            mentioned.add(entry.data["user"])
    return mentioned


def _said(comment: Comment, people, files) -> Line:
    author = people.get(comment.author_id) or _("Vigie")
    return Line(
        "comment", comment.at, author, comment.author_id, comment.public, body=comment.body, id=comment.pk,
        initials=_initials(author), files=files.get(comment.pk, []),
        icon="world" if comment.public else "lock",
    )  # fmt: skip


def _done(record: Record, entry: Entry, people, agent: bool) -> Line:
    verb = entry.verb.removeprefix(f"{record.kind}.")
    author = people.get(entry.actor_id) or _("Vigie")
    return Line(
        "event", entry.at, author, entry.actor_id, verb in PUBLIC_VERBS, verb=verb, id=entry.pk,
        sentence=sentence(record, entry, verb, people, agent=agent), icon=ICONS.get(verb, "point"), initials=_initials(author),
    )  # fmt: skip


def sentence(record: Record, entry: Entry, verb: str, people: dict[int, str], *, agent: bool) -> str:
    """What was done, for people. Unknown verbs are shown as they are, never dropped."""
    data = {
        "reason": steps.reason(entry.data) if agent else "", "step": entry.data.get("step", ""),
        "to": entry.data.get("to", ""), "into": entry.data.get("into", ""), "parent": entry.data.get("parent", ""),
        "team": _team(entry.changes.get("team_id", [None, None])[1]), "from": _team(entry.changes.get("team_id", [None, None])[0]),
        "person": people.get(entry.changes.get("assignee_id", [None, None])[1], ""), "score": (entry.changes.get("score") or ["", ""])[1],
        "held": durations.short(entry.data.get("held_seconds")), "code": _code(entry.changes.get("resolution_code_id")),
        "hold": _hold(entry.changes.get("hold_reason_id")), "until": durations.moment(_instant(entry.changes.get("hold_until"))),
        "chain": entry.data.get("chain", ""), "called": people.get(entry.data.get("user"), ""), "round": entry.data.get("round", ""),
        "after": durations.short(entry.data.get("seconds")), "merged": entry.data.get("merged", ""), "type": entry.data.get("type", ""), "reminder": entry.data.get("reminder", ""), "reminders": entry.data.get("reminders", ""),
    }  # fmt: skip
    text = _text(verb, entry, data, agent)
    if verb == "edited" or (text == "" and entry.changes):
        text = _edited(record, entry, people)
    if agent and data["reason"] and verb not in ("reopened",):
        text = _("%(text)s Reason: %(reason)s") % {"text": text, "reason": data["reason"]}
    return text or verb


def _text(verb: str, entry: Entry, data: dict, agent: bool) -> str:
    automatic = entry.data.get("automatic")
    match verb:
        case "opened":
            return _("Opened.")
        case "acknowledged":
            return _("Taken in charge.")
        case "escalated" if agent:
            return _("Functional escalation %(from)s → %(team)s after %(held)s.") % data
        case "escalated" | "assigned" if not agent:
            return _("Passed on to another team.")
        case "assigned" if entry.data.get("given_back"):
            return _("Given back: the assignment before was restored.")
        case "assigned" if data["team"] and data["person"]:
            return _("Assigned to %(team)s, %(person)s.") % data
        case "assigned" if data["team"]:
            return _("Assigned to %(team)s.") % data
        case "assigned" if data["person"]:
            return _("Assigned to %(person)s.") % data
        case "held" if data["until"]:
            return _("On hold: %(hold)s, until %(until)s.") % data
        case "held":
            return _("On hold: %(hold)s.") % data
        case "resumed" if automatic:
            return _("Resumed by itself: the date has come.")
        case "resumed":
            return _("Resumed.")
        case "resolved" if data["parent"]:
            return _("Resolved with %(parent)s: %(code)s.") % data
        case "resolved" if automatic:
            return _("Resolved by itself, for want of an answer: %(code)s.") % data
        case "resolved":
            return _("Resolved: %(code)s.") % data
        case "reopened":
            return _("Reopened.")
        case "closed" if automatic:
            return _("Closed by itself, some days after the resolution.")
        case "closed":
            return _("Closed.")
        case "cancelled":
            return _("Cancelled.")
        case "alerted":
            return _("A manager was alerted.")
        case "reminded":
            return _("The requester was reminded (%(reminder)s of %(reminders)s).") % data
        case "warned":
            return _("Warning: %(step)s per cent of the target is used.") % data
        case "paged":
            return _("The on-call is called (chain %(chain)s).") % data
        case "called" if entry.data.get("outcome") == "nobody":
            return _("Nobody is on call (round %(round)s).") % data
        case "called" if entry.data.get("outcome") == "unable":
            return _("%(called)s is on call but may not work this ticket (round %(round)s).") % data
        case "called":
            return _("%(called)s was called (round %(round)s).") % data
        case "page_answered":
            return _("Took the call after %(after)s.") % data
        case "page_passed":
            return _("Passed the call on.")
        case "page_exhausted":
            return _("Nobody answered the call (chain %(chain)s).") % data
        case "linked" if data["merged"]:
            return _("%(merged)s was merged into this ticket.") % data
        case "linked" if data["type"] == "no_longer_child_of":
            return _("No longer a child of %(to)s.") % data
        case "linked" if data["type"] == "unlinked":
            return _("No longer linked to %(to)s.") % data
        case "linked":
            return _("Linked to %(to)s.") % data
        case "merged":
            return _("Merged into %(into)s.") % data
        case "survey.sent":
            return _("The satisfaction survey was sent.")
        case "survey.answered":
            return _("The survey was answered: %(score)s out of 5.") % data
        case "imported":
            return _("Imported.")
    return ""


def _edited(record: Record, entry: Entry, people) -> str:
    parts = []
    for name, (old, new) in entry.changes.items():
        if name in ("description",):
            parts.append(_("%(field)s changed") % {"field": FIELDS[name]})
        elif name in FIELDS:
            parts.append(
                _("%(field)s: %(old)s → %(new)s")
                % {"field": FIELDS[name], "old": _shown(name, old, people), "new": _shown(name, new, people)}
            )
    added, removed = entry.data.get("items_added"), entry.data.get("items_removed")
    if added:
        parts.append(_("items added: %(names)s") % {"names": ", ".join(added)})
    if removed:
        parts.append(_("items removed: %(names)s") % {"names": ", ".join(removed)})
    for name, words in (
        ("task_added", _("task added: %(title)s")),
        ("task_done", _("task done: %(title)s")),
        ("task_again", _("task open again: %(title)s")),
    ):
        if entry.data.get(name):
            parts.append(words % {"title": entry.data[name]})
    text = "; ".join(parts)
    return text[:1].upper() + text[1:] + ("." if text else "") if text else _("Edited.")


def _shown(name: str, value, people) -> str:
    if value in (None, ""):
        return "—"
    match name:
        case "priority":
            return f"P{value}"
        case "category_id":
            return reference.category_path(value) or str(value)
        case "team_id":
            return _team(value)
        case "assignee_id" | "requester_id":
            return people.get(value, str(value))
        case "major":
            return _("yes") if value else _("no")
        case "site_id":
            row = directory.get().sites.get(value)
            return row.name if row else str(value)
    return str(value)


def _team(pk: int | None) -> str:
    row = directory.get().teams.get(pk) if pk else None
    return row.code if row else ""


def _code(change) -> str:
    row = reference.resolution_codes.get().get(change[1]) if change else None
    return row.name if row else ""


def _hold(change) -> str:
    row = reference.hold_reasons.get().get(change[1]) if change else None
    return row.name if row else ""


def _instant(change) -> datetime | None:
    return datetime.fromisoformat(change[1]) if change and change[1] else None


def _initials(name: str) -> str:
    return "".join(part[:1] for part in name.split()[:2]).upper()


def state_label(record: Record) -> str:
    """The state for people, with the reason of a wait."""
    label = str(processes.get(record.kind).lifecycle.label(record.state))
    if record.hold_reason_id:
        row = reference.hold_reasons.get().get(record.hold_reason_id)
        return row.name if row else label
    return label
