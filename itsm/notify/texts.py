"""Names of what can be told, why a mail stayed, and what a notice says: written when read, in the reader's language."""

import re
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


@dataclass(frozen=True)
class Event:
    """Something that a person may want to be told: by which mail, by which notice ("" = not that way).

    A mail that is `urgent` is never held back; one that stands `alone` only for the quiet hours, never for a digest.
    """

    label: Promise
    mail: str = ""
    bell: str = ""
    agents_only: bool = False
    urgent: bool = False
    alone: bool = False


EVENTS = (
    Event(gettext_lazy("My ticket is open"), "ticket_opened"),
    Event(gettext_lazy("There is a reply on my ticket"), "ticket_commented", "commented"),
    Event(gettext_lazy("My answer is awaited"), "ticket_waiting", "waiting", alone=True),
    Event(gettext_lazy("Reminder that my answer is awaited"), "ticket_reminder", alone=True),
    Event(gettext_lazy("My ticket is solved"), "ticket_resolved", "resolved"),
    Event(gettext_lazy("A ticket is reopened"), "ticket_reopened", "reopened"),
    Event(gettext_lazy("My ticket is closed"), "ticket_closed", "closed"),
    Event(gettext_lazy("My ticket is cancelled"), "ticket_cancelled", "cancelled"),
    Event(gettext_lazy("My ticket is merged"), "ticket_merged", "merged"),
    Event(gettext_lazy("A merge of my ticket is undone"), "ticket_unmerged", "unmerged"),
    Event(gettext_lazy("I am made to follow a ticket"), "ticket_followed", "followed"),
    Event(gettext_lazy("Satisfaction survey"), "survey", alone=True),
    Event(gettext_lazy("Reminder of the survey"), "survey_reminder", alone=True),
    Event(gettext_lazy("I am asked whether my items are right"), "certification", alone=True),
    Event(gettext_lazy("Reminder that my items are to be looked at"), "certification_reminder", alone=True),
    Event(gettext_lazy("A correction that I asked for is made"), bell="correction_accepted"),
    Event(gettext_lazy("A correction that I asked for is refused"), bell="correction_refused"),
    Event(gettext_lazy("My approval is asked"), "approval_asked", "approval_asked", alone=True),
    Event(gettext_lazy("Reminder that my approval is awaited"), "approval_reminder", "approval_reminder", alone=True),
    Event(gettext_lazy("My request is not approved"), "approval_refused", "approval_refused"),
    Event(gettext_lazy("Somebody answered an approval in my place"), bell="approval_answered"),
    Event(gettext_lazy("A regular order of mine stops"), "regular_stopped", "regular_stopped"),
    Event(gettext_lazy("My old basket is emptied"), "basket_expired", "basket_expired"),
    Event(gettext_lazy("An access of mine is granted"), "access_granted", "access_granted"),
    Event(gettext_lazy("An access of mine is revoked"), "access_revoked", "access_revoked"),
    Event(gettext_lazy("I am to review accesses"), "access_review", "access_review"),
    Event(
        gettext_lazy("Reminder that accesses are to be reviewed"), "access_review_reminder", "access_review_reminder"
    ),
    Event(gettext_lazy("One of my people did not review accesses"), "access_review_overdue", "access_review_overdue"),
    Event(gettext_lazy("The service desk writes to many people at once"), "campaign"),
    Event(gettext_lazy("A ticket is assigned to me"), "ticket_assigned", "assigned", agents_only=True),
    Event(gettext_lazy("The switchboard asks for help"), bell="calls_help", agents_only=True),
    Event(gettext_lazy("A ticket comes to my team"), bell="queued", agents_only=True),
    Event(gettext_lazy("An urgent ticket waits for my team"), bell="urgent", agents_only=True),
    Event(gettext_lazy("The requester replies"), bell="replied", agents_only=True),
    Event(gettext_lazy("A colleague notes something"), bell="noted", agents_only=True),
    Event(gettext_lazy("A colleague calls me by @"), bell="mentioned", agents_only=True),
    Event(gettext_lazy("A deadline comes near"), bell="warned", agents_only=True),
    Event(gettext_lazy("A ticket needs a manager"), "ticket_alerted", "alerted", agents_only=True, alone=True),
    Event(gettext_lazy("A task waits for me"), bell="task", agents_only=True),
    Event(gettext_lazy("A task failed"), bell="task_failed", agents_only=True),
    Event(gettext_lazy("A ticket on hold wakes up"), bell="resumed", agents_only=True),
    Event(gettext_lazy("A ticket that I set aside comes back"), bell="woken", agents_only=True),
    Event(gettext_lazy("The day of a follow-up has come"), bell="follow_up", agents_only=True),
    Event(gettext_lazy("A ticket goes from team to team"), "ticket_bounced", "bounced", agents_only=True),
    Event(gettext_lazy("Nobody of my team can be given a ticket"), bell="nobody_left", agents_only=True),
    Event(gettext_lazy("I am called on call"), "oncall_call", "oncall", agents_only=True, urgent=True),
    Event(gettext_lazy("Nobody on call answered"), "oncall_silent", "oncall_silent", agents_only=True, urgent=True),
    Event(gettext_lazy("A major incident is proposed"), bell="major_proposed", agents_only=True),
    Event(gettext_lazy("A shift is handed over to me"), bell="handover", agents_only=True),
    Event(gettext_lazy("A webhook was switched off"), "webhook_off", "webhook_off", agents_only=True),
    Event(gettext_lazy("A mailbox cannot be collected"), bell="mailbox_failing", agents_only=True),
)
MAILS = {event.mail: event.label for event in EVENTS if event.mail} | {"bundle": gettext_lazy("Several in one mail")}
REASONS = {
    "no_address": gettext_lazy("the person has no address"),
    "bad_address": gettext_lazy("this is no mail address"),
    "inactive": gettext_lazy("the account is closed"),
    "preference": gettext_lazy("the person does not want it"),
    "too_many": gettext_lazy("too many mails to this address within an hour"),
    "own_act": gettext_lazy("the person did it"),
    "confidential": gettext_lazy("the ticket is confidential and the person is not in its circle"),
    "quiet": gettext_lazy("nobody is told on purpose: many tickets at once, or a machine wrote"),
    "held_digest": gettext_lazy("waits for the next digest"),
    "held_quiet": gettext_lazy("waits for the end of the person’s quiet hours"),
    "held_group": gettext_lazy("waits for what else happens on the ticket"),
    "bundled": gettext_lazy("it went with others in one mail"),
    "gave_up": gettext_lazy("the sender stopped in the middle each time"),
}
BLANKS = re.compile("[^\\S\u00a0\u202f]+")
WHYS = {
    "date": gettext_lazy("its time has come"),
    "replied": gettext_lazy("the requester writes"),
    "assigned": gettext_lazy("it was given to you"),
    "escalated": gettext_lazy("it came to your team"),
    "clock": gettext_lazy("a deadline comes near or is missed"),
    "priority": gettext_lazy("it became more urgent"),
    "called": gettext_lazy("a colleague calls you"),
    "resumed": gettext_lazy("its wait is over"),
    "closed": gettext_lazy("it is outside the team’s hours"),
    "off_shift": gettext_lazy("nobody is on shift"),
    "away": gettext_lazy("who is on shift is away"),
    "full": gettext_lazy("all are at their limit"),
    "skill": gettext_lazy("who is there does not know the subject"),
    "nobody": gettext_lazy("nobody in it may hold this ticket"),
    "reopened": gettext_lazy("it was reopened"),
    "follow_up": gettext_lazy("its follow-up is due"),
}
SECRET = re.compile(
    r"(/survey/|/certify/|/oncall/a/|/approve/|/access-review/|/accounts/password/reset/key/)[^/\s\"'?]+"
)


