"""Writing documents: every save is a new version, and none is ever changed or lost."""

from collections.abc import Iterable

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from itsm.audit import log
from itsm.core import now
from itsm.core.errors import DomainError, IllegalMove, StaleVersion

from . import steps
from .models import Document, DocumentItem, DocumentVersion

LONGEST = 60_000


@transaction.atomic
def write(
    *, actor, title: str, body: str, organisation=None, owner_team=None, language: str = "fr", items: Iterable = (), note: str = "",
) -> Document:  # fmt: skip
    """A new runbook with its first version."""
    parts = _steps_of(body)
    document = Document(
        title=_title(title),
        organisation=organisation,
        owner_team=owner_team,
        language=language,
        kind=Document.Kind.RUNBOOK,
    )
    _save(document)
    _version(document, body, parts, note, actor)
    _about(document, items)
    log.write("document.written", document, actor=actor, data={"version": 1})
    return document


@transaction.atomic
def revise(
    pk: int, *, actor, version: int, title: str, body: str, owner_team=None, language: str = "fr", items: Iterable = (), note: str = "",
) -> Document:  # fmt: skip
    """Save the text again. `version` is the one that was read: a newer one refuses the save (StaleVersion).

    A save that changes the text makes the next version; the title, the owner and the items are of the document.
    """
    document = Document.objects.select_for_update(no_key=True).get(pk=pk)
    if document.version != version:
        raise StaleVersion(data={"version": document.version})
    if document.withdrawn_at:
        raise IllegalMove(_("This document was withdrawn. Bring it back first."))
    parts = _steps_of(body)
    before = document.versions.get(number=document.version)
    changes = {
        name: [str(old or ""), str(new or "")]
        for name, old, new in (
            ("title", document.title, _title(title)), ("owner_team", document.owner_team, owner_team), ("language", document.language, language),
        )
        if old != new
    }  # fmt: skip
    document.title, document.owner_team, document.language = _title(title), owner_team, language
    document.updated_at = now()
    if before.body != body:
        document.version += 1
        changes["version"] = [version, document.version]
    _save(document)
    if before.body != body:
        _version(document, body, parts, note, actor)
    _about(document, items)
    log.write("document.revised", document, actor=actor, changes=changes)
    return document


@transaction.atomic
def restore(pk: int, number: int, *, actor) -> Document:
    """An old version becomes the newest one again; those in between stay."""
    document = Document.objects.select_for_update(no_key=True).get(pk=pk)
    if document.withdrawn_at:
        raise IllegalMove(_("This document was withdrawn. Bring it back first."))
    old = document.versions.get(number=number)
    if number == document.version:
        raise IllegalMove(_("This is the newest version already."))
    document.version, document.updated_at = document.version + 1, now()
    _save(document)
    _version(document, old.body, old.steps, _("As in version %(n)s") % {"n": number}, actor)
    log.write("document.restored", document, actor=actor, data={"from": number, "version": document.version})
    return document


@transaction.atomic
def withdraw(pk: int, *, actor) -> None:
    """Nobody starts it any more; what was carried out stays readable."""
    if Document.objects.filter(pk=pk, withdrawn_at=None).update(withdrawn_at=now()):
        log.write("document.withdrawn", Document.objects.get(pk=pk), actor=actor)


@transaction.atomic
def bring_back(pk: int, *, actor) -> None:
    """It may be carried out again."""
    if Document.objects.filter(pk=pk).exclude(withdrawn_at=None).update(withdrawn_at=None):
        log.write("document.brought_back", Document.objects.get(pk=pk), actor=actor)


def _title(title: str) -> str:
    clean = " ".join(title.split())
    if not clean:
        raise DomainError(_("Give it a title."), field="title")
    return clean[:160]


def _steps_of(body: str) -> list[dict[str, str]]:
    if len(body) > LONGEST:
        raise DomainError(_("The text is longer than %(n)s characters.") % {"n": LONGEST}, field="body")
    found = steps.split(body)[1]
    if not found:
        raise DomainError(
            _("There is no step yet. Each line that begins with “## ” is the title of a step."), field="body"
        )
    if len(found) > steps.MOST:
        raise DomainError(_("These are more than %(n)s steps.") % {"n": steps.MOST}, field="body")
    if any(not step["title"] for step in found):
        raise DomainError(_("A step has no title: write it behind “## ”."), field="body")
    return found


def _save(document: Document) -> None:
    try:
        with transaction.atomic():
            document.save()
    except IntegrityError as error:
        raise DomainError(_("Another document has this title."), field="title") from error


def _version(document: Document, body: str, parts: list[dict], note: str, actor) -> DocumentVersion:
    return DocumentVersion.objects.create(
        document=document, number=document.version, body=body, steps=parts, note=note.strip()[:200], author=actor
    )


def _about(document: Document, items: Iterable) -> None:
    wanted = {item.pk for item in items}
    document.about.exclude(item_id__in=wanted).delete()
    DocumentItem.objects.bulk_create(
        [DocumentItem(document=document, item_id=pk) for pk in sorted(wanted)], ignore_conflicts=True
    )
