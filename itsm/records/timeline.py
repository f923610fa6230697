"""One timeline: what was said and what was done, newest first, each act as a sentence in the reader's language."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from itsm.audit.models import Entry
from itsm.core import durations
from itsm.levels.agreements import supplier_name
from itsm.people.directory import names_of

from . import asking_words, processes, reference, steps, wording, work_words
from .models import Attachment, Comment, Record
from .moves import SUBJECT

LIMIT = 40
# In the data of an entry: another entry tells the same (its verb), this one is for the audit.
TOLD_BY = "told_by"
PUBLIC_VERBS = {
    "opened", "acknowledged", "held", "reminded", "resumed", "resolved", "reopened", "closed", "cancelled", "escalated", "assigned", "merged", "unmerged",
    *asking_words.PUBLIC,
}  # fmt: skip
ICONS = {
    "opened": "circle-plus", "acknowledged": "hand-grab", "escalated": "arrow-up-right", "assigned": "user-plus", "held": "player-pause",
    "resumed": "player-play", "resolved": "check", "reopened": "arrow-back-up", "closed": "lock", "cancelled": "ban",
    "paged": "phone-outgoing", "called": "phone-outgoing", "page_answered": "phone-check", "page_passed": "arrow-forward-up",
    "page_exhausted": "phone-off", "webhook_called": "webhook", "alerted": "bell-ringing", "warned": "clock", "reminded": "bell", "linked": "link", "merged": "arrow-merge", "edited": "pencil",
    "follow_up_set": "calendar-event", "follow_up_moved": "calendar-event", "followed_up": "calendar-check",
    "attached": "paperclip", "survey.sent": "mail", "survey.answered": "star", "imported": "upload", "clocks_repaired": "refresh", **work_words.ICONS, **asking_words.ICONS,
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
    waits_for: str = ""
    merged: str = ""
    undo: str = ""


def timeline(
    record: Record, *, agent: bool, show: str = "all", before: datetime | None = None, limit: int = LIMIT,
    files: list[Attachment] | None = None, names: Callable[[set[int]], dict[int, str]] = names_of,
) -> list[Line]:  # fmt: skip
    """The newest `limit` lines before an instant. `show`: all, public, internal, history. A requester gets public ones only.

    `files`: all of the record's, from who has read them already. `names`: who reads people by id anyway.
    """
    comments = _comments(record, agent=agent, show=show, before=before, limit=limit) if show != "history" else []
    entries = _entries(record, agent=agent, before=before, limit=limit) if show in ("all", "history") else []
    mentioned = wording.mentioned(entries, wording.PEOPLE).union(
        *(work_words.named(entry) | asking_words.named(entry) for entry in entries)
    )
    people = names({c.author_id for c in comments} | {e.actor_id for e in entries} | mentioned)
    known = wording.names(entries, people)
    by_comment = _files(record, comments, agent, files)
    origins = _origins(comments) if agent else {}
    lines = [_said(c, people, by_comment, origins) for c in comments]
    lines += [_done(record, e, known, agent) for e in entries]
    lines.sort(key=lambda line: (line.at, line.id), reverse=True)
    return lines[:limit]


def latest(record: Record) -> str:
    """What was done last, as a sentence for an agent."""
    line = next(iter(timeline(record, agent=True, show="history", limit=1)), None)
    return line.sentence if line else ""


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
    if processes.get(record.kind).refusal:  # the move by which it is refused says the same
        rows = rows.exclude(verb=f"{record.kind}.approvals_refused")
    rows = rows.exclude(data__has_key=TOLD_BY)
    if not agent:
        rows = rows.filter(verb__in=[f"{record.kind}.{verb}" for verb in _public_verbs(record.kind)])
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


def _origins(comments) -> dict[int, str]:
    """Numbers of the records that messages came from, by a merge or a split."""
    wanted = {comment.origin_id for comment in comments if comment.origin_id}
    return dict(Record.objects.filter(pk__in=wanted).values_list("pk", "number")) if wanted else {}


def _said(comment: Comment, people, files, origins) -> Line:
    author = people.get(comment.author_id) or _("Vigie")
    return Line(
        "comment", comment.at, author, comment.author_id, comment.public, body=comment.body, id=comment.pk,
        initials=_initials(author), files=files.get(comment.pk, []),
        origin=origins.get(comment.origin_id, ""), icon="world" if comment.public else "lock",
    )  # fmt: skip


def _done(record: Record, entry: Entry, known: wording.Names, agent: bool) -> Line:
    verb = entry.verb.removeprefix(f"{record.kind}.")
    author = known.people.get(entry.actor_id) or _("Vigie")
    return Line(
        "event", entry.at, author, entry.actor_id, verb in _public_verbs(record.kind), verb=verb, id=entry.pk,
        sentence=sentence(entry, verb, known, agent=agent), icon=_icon(record.kind, verb), initials=_initials(author),
        waits_for=_waits_for(entry, agent) if verb == "held" else "",
        merged=record.number if verb == "merged" else entry.data.get("merged", ""),
    )  # fmt: skip


def _public_verbs(kind: str) -> set[str]:
    own = processes.told_of(kind)
    return PUBLIC_VERBS | own.public if own else PUBLIC_VERBS


def _icon(kind: str, verb: str) -> str:
    own = processes.told_of(kind)
    return own.icons.get(verb) or ICONS.get(verb, "point") if own else ICONS.get(verb, "point")


def _after(entry: Entry, name: str):
    """What a field became."""
    return (entry.changes.get(name) or (None, None))[1]


def _waits_for(entry: Entry, agent: bool) -> str:
    """The reason of a wait; for agents with the supplier that is waited for."""
    reason = wording.code("hold_reason_id", _after(entry, "hold_reason_id"))
    supplier = supplier_name(_after(entry, "hold_supplier_id")) if agent else ""
    return f"{reason} ({supplier})" if supplier else reason


def sentence(entry: Entry, verb: str, known: wording.Names, *, agent: bool) -> str:
    """What was done, for people. A verb that nobody knows is told by what it changed, never dropped."""
    data = {
        "reason": steps.reason(entry.data) if agent else "", "step": entry.data.get("step", ""),
        "to": entry.data.get("to", ""), "into": entry.data.get("into", ""), "parent": entry.data.get("parent", ""),
        "team": wording.team(_after(entry, "team_id")), "from": wording.team((entry.changes.get("team_id") or (None,))[0]),
        "person": known.people.get(_after(entry, "assignee_id"), ""), "score": _after(entry, "score") or "",
        "held": durations.short(entry.data.get("held_seconds")), "code": wording.code("resolution_code_id", _after(entry, "resolution_code_id")),
        "hold": _waits_for(entry, agent),
        "until": durations.moment(wording.instant(_after(entry, "hold_until"))),
        "follow_up": durations.moment(wording.instant(_after(entry, "follow_up_at"))),
        "chain": entry.data.get("chain", ""), "called": known.people.get(entry.data.get("user"), ""), "round": entry.data.get("round", ""),
        "after": durations.short(entry.data.get("seconds")), "webhook": entry.data.get("webhook", ""),
        "merged": entry.data.get("merged", ""), "type": entry.data.get("type", ""), "reminder": entry.data.get("reminder", ""), "reminders": entry.data.get("reminders", ""),
    }  # fmt: skip
    own = processes.told_of(entry.verb.partition(".")[0])
    asked = (own.sentence(verb, entry.data) if own else "") or asking_words.text(verb, entry, known.people)
    text = asked or work_words.text(verb, entry, known.people) or _text(verb, entry, data, agent)
    if text == "":
        text = wording.edited(entry, known)
    elif agent and verb == "resolved":
        text = _with_cause(text, entry, known)
    if agent:
        text = work_words.with_outages(text, entry)
    if agent and data["reason"] and verb not in ("reopened",) and not asked:
        text = _("%(text)s Reason: %(reason)s") % {"text": text, "reason": data["reason"]}
    return text


def _with_cause(text: str, entry: Entry, known: wording.Names) -> str:
    """The resolution with its cause and the item at fault, where they were named."""
    causes = [
        wording.shown(name, _after(entry, name), known) for name in ("cause_code_id", "cause_item_id") if _after(entry, name)
    ]  # fmt: skip
    return _("%(text)s Cause: %(cause)s.") % {"text": text, "cause": ", ".join(causes)} if causes else text


LINKS = {
    "related": gettext_lazy("Related to %(to)s."), "child_of": gettext_lazy("Child of %(to)s."),
    "caused_by": gettext_lazy("Caused by %(to)s."), "duplicates": gettext_lazy("Duplicate of %(to)s."),
    "follows": gettext_lazy("Follows %(to)s."), "no_longer_child_of": gettext_lazy("No longer a child of %(to)s."),
    "unlinked": gettext_lazy("No longer linked to %(to)s."),
}  # fmt: skip


def _text(verb: str, entry: Entry, data: dict, agent: bool) -> str:
    automatic = entry.data.get("automatic")
    match verb:
        case "opened":
            return _("Opened.")
        case "attached" if entry.data.get("files") and (agent or entry.data.get("public")):
            return _("Attached: %(files)s.") % {"files": ", ".join(entry.data["files"])}
        case "acknowledged":
            return _("Taken in charge.")
        case "escalated" if agent and not data["from"]:
            return _("Functional escalation to %(team)s.") % data
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
        case "held" if data["hold"]:
            return _("On hold: %(hold)s.") % data
        case "held":
            return _("On hold.")
        case "resumed" if automatic:
            return _("Resumed by itself: the date has come.")
        case "resumed":
            return _("Resumed.")
        case "resolved" if data["parent"]:
            return _("Resolved with %(parent)s: %(code)s.") % data
        case "resolved" if automatic:
            return _("Resolved by itself, for want of an answer: %(code)s.") % data
        case "resolved" if data["code"]:
            return _("Resolved: %(code)s.") % data
        case "resolved":
            return _("Resolved.")
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
        case "webhook_called":
            return _("Another system is told (webhook %(webhook)s).") % data
        case "linked" if data["merged"]:
            return _("%(merged)s was merged into this ticket.") % data
        case "linked" if data["type"] in LINKS:
            return str(LINKS[data["type"]]) % data
        case "linked" if data["to"]:
            return _("Linked to %(to)s.") % data
        case "merged":
            return _("Merged into %(into)s.") % data
        case "follow_up_set":
            return _("To be followed up on %(follow_up)s.") % data
        case "follow_up_moved" if data["follow_up"]:
            return _("Follow-up moved to %(follow_up)s.") % data
        case "follow_up_moved":
            return _("The reason of the follow-up was changed.")
        case "followed_up":
            return _("Followed up: no date is left.")
        case "survey.sent":
            return _("The satisfaction survey was sent.")
        case "survey.answered":
            return _("The survey was answered: %(score)s out of 5.") % data
        case "imported":
            return _("Imported.")
        case "clocks_repaired" if data.get("how") == "history":
            return _("The deadlines were computed from the imported history, under %(agreement)s.") % data
        case "clocks_repaired":
            return _("The deadlines were computed again by an administrator.")
    return ""


def _initials(name: str) -> str:
    return "".join(part[:1] for part in name.split()[:2]).upper()


def state_label(record: Record) -> str:
    """The state for people, with the reason of a wait."""
    label = str(processes.get(record.kind).lifecycle.label(record.state))
    if record.hold_reason_id:
        row = reference.hold_reasons.get().get(record.hold_reason_id)
        return row.name if row else label
    return label
