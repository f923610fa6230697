"""Consoles: set up, taken and left; orders, messages that wait, and their replies are written down once."""

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from itsm.audit import log
from itsm.core import now, versions
from itsm.core.errors import DomainError, IllegalMove, NotAllowed
from itsm.people.models import User

from .models import Console, ConsoleEntry

TOPIC = "consoles"
K = ConsoleEntry.Kind
# As z/OS numbers them: two digits first, more when those are in use.
MOST_REPLIES = 9999


@transaction.atomic
def set_up(
    item, *, actor, post: str = "", team=None, authority: str = "info", view: str = "", columns=(), rings: bool = True
) -> Console:
    """Make an item of the class "console" watch something, or change what it watches."""
    if item.ci_class != "console":
        raise DomainError(_("“%(name)s” is no console.") % {"name": item.name}, field="item")
    values = {
        "post": post.strip()[:80],
        "team": team,
        "authority": authority,
        "view": view[:1000],
        "columns": list(columns),
        "rings": rings,
    }
    console, is_new = Console.objects.select_for_update(of=("self",), no_key=True).get_or_create(
        item=item, defaults=values
    )
    changes = (
        {} if is_new else {n: [str(getattr(console, n)), str(v)] for n, v in values.items() if getattr(console, n) != v}
    )
    for name, value in values.items():
        setattr(console, name, value)
    console.save()
    log.write(
        "console.set_up" if is_new else "console.changed",
        ("console", console.pk, item.name),
        actor=actor,
        changes=changes,
    )
    _told()
    return console


@transaction.atomic
def sit_down(pk: int, *, actor, instead_of: int | None = None) -> Console:
    """Be the one at this console; so one leaves whatever console one was at.

    Whoever is there is put out only by name (`instead_of`: their id), else IllegalMove: who asked did not know of them.
    """
    # Who presses twice sits down one time after the other.
    User.objects.select_for_update(no_key=True).get(pk=actor.pk)
    rows = Console.objects.select_for_update(of=("self",), no_key=True).select_related("item")
    # All at once and in their order: two people who change seats do not wait for each other for ever.
    both = list(rows.filter(Q(pk=pk) | Q(operator=actor)).order_by("pk"))
    console = next(each for each in both if each.pk == pk)
    if console.operator_id not in (None, actor.pk, instead_of):
        raise IllegalMove(_("%(person)s is at this console.") % {"person": console.operator.display_name})
    for other in both:
        if other.pk != pk:
            _leave(other, actor)
    if console.operator_id == actor.pk:
        return console
    if console.operator_id:
        _leave(console, actor)
    console.operator, console.operator_since = actor, now()
    console.save(update_fields=["operator", "operator_since"])
    _entry(console, K.ARRIVAL, actor=actor)
    log.write("console.taken", ("console", console.pk, str(console)), actor=actor)
    _told()
    return console


@transaction.atomic
def stand_up(pk: int, *, actor) -> Console:
    """Nobody is at this console any more."""
    console = _locked(pk)
    if console.operator_id is None:
        raise IllegalMove(_("Nobody is at this console."))
    _leave(console, actor)
    log.write("console.left", ("console", console.pk, str(console)), actor=actor)
    _told()
    return console


def _leave(console: Console, actor) -> None:
    _entry(console, K.LEAVING, by=console.operator, actor=actor)
    console.operator = console.operator_since = None
    console.save(update_fields=["operator", "operator_since"])


@transaction.atomic
def order(pk: int, *, actor, text: str, answer: str = "", system: str = "") -> ConsoleEntry:
    """Write down an order that was given, with what the system answered."""
    console = _locked(pk)
    if console.authority == Console.Authority.INFO:
        raise DomainError(_("No order may be given from this console: it is for information only."), field="text")
    made = _entry(console, K.ORDER, actor=actor, text=_text(text), answer=answer.strip()[:500], system=_system(system))
    log.write("console.order", ("console", console.pk, str(console)), actor=actor, data={"order": made.text})
    _told()
    return made


@transaction.atomic
def note(pk: int, *, actor, text: str, system: str = "", key: str = "") -> ConsoleEntry:
    """A remark in the log, or (without an actor) what a system says there."""
    console = _locked(pk)
    made = _entry(console, K.NOTE, actor=actor, text=_text(text), system=_system(system), key=key)
    log.write("console.noted", ("console", console.pk, str(console)), actor=actor)
    _told()
    return made


@transaction.atomic
def ask(
    pk: int, *, text: str, actor=None, system: str = "", reply_id: int | None = None, key: str = ""
) -> ConsoleEntry:
    """A message that waits for a reply. Without a number of the system it gets the lowest that nothing waits under.

    `key` is what the machine that sent it calls it.
    """
    console, system = _locked(pk), _system(system)
    taken = set(_waiting(console).filter(system=system).values_list("reply_id", flat=True))
    number = next((n for n in range(1, MOST_REPLIES + 1) if n not in taken), 0) if reply_id is None else reply_id
    if reply_id is None and not number:
        raise DomainError(_("Too many messages wait for a reply: answer some first."))
    if not 1 <= number <= MOST_REPLIES:
        raise DomainError(_("A number of a reply goes from 1 to %(most)s.") % {"most": MOST_REPLIES}, field="reply_id")
    try:
        with transaction.atomic():
            made = _entry(console, K.MESSAGE, actor=actor, text=_text(text), system=system, reply_id=number, key=key)
    except IntegrityError as error:
        raise DomainError(_("A message waits under this number already."), field="reply_id") from error
    log.write("console.message", ("console", console.pk, str(console)), actor=actor, data={"reply_id": number})
    _told()
    return made


@transaction.atomic
def reply(pk: int, entry: int, *, actor, text: str) -> ConsoleEntry:
    """Answer a message that waits: `R 12,text`. Only who is at the console does."""
    return _settle(pk, entry, actor, _text(text), withdrawn=False)


@transaction.atomic
def withdraw(pk: int, entry: int, *, actor) -> ConsoleEntry:
    """The system does not wait for it any more."""
    return _settle(pk, entry, actor, "", withdrawn=True)


def _settle(pk: int, entry: int, actor, text: str, *, withdrawn: bool) -> ConsoleEntry:
    console = _locked(pk)
    if actor is not None and console.operator_id != actor.pk:
        raise NotAllowed(_("Sit down at this console first: only who is at it answers."))
    found = _waiting(console).filter(pk=entry).first()
    if found is None:
        raise IllegalMove(_("This message does not wait for a reply any more."))
    found.answer, found.answered_at, found.answered_by, found.withdrawn = text, now(), actor, withdrawn
    found.save(update_fields=["answer", "answered_at", "answered_by", "withdrawn"])
    verb = "console.withdrawn" if withdrawn else "console.replied"
    log.write(
        verb, ("console", console.pk, str(console)), actor=actor, data={"reply_id": found.reply_id, "reply": text}
    )
    _told()
    return found


def _locked(pk: int) -> Console:
    return Console.objects.select_for_update(of=("self",), no_key=True).select_related("item").get(pk=pk)


def _waiting(console: Console):
    return console.entries.filter(kind=K.MESSAGE, answered_at=None)


def _entry(console: Console, kind: str, *, actor, **values) -> ConsoleEntry:
    return ConsoleEntry.objects.create(console=console, kind=kind, **{"by": actor, **values})


def _text(text: str) -> str:
    clean = " ".join(text.split())[:500]
    if not clean:
        raise DomainError(_("Write something."), field="text")
    return clean


def _system(system: str) -> str:
    return system.strip().upper()[:20]


def _told() -> None:
    versions.bump(TOPIC)
