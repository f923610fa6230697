"""The one way to write an audit entry. Call it inside the transaction of the act."""

from itsm.core import now, request_id

from .models import Entry


def build(
    verb: str, subject, *, actor, changes: dict | None = None, data: dict | None = None, kind: str = "", at=None
) -> Entry:
    """An unsaved entry. `subject` is a model instance or a (kind, id, text) triple; `changes` is {field: [old, new]}."""
    if isinstance(subject, tuple):
        subject_kind, subject_id, text = subject
    else:
        subject_kind, subject_id, text = kind or subject._meta.model_name, subject.pk, str(subject)
    return Entry(
        at=at or now(),
        actor=actor,
        verb=verb,
        subject_kind=subject_kind,
        subject_id=subject_id,
        subject_text=text[:200],
        changes=changes or {},
        data=data or {},
        request_id=request_id.current(),
    )


def write(verb: str, subject, *, actor, **more) -> Entry:
    """Keep who did what to which subject; `actor` None means the product itself."""
    entry = build(verb, subject, actor=actor, **more)
    entry.save(force_insert=True)
    return entry
