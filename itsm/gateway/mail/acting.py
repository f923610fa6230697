"""What a mail does: opens a record, is added to one, reopens it. Runs inside the transaction that also writes the log.

Who may what by mail:
- a sender is the person with that address; unknown ones become contacts or wait in quarantine, as the mailbox says;
- a mail joins a record only when its sender may read the record; otherwise it opens a new one, whose note names the number;
- what requesters and followers write is public; what agents write by mail on somebody else's record is a note for colleagues.
"""

from dataclasses import dataclass, field
from datetime import timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override

from itsm.core import now
from itsm.core.errors import DomainError
from itsm.people import services as people
from itsm.people.models import User
from itsm.people.scope import scope_of
from itsm.records import attachments, following, processes
from itsm.records.models import Attachment, Channel, Comment, Link, Record
from itsm.records.processes import Process

from . import bounces, cutting, judging, matching
from .letters import Letter
from .models import InboundMail, Mailbox

Outcome = InboundMail.Outcome
LONGEST_BODY, LONGEST_TITLE, MOST_COPIES = 20_000, 200, 20
UNKNOWN = gettext_noop("Nobody here has the address %(address)s")
INACTIVE = gettext_noop("The account of %(address)s is closed")
NO_PROCESS = gettext_noop("The mailbox opens tickets of a kind that is not installed: %(name)s")
REFUSED = gettext_noop("The ticket could not be opened: %(words)s")


@dataclass
class Done:
    """What became of a mail."""

    outcome: str
    reason: str = ""
    values: dict = field(default_factory=dict)
    record: Record | None = None
    comment: Comment | None = None
    person: User | None = None

    @classmethod
    def of(cls, judgement: judging.Judgement) -> "Done":
        return cls(judgement.outcome, judgement.reason, judgement.values)


@dataclass
class Case:
    """One mail in hand. `forced_by`: an administrator who wants a record from it, whatever speaks against it."""

    letter: Letter
    mailbox: Mailbox
    forced_by: User | None = None
    too_big: int = 0
    quiet: bool = False
    person: User | None = None
    notes: list[str] = field(default_factory=list)


def deal_with(case: Case) -> Done:
    """Do what the mail asks for. Raises DomainError for what the rules of a process refuse."""
    letter, mailbox = case.letter, case.mailbox
    if letter.problem and not case.forced_by:
        return Done(Outcome.QUARANTINED, letter.problem.reason, letter.problem.values)
    record = matching.record_of(letter)
    if not case.forced_by:
        stopped = _stopped(case, record)
        if stopped:
            return stopped
    if not case.forced_by and (full := judging.crowd(letter.sender, mailbox)) and not _joins(case, record):
        return Done.of(full)
    unknown = _identify(case)
    if unknown:
        return unknown
    with override(mailbox.language):
        return _answer(case, record) if record else _open(case)


def _stopped(case: Case, record: Record | None) -> Done | None:
    letter, mailbox = case.letter, case.mailbox
    loop = judging.loop(letter)
    if loop:
        return Done.of(loop)
    report = bounces.report_of(letter)
    if report:
        return _bounced(report, mailbox)
    machine = judging.machine(letter)
    if machine and (machine.outcome == Outcome.AUTO_REPLY or record or mailbox.machines == Mailbox.Machines.IGNORE):
        return Done.of(machine)
    case.quiet = machine is not None
    stop = judging.forged(letter, mailbox) or judging.flood(letter, mailbox)
    return Done.of(stop) if stop else None


def _joins(case: Case, record: Record | None) -> bool:
    """An answer on a ticket that its sender may read is no part of a crowd."""
    if record is None:
        return False
    person = matching.person_of(case.letter, case.mailbox)
    near = {record.pk, matching.standing(record).pk}
    return person is not None and Record.objects.visible_to(person).filter(pk__in=near).exists()


def _bounced(report: bounces.Report, mailbox: Mailbox) -> Done:
    found = bounces.note(report)
    if found.message is None:
        return Done(Outcome.BOUNCE, bounces.NOT_OURS, {"words": found.words[:300]})
    values = {"address": found.address or found.message.to_address, "words": found.words[:300]}
    reason = bounces.CAME_BACK if found.final else bounces.LATE
    if found.marked and found.message.record_id:
        with override(mailbox.language):
            _note(found.message.record, [_(reason) % values])
    return Done(Outcome.BOUNCE, reason, values, record=found.message.record)


