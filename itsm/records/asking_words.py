"""Sentences about approvals and task plans: what `timeline.sentence` says beside its own verbs."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from itsm.audit.models import Entry

from .models import Approval

ICONS = {
    "approval_asked": "user-question", "approval_given": "thumb-up", "approval_declined": "thumb-down", "approval_expired": "clock-x",
    "approval_escalated": "arrow-up-right", "approval_reminded": "bell", "approval_handed_on": "arrow-right", "approval_stranded": "alert-triangle", "approvals_withdrawn": "ban", "approvals_refused": "ban",
    "approvals_granted": "check", "approved": "check", "plan_started": "list-check", "plan_done": "list-check", "plan_stopped": "ban",
    "task_opened": "checkbox", "task_done": "check", "task_skipped": "player-skip-forward", "task_failed": "alert-triangle",
    "task_retried": "refresh", "refused": "ban",
}  # fmt: skip
# What a requester reads of their own request: that it is being decided, and how it was.
PUBLIC = {
    "approval_asked",
    "approval_handed_on",
    "approval_given",
    "approval_declined",
    "approvals_refused",
    "approved",
    "refused",
}


def text(verb: str, entry: Entry, people: dict[int, str]) -> str:
    """What was done; an empty string for a verb that is not told here."""
    data = entry.data
    if verb.startswith(("task_", "plan_")):
        return _of_task(verb, data)
    words = {
        "person": people.get(data.get("person"), ""), "from": people.get(data.get("from"), ""),
        "why": _why(data.get("why", "")), "reason": data.get("reason", ""), "stage": data.get("stage", ""), "stages": data.get("stages", ""),
    }  # fmt: skip
    match verb:
        case "approval_asked":
            names = [people[pk] for pk in data.get("people", ()) if pk in people]
            words["people"] = ", ".join(names[:5])
            more = len(names) - 5
            if more > 0:
                words["people"] += " " + ngettext("and %(n)s other", "and %(n)s others", more) % {"n": more}
            several = (data.get("stages") or 0) > 1
            said = (
                _("Approval asked of %(people)s (stage %(stage)s of %(stages)s).")
                if several
                else _("Approval asked of %(people)s.")
            )
            own = ", ".join(people[pk] for pk in data.get("own", ()) if pk in people)
            if own:
                said += " " + _("Not of %(own)s: nobody approves what they have asked for.")
            return said % (words | {"own": own})
        case "approval_given" if words["person"]:
            return _("Approved in the place of %(person)s.") % words
        case "approval_given":
            return _("Approved.")
        case "approval_declined" if words["person"]:
            return _("Refused in the place of %(person)s: %(reason)s") % words
        case "approval_declined":
            return _("Refused: %(reason)s") % words
        case "approval_expired":
            return _("%(person)s did not answer in time.") % words
        case "approval_escalated":
            return _("%(from)s did not answer in time: %(person)s is asked.") % words
        case "approval_handed_on":
            return _("Approval handed on from %(from)s to %(person)s: %(why)s.") % words
        case "approval_stranded":
            return _("%(from)s cannot approve any more (%(why)s), and nobody was found in their place.") % words
        case "approval_reminded":
            return _("%(person)s was reminded of the approval.") % words
        case "approvals_withdrawn":
            return _("Nobody needs to approve any more.")
        case "approvals_refused" | "refused" if data.get("expired"):
            return _("Not approved: nobody answered in time.")
        case "approvals_refused":
            return _("Not approved.")
        case "refused" if data.get("not_approved"):
            return _("Not approved.")
        case "refused":
            return _("Refused: %(reason)s") % words
        case "approved" | "approvals_granted":
            return _("All approvals are given.")
    return ""


def _why(instead: str) -> str:
    """Why somebody else is asked, within a sentence."""
    match instead:
        case Approval.Instead.INACTIVE:
            return _("the person has left")
        case Approval.Instead.CIRCLE:
            return _("the ticket is confidential")
        case Approval.Instead.SELF | Approval.Instead.SUBMITTER:
            return _("nobody approves what they have asked for")
        case Approval.Instead.ROLE:
            return _("somebody else has this role now")
    return ""


def _of_task(verb: str, data: dict) -> str:
    words = {"title": data.get("title", ""), "result": data.get("result", "")}
    match verb:
        case "plan_started":
            count = data.get("tasks", 0)
            return ngettext("%(n)s task planned.", "%(n)s tasks planned.", count) % {"n": count}
        case "plan_done":
            return _("All planned tasks are over.")
        case "plan_stopped":
            return _("The planned tasks were stopped.")
        case "task_opened":
            return _("Task opened: %(title)s.") % words
        case "task_done" if words["result"]:
            return _("Task done: %(title)s. %(result)s") % words
        case "task_done":
            return _("Task done: %(title)s.") % words
        case "task_skipped":
            return _("Task skipped: %(title)s. %(result)s") % words
        case "task_failed":
            return _("Task failed: %(title)s. %(result)s") % words
        case "task_retried":
            return _("Task tried again: %(title)s.") % words
    return ""


def named(entry: Entry) -> set[int]:
    """People that such a sentence mentions."""
    if not entry.verb.rpartition(".")[2].startswith("approval"):
        return set()
    people = [
        entry.data.get("person"),
        entry.data.get("from"),
        *(entry.data.get("people") or ()),
        *(entry.data.get("own") or ()),
    ]
    return {person for person in people if isinstance(person, int)}
