"""A switchboard to decide with: a number, a menu in French and English, two queues, operators."""

from types import SimpleNamespace

from django.core.cache import cache

from itsm.calendars.models import Calendar
from itsm.core import now, reference
from servicedesk.calls.defaults import ensure_call_codes
from servicedesk.calls.models import Call, CallMenu, CallNumber, CallQueue, MenuStep, Operator, QueueMember


def make_queue(world, code, **more) -> CallQueue:
    names = {"name": code, "name_fr": code, "name_en": code}
    return CallQueue.objects.create(code=code, organisation=world.lumen, **names, **more)


def make_step(menu, kind, parent=None, branch="", label="", say="", **more) -> MenuStep:
    """Its texts in both languages: `Panne|Fault`."""
    texts = {}
    for name, text in (("label", label), ("say", say)):
        french, _bar, english = text.partition("|")
        texts |= {name: french, f"{name}_fr": french, f"{name}_en": english}
    return MenuStep.objects.create(menu=menu, kind=kind, parent=parent, branch=branch, **texts, **more)


def make_number(world, number="+33155000000", **more) -> CallNumber:
    names = {"name": "Standard", "name_fr": "Standard", "name_en": "Switchboard"}
    return CallNumber.objects.create(number=number, organisation=more.pop("organisation", world.lumen), **names, **more)


def make_board(world) -> SimpleNamespace:
    """Hours, language, major incident, VIP and known shortcuts, fault or request: what a desk has."""
    s = SimpleNamespace()
    s.desk = make_queue(world, "N1", announcement_fr="Un opérateur va vous répondre.", announcement_en="Please hold.")
    s.english = make_queue(world, "EN", language="en")
    s.vip = make_queue(world, "VIP", strategy="vip_first")
    s.menu = CallMenu.objects.create(
        code="main", name_fr="Accueil", name_en="Main", name="Accueil", organisation=world.lumen
    )
    s.root = make_step(s.menu, "language", say="Français 1, anglais 2.|French 1, English 2.")
    s.major = make_step(s.menu, "major", s.root, "1", "Français|French", language="fr", register_key="1")
    make_step(s.menu, "queue", s.root, "2", "Anglais|English", language="en", queue=s.english)
    make_step(s.menu, "goto", s.root, "none", goto=s.major)
    s.is_vip = make_step(s.menu, "vip", s.major, "next")
    make_step(s.menu, "queue", s.is_vip, "yes", queue=s.vip)
    s.known = make_step(s.menu, "known", s.is_vip, "no")
    s.nature = make_step(s.menu, "ask", s.known, "known", say="Panne 1, demande 2.|Fault 1, request 2.")
    make_step(s.menu, "queue", s.nature, "1", "Panne|Fault", queue=s.desk)
    make_step(s.menu, "call_back", s.nature, "2", "Demande|Request", "Nous vous rappelons.|We call you back.")
    make_step(s.menu, "voicemail", s.nature, "none")
    make_step(s.menu, "queue", s.known, "unknown", queue=s.desk)
    s.number = make_number(
        world,
        calendar=Calendar.objects.get(code="DESK-EXT"),
        menu=s.menu,
        queue=s.desk,
        closed_text_fr="Nous sommes fermés.",
        closed_text_en="We are closed.",
    )
    fresh()
    return s


def make_operator(person, *queues, skill=3, **more) -> Operator:
    made = Operator.objects.create(person=person, **{"state": "available", **more})
    for queue in queues:
        QueueMember.objects.create(queue=queue, operator=made, skill=skill)
    return made


def make_call(world, queue, **more) -> Call:
    values = {
        "number": f"CAL{Call.objects.count() + 1:07}", "organisation": world.lumen, "queue": queue, "state": "queued",
        "queued_at": now(), "from_number": "+33612008803",
    }  # fmt: skip
    return Call.objects.create(**values | more)


def codes() -> None:
    ensure_call_codes()


def fresh() -> None:
    cache.clear()
    reference.forget_everything()