def _identify(case: Case) -> Done | None:
    """Put the person into the case, or say why there is none."""
    letter, mailbox = case.letter, case.mailbox
    case.person = matching.person_of(letter, mailbox) if letter.sender else None
    if case.person and not case.person.is_active:
        if not case.forced_by:
            return Done(Outcome.QUARANTINED, INACTIVE, {"address": letter.sender}, person=case.person)
        case.person = case.forced_by
    if case.person is None:
        if not letter.sender:
            case.person = case.forced_by
        elif mailbox.unknown == Mailbox.Unknown.CONTACT or case.forced_by:
            case.person = _contact(letter, mailbox)
        else:
            return Done(Outcome.QUARANTINED, UNKNOWN, {"address": letter.sender})
    return None


def _contact(letter: Letter, mailbox: Mailbox) -> User:
    """A person without account, named as the mail names them."""
    first, _blank, last = letter.sender_name.partition(" ")
    if "," in letter.sender_name:  # "Fontaine, Claire"
        last, _comma, first = letter.sender_name.partition(",")
    username = letter.sender[:150]
    if User.objects.filter(username__iexact=username).exists():
        username = f"{letter.sender[:140]}-{User.objects.order_by('-pk').values_list('pk', flat=True)[0] + 1}"
    return people.create_person(
        actor=None, username=username, email=letter.sender[:254], first_name=first.strip()[:150], last_name=last.strip()[:150],
        organisation=mailbox.organisation, language=mailbox.language,
    )  # fmt: skip


def _answer(case: Case, said: Record) -> Done:
    """Add the mail to the record that it names, if the sender may."""
    person, target = case.person, matching.standing(said)
    seen = set(Record.objects.visible_to(person).filter(pk__in={said.pk, target.pk}).values_list("pk", flat=True))
    if not seen and not case.forced_by:
        # Translators: a note on a ticket that was opened by mail.
        case.notes.append(
            _("The mail names %(number)s, which its sender may not read: it opened a ticket of its own.")
            % {"number": said.number}
        )
        return _open(case)
    process = processes.get(target.kind)
    agent = scope_of(person).is_agent and person.pk != target.requester_id
    public = target.pk in seen and not agent and Record.objects.own_of(person).filter(pk=target.pk).exists()
    body = _body(case, cutting.reply_of(case.letter.text, sender=case.letter.sender_name))
    if target.is_active or not (public and person.pk in (target.requester_id, target.opened_by_id)):
        done = _commented(case, process, target, body, public=public)
    else:
        done = _reopened(case, process, target, body)
    return done or _open(case, follows=target)


def _commented(case: Case, process: Process, target: Record, body: str, *, public: bool) -> Done | None:
    """None when the record takes no comment (any more)."""
    if process.comment is None or not _may(process, target, "comment"):
        return None
    process.comment(target.pk, actor=case.person, body=body, public=public, channel=Channel.EMAIL)
    return _finished(case, target, Outcome.COMMENTED, public=public)


def _reopened(case: Case, process: Process, target: Record, body: str) -> Done | None:
    """By the rule of the mailbox; what the process itself refuses to reopen is written to, if it takes that."""
    mailbox, ended = case.mailbox, target.resolved_at or target.closed_at
    young = ended is not None and ended > now() - timedelta(days=mailbox.ended_days)
    wanted = mailbox.ended == Mailbox.Ended.REOPEN or (mailbox.ended == Mailbox.Ended.DAYS and young)
    if not wanted:
        return None
    if process.reopen is None or not _may(process, target, "reopen"):
        return None
    try:
        with transaction.atomic():
            process.reopen(target.pk, actor=case.person, reason=body, keep_assignee=mailbox.keep_assignee)
    except DomainError:
        return _commented(case, process, target, body, public=True)
    return _finished(case, target, Outcome.COMMENTED, public=True)


def _may(process: Process, record: Record, move: str) -> bool:
    known = process.lifecycle.moves.get(move)
    return known is not None and record.state in known.sources