def one_line(text: str) -> str:
    """The text with every run of blanks and line breaks as one blank; the no-break spaces of French stay."""
    return BLANKS.sub(" ", text).strip(" ")


def storable(text: str) -> str:
    """The text without what PostgreSQL takes in no column; a failure that cannot be noted would hold up what is behind it."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def reason_text(reason: str) -> str:
    """Why a message was not sent: our reasons in words, a provider's as they came."""
    return str(REASONS.get(reason, reason))


def without_secrets(body: str) -> str:
    """A body whose personal links (survey, new password) cannot be followed by who reads the log."""
    return SECRET.sub(r"\1…", body)


def notice_text(template: str, data: dict) -> str:
    """One line."""
    ticket = {"number": data.get("number", ""), "title": data.get("title", ""), "into": data.get("into", "")}
    ticket |= {"reason": data.get("reason", ""), "why": WHYS.get(data.get("why", ""), "")}
    texts = {
        "assigned": _("%(number)s is assigned to you: %(title)s"),
        "queued": _("%(number)s comes to your team: %(title)s"),
        "urgent": _("Urgent: %(number)s waits for your team: %(title)s"),
        "replied": _("The requester replied on %(number)s: %(title)s"),
        "commented": _("There is a reply on %(number)s: %(title)s"),
        "noted": _("There is a note on %(number)s: %(title)s"),
        "mentioned": _("You are called on %(number)s: %(title)s"),
        "alerted": _("%(number)s needs you: %(title)s"),
        "bounced": _("%(number)s goes from team to team: %(title)s"),
        "nobody_left": _("Nobody of your team could be given %(number)s, %(why)s: %(title)s")
        if ticket["why"]
        else _("Nobody of your team could be given %(number)s: %(title)s"),
        "task": _("%(number)s: a task waits for you. %(title)s"),
        "task_failed": _("%(number)s: a task failed. %(title)s"),
        "approval_asked": _("%(number)s is to be approved: %(title)s"),
        "approval_reminder": _("%(number)s still waits for your approval: %(title)s"),
        "approval_refused": _("%(number)s is not approved: %(title)s"),
        "approval_stranded": _("Nobody can approve %(number)s any more: %(title)s"),
        "approval_answered": _("%(number)s was answered in your place: %(title)s"),
        "regular_stopped": _("Your regular order “%(title)s” has stopped: %(reason)s"),
        "basket_expired": _("Your basket was emptied, nobody had ordered it: %(title)s"),
        "access_granted": _("%(number)s: your access is there. %(title)s"),
        "access_revoked": _("%(number)s: your access is gone. %(title)s"),
        "access_review": _("Accesses are to be reviewed: %(title)s"),
        "access_review_reminder": _("Accesses are still to be reviewed: %(title)s"),
        "access_review_overdue": _("Accesses were not reviewed in time: %(title)s"),
        "calls_help": _("The switchboard asks for your help: %(title)s."),
        "warned": _("The deadline of %(number)s comes near: %(title)s"),
        "resumed": _("%(number)s wakes up, its wait is over: %(title)s"),
        "woken": _("%(number)s comes back to you, %(why)s: %(title)s"),
        "follow_up": _("Follow up %(number)s today: %(reason)s (%(title)s)"),
        "waiting": _("We need your answer on %(number)s: %(title)s"),
        "resolved": _("%(number)s is solved: %(title)s"),
        "reopened": _("%(number)s is reopened: %(title)s"),
        "closed": _("%(number)s is closed: %(title)s"),
        "cancelled": _("%(number)s is cancelled: %(title)s"),
        "oncall": _("You are called: %(number)s %(title)s"),
        "oncall_silent": _("Nobody on call answered for %(number)s: %(title)s"),
        "major_proposed": _("Is it a major incident? %(number)s %(title)s"),
        "handover": _("%(number)s is handed over to you by %(title)s: read it and acknowledge it."),
        "webhook_off": _("The webhook “%(title)s” was switched off: its receiver does not take what it is sent."),
        "mailbox_crowded": _("More mails come to “%(title)s” than it is to open within an hour: the others wait."),
        "mailbox_failing": _("The mailbox “%(title)s” cannot be collected: %(reason)s"),
        "merged": _("%(number)s is now followed as %(into)s: %(title)s"),
        "followed": _("You follow %(number)s from now on: %(title)s"),
        "correction_accepted": _("Your correction of “%(title)s” is made."),
        "correction_refused": _("Your correction of “%(title)s” is not made: %(reason)s"),
        "unmerged": _("%(number)s is a ticket of its own again: %(title)s"),
    }
    return texts.get(template, "%(number)s %(title)s") % ticket
