"""A message that is about something else becomes an incident of its own."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.core.files import File
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from itsm.cmdb.models import ConfigurationItem
from itsm.core.errors import DomainError
from itsm.people.directory import directory
from itsm.people.models import User
from itsm.records import following, moves, reference
from itsm.records.models import Attachment, Comment, Link, Watch

from .models import Incident
from .opening import open_incident

MOST = 50


def split(
    pk: int, *, actor, comments: Iterable[int], title: str, description: str = "", requester: User | None = None,
    codification: bool = True, followers: bool = False, at: datetime | None = None,
) -> Incident:  # fmt: skip
    """Open a new incident from messages of this one, tied to it; returns the new incident.

    The messages are copied with their files, marked with where they come from, and stay here too: the history of this
    ticket remains whole, and a reply that speaks of two things is read on both. Public ones stay public there and internal
    ones internal. `codification` takes category, service, impact, urgency, site and items along; team and deadlines follow
    the rules of any new incident. A confidential ticket gives a confidential one.
    """
    wanted = set(comments)
    if not wanted:
        raise DomainError(_("Choose at least one message."), field="comments")
    if len(wanted) > MOST:
        raise DomainError(_("At most %(n)s messages at a time.") % {"n": MOST}, field="comments")
    with _with_files() as written:
        made, change, said = _open(
            pk,
            wanted,
            actor=actor,
            title=title,
            description=description,
            requester=requester,
            codification=codification,
            at=at,
        )
        source = change.record
        _copy(said, source, made, written)
        Link.objects.create(
            source_id=made.pk, target_id=pk, type=Link.Type.SPLIT_FROM, created_by=actor, created_at=change.at
        )
        if followers:
            _follow(source, made)
        moves.write_entry(
            made, "split_off", actor=actor, data={"out_of": source.number, "messages": len(said)}, at=change.at
        )
    return made


@contextmanager
def _with_files() -> Iterator[list[Attachment]]:
    """A transaction, and the files that were written in it: they go when it fails."""
    written: list[Attachment] = []
    try:
        with transaction.atomic():
            yield written
    except BaseException:
        for each in written:
            each.file.delete(save=False)
        raise


def _open(
    pk: int, wanted: set[int], *, actor, title: str, description: str, requester: User | None, codification: bool,
    at: datetime | None,
) -> tuple[Incident, moves.Change[Incident], list[Comment]]:  # fmt: skip
    """The new incident, the change of the old one, and the messages that go along."""
    with moves.apply(Incident, pk, "split", actor=actor, at=at, quiet=True) as change:
        source = change.record
        said = list(Comment.objects.filter(record_id=pk, pk__in=wanted).order_by("at", "pk"))
        if len(said) != len(wanted):
            raise DomainError(_("One of these messages is not on this ticket."), field="comments")
        asker = requester or source.requester
        if asker is not None and asker.pk != source.requester_id and not following.may_ask(source, asker):
            raise DomainError(_("This person may not read what this ticket says."), field="requester")
        own = asker is None or asker.pk == source.requester_id
        made = open_incident(
            actor=actor, title=title, description=description, requester=asker, channel=source.channel, at=change.at,
            organisation=directory.get().organisations.get(source.organisation_id) if own else None,
            language=source.language if own else "", confidentiality=source.confidentiality,
            **(_codification(source) if codification else {}),
        )  # fmt: skip
        change.note(split_into=made.number, messages=len(said))
        change.topic = "record.changed"
    return made, change, said


def _codification(source: Incident) -> dict[str, Any]:
    return {
        "category": reference.categories.get().get(source.category_id), "service": source.service,
        "site": directory.get().sites.get(source.site_id), "impact": source.impact, "urgency": source.urgency,
        "items": ConfigurationItem.objects.filter(affected__record_id=source.pk).order_by("pk"),
    }  # fmt: skip


def _copy(said: list[Comment], source: Incident, made: Incident, written: list[Attachment]) -> None:
    copies = {
        comment.pk: Comment(
            record_id=made.pk, author_id=comment.author_id, body=comment.body, public=comment.public, at=comment.at,
            channel=comment.channel, origin_id=source.pk,
        )
        for comment in said
    }  # fmt: skip
    Comment.objects.bulk_create(list(copies.values()))
    for file in Attachment.objects.filter(record_id=source.pk, comment_id__in=list(copies)).order_by("pk"):
        twin = Attachment(
            record_id=made.pk, comment=copies[file.comment_id], name=file.name, size=file.size, content_type=file.content_type,
            sha256=file.sha256, public=file.public, uploaded_by_id=file.uploaded_by_id, at=file.at,
        )  # fmt: skip
        with file.file.open("rb") as original:
            twin.file.save(file.name, File(original), save=False)
        written.append(twin)
        twin.save(force_insert=True)


def _follow(source: Incident, made: Incident) -> None:
    people = User.objects.filter(watches__record_id=source.pk).exclude(pk=made.requester_id).order_by("pk")
    rows = [Watch(record_id=made.pk, user=person) for person in people if following.may_follow(made, person)]
    Watch.objects.bulk_create(rows, ignore_conflicts=True)