def _open(case: Case, *, follows: Record | None = None) -> Done:
    mailbox, letter, person = case.mailbox, case.letter, case.person
    process = processes.PROCESSES.find(mailbox.kind)
    if process is None:
        return Done(Outcome.QUARANTINED, NO_PROCESS, {"name": mailbox.kind}, person=person)
    said = cutting.reply_of(letter.text, sender=letter.sender_name) if follows else letter.text
    body = _body(case, cutting.without_signature(said, sender=letter.sender_name) or said)
    given = {
        "organisation": None if person.organisation_id else mailbox.organisation, "team": mailbox.team, "category": mailbox.category,
        "quiet": case.quiet,
    }  # fmt: skip
    try:
        with transaction.atomic():
            record = process.open(
                actor=person, requester=person, title=_title(letter, body), description=body, channel=Channel.EMAIL,
                language=person.language or mailbox.language, **{name: value for name, value in given.items() if value},
            )  # fmt: skip
    except DomainError as error:
        return Done(Outcome.QUARANTINED, REFUSED, {"words": str(error.message)[:300]}, person=person)
    if follows:
        Link.objects.get_or_create(
            source_id=record.pk, target_id=follows.pk, type=Link.Type.FOLLOWS, defaults={"created_by": person}
        )
    return _finished(case, record, Outcome.OPENED, public=True)


def _finished(case: Case, record: Record, outcome: str, *, public: bool) -> Done:
    """Files, followers, and what the desk is to know beside."""
    comment = None
    if outcome == Outcome.COMMENTED:
        comment = Comment.objects.filter(record_id=record.pk, author=case.person).order_by("-pk").first()
    _keep_files(case, record, comment, public=public)
    if public and case.mailbox.copies_follow:
        _copy(case, record)
    if case.too_big:
        size = case.too_big // (1024 * 1024)
        case.notes.append(
            _(
                "The mail has %(n)s MB, more than this mailbox takes: only its beginning was read. Ask for the files in another way."
            )
            % {"n": size or 1}
        )
    _note(record, case.notes)
    return Done(outcome, " ".join(case.notes)[:500], {}, record=record, comment=comment, person=case.person)


def _note(record: Record, notes: list[str]) -> None:
    process = processes.PROCESSES.find(record.kind)
    if notes and process and process.comment and _may(process, record, "comment"):
        process.comment(record.pk, actor=None, body="\n".join(notes), public=False, channel=Channel.EMAIL)


def _keep_files(case: Case, record: Record, comment: Comment | None, *, public: bool) -> None:
    """Those that the rules for files let in; the others are named. A file that the record has already is not kept again."""
    if case.too_big:
        return
    good, bad = [], []
    for file in case.letter.files:
        try:
            if len(good) >= attachments.MAX_FILES:
                raise DomainError(_("At most %(n)s files at a time.") % {"n": attachments.MAX_FILES})
            [checked] = attachments.clean([SimpleUploadedFile(attachments.safe_name(file.name), file.content)])
        except DomainError as error:
            bad.append(f"{attachments.safe_name(file.name)}: {error.message}")
        else:
            if checked.sha256 not in {each.sha256 for each in good}:
                good.append(checked)
    there = set(
        Attachment.objects.filter(record_id=record.pk, sha256__in=[each.sha256 for each in good]).values_list(
            "sha256", flat=True
        )
    )
    fresh = [each for each in good if each.sha256 not in there]
    attachments.add(record, fresh, actor=case.person, public=public, to_last_comment=comment is not None)
    if bad:
        case.notes.append(_("Files of the mail that were not kept: %(files)s") % {"files": "; ".join(bad[:20])})


def _copy(case: Case, record: Record) -> None:
    """People who got a copy follow, if they may."""
    ours = judging.our_addresses()
    others = [address for address in case.letter.others if address not in ours][:MOST_COPIES]
    if not others:
        return
    for each in (
        matching.people_at(others)
        .filter(is_active=True)
        .exclude(pk__in={case.person.pk, record.requester_id})
        .order_by("pk")
    ):
        try:
            following.follow(record.pk, actor=case.person, person=each)
        except DomainError:  # not of this house, or there are enough
            continue


def _title(letter: Letter, body: str) -> str:
    found = letter.bare_subject or next((line.strip() for line in body.split("\n") if line.strip()), "")
    return found[:LONGEST_TITLE].strip() or _("(no subject)")


def _body(case: Case, text: str) -> str:
    text = text.strip()
    if len(text) > LONGEST_BODY:
        text = text[:LONGEST_BODY].rstrip() + "\n" + _("… cut here: the whole mail is in the log of mails.")
    if text:
        return text
    if case.letter.files:
        return _("(The mail has no text: see the files.)")
    return case.letter.subject or _("(The mail has no text.)")
