"""The switchboard of the demo company: queues, operators, numbers and the menu that sorts; then its ninety days, and this moment.

Times of the story are set off from the present: whenever the demo is loaded, it looks like twenty to eleven of a busy morning.
"""

from datetime import datetime, timedelta
from types import SimpleNamespace

from itsm.calendars.models import Calendar
from itsm.core.folding import fold
from itsm.people import services as people
from itsm.people.models import Membership, Role, RoleGrant, Site
from itsm.records.numbering import next_number
from servicedesk.calls import ending
from servicedesk.calls.switchboard import services as switchboard
from servicedesk.calls.switchboard import trees
from servicedesk.models import Call, CallQueue, MenuStep, Operator, OperatorSpan, PauseReason

from . import callhistory

# Operators who sign in: nobody answers in their place.
ACCOUNTS = ("operator", "lead")
STANDARD, ENGLISH, MONTREAL = "+33155004000", "+33155004099", "+15145550100"
SITE_PHONES = {"LIL": "+33320001200", "NTE": "+33240001500", "MTL": MONTREAL}
# Whom the switchboard knows by name: login, first, last, organisation, site, phone, job, VIP.
CALLERS = [
    ("tgarnier", "Thomas", "Garnier", "LUMEN-COM", "PAR", "+33155004208", "Acheteur", False),
    ("p.meyer", "Paul", "Meyer", "LUMEN", "PAR", "+33155004177", "Directeur général adjoint", True),
    ("a.lopez", "Anna", "Lopez", "LUMEN-RH", "NTE", "+33240001509", "Responsable RH", False),
]  # fmt: skip
# Agents of the first level who answer the telephone as well, by the names that people call them by.
OPERATORS = [("Hugo", "Blanc", "4103"), ("Inès", "Masson", "4104"), ("Oscar", "Thomas", "4105"), ("Rami", "Aubert", "4107")]  # fmt: skip
# number, name on the line, login or site, queue, seconds waited
WAITING = [
    ("+33320001240", "Usine de Lille, atelier 2", "LIL", "N1", 134), ("+33155004177", "", "p.meyer", "N1", 68), ("+33612008803", "", "", "N1", 41),
    ("+15145550112", "Bureau Montréal", "MTL", "EN", 19), ("+33240001509", "", "a.lopez", "N1", 6),
]  # fmt: skip
TALKING = [("+33155004208", "tgarnier", "operator", 272), ("", "", "Hugo", 110), ("", "", "Oscar", 66)]
# Minutes from now on when a call back was promised.
CALL_BACKS = [8, 14, 47, 62, 95, 130]


def build(c, at: datetime, scale: float) -> None:
    """Set the switchboard up, and let it have been at work."""
    s = SimpleNamespace(c=c, at=at)
    _people(s)
    _queues(s)
    _numbers(s, _menu(s))
    callhistory.build(s, scale)
    _now(s)


def _people(s) -> None:
    c = s.c
    for code, phone in SITE_PHONES.items():
        Site.objects.filter(pk=c.sites[code].pk).update(phone=phone)
    s.known = {
        login: people.create_person(
            actor=None, username=login, first_name=first, last_name=last, email=f"{login}@lumen.example", organisation=c.orgs[organisation],
            site=c.sites[site], phone=phone, job_title=job, vip=vip, department=c.orgs[organisation].name.removeprefix("Lumen "),
            roles=[("requester", c.orgs[organisation])],
        )
        for login, first, last, organisation, site, phone, job, vip in CALLERS
    }  # fmt: skip
    role = Role.objects.get(code="operator")
    persons = {"operator": (c.accounts["operator"], "4102"), "Julie": (c.accounts["lead"], "4106")}
    for person, (first, last, extension) in zip(c.agents["N1-CDS"], OPERATORS, strict=False):
        login = fold(f"{first[0]}.{last}")
        person.first_name, person.last_name, person.username, person.email = (
            first,
            last,
            login,
            f"{login}@lumen.example",
        )
        person.sort_key = fold(f"{last} {first} {login}")
        person.save()
        RoleGrant.objects.create(user=person, role=role, organisation=c.orgs["LUMEN"])
        Membership.objects.create(user=person, team=c.teams["N0-STD"])
        persons[first] = (person, extension)
    s.persons = persons


def _queues(s) -> None:
    c, actor = s.c, s.c.accounts["admin"]
    s.calendar = Calendar.objects.get(code="DESK-EXT")
    s.operators = {
        name: switchboard.save_operator(None, actor=actor, extension=extension, queues={}, person=person)
        for name, (person, extension) in s.persons.items()
    }
    members = {row.pk: 1 if name == "operator" else 2 + n % 3 for n, (name, row) in enumerate(s.operators.items())}
    common = {
        "organisation": c.orgs["LUMEN"],
        "calendar": s.calendar,
        "answer_within_seconds": 30,
        "short_abandon_seconds": 10,
    }
    s.n1 = switchboard.save_queue(
        None,
        common | {
            "code": "N1", "name_fr": "N1 Assistance", "name_en": "N1 Assistance", "team": c.teams["N1-CDS"], "strategy": "vip_first", "position": 1,
            "max_wait_seconds": 600, "overflow": CallQueue.Overflow.CALL_BACK,
            "announcement_fr": "Tous nos opérateurs sont en ligne. Restez à l’écoute, ou raccrochez : nous vous rappellerons.",
            "announcement_en": "All our operators are busy. Please hold, or hang up: we will call you back.",
        },
        members, actor=actor,
    )  # fmt: skip
    english = {
        pk: skill
        for pk, skill in members.items()
        if pk in (s.operators["operator"].pk, s.operators["Oscar"].pk, s.operators["Julie"].pk)
    }
    s.en = switchboard.save_queue(
        None,
        common | {
            "code": "EN", "name_fr": "English", "name_en": "English", "team": c.teams["N0-STD"], "language": "en", "position": 2,
            "max_wait_seconds": 300, "overflow": CallQueue.Overflow.QUEUE, "overflow_queue": s.n1,
            "announcement_fr": "Un opérateur anglophone va vous répondre.", "announcement_en": "An operator will be with you shortly.",
        },
        english, actor=actor,
    )  # fmt: skip


def _menu(s):
    """Language, then a major incident if there is one, then VIP or what it is about."""
    c, actor = s.c, s.c.accounts["admin"]
    menu = trees.save_menu(
        None,
        actor=actor,
        code="STANDARD",
        name_fr="Accueil du standard",
        name_en="Switchboard",
        organisation=c.orgs["LUMEN"],
    )

    def step(kind, parent=None, branch="", label=("", ""), say=("", ""), **more):
        values = {
            "kind": kind,
            "parent": parent,
            "branch": branch,
            "label_fr": label[0],
            "label_en": label[1],
            "say_fr": say[0],
            "say_en": say[1],
        }
        return trees.save_step(menu, None, values | more, actor=actor)

    kinds = MenuStep.Kind
    root = step(
        kinds.LANGUAGE,
        say=("Bienvenue au centre de services. Pour le français, tapez 1. For English, press 2.",) * 2,
        tries=2,
    )
    french = step(kinds.MAJOR, root, "1", ("Français", "French"), language="fr", register_key="1")
    step(kinds.QUEUE, root, "2", ("Anglais", "English"), language="en", queue=s.en)
    step(kinds.GOTO, root, "none", goto=french)
    vip = step(kinds.VIP, french, "next")
    step(kinds.QUEUE, vip, "yes", queue=s.n1)
    said = (
        "Pour une panne, tapez 1. Pour une demande, tapez 2. Pour un ticket déjà ouvert, tapez 3.",
        "For a fault, press 1. For a request, press 2. For an open ticket, press 3.",
    )
    what = step(kinds.ASK, vip, "no", say=said, tries=2)
    step(kinds.QUEUE, what, "1", ("Panne", "Fault"), queue=s.n1)
    full = step(kinds.FULL, what, "2", ("Demande", "Request"), queue=s.n1)
    step(
        kinds.CALL_BACK,
        full,
        "full",
        say=("Nous vous rappelons dans l’heure.", "We will call you back within the hour."),
    )
    step(kinds.QUEUE, full, "free", queue=s.n1)
    step(kinds.QUEUE, what, "3", ("Ticket déjà ouvert", "Open ticket"), queue=s.n1)
    step(kinds.QUEUE, what, "none", queue=s.n1)
    return menu


def _numbers(s, menu) -> None:
    c, actor = s.c, s.c.accounts["admin"]
    closed = {
        "when_closed": "voicemail", "closed_text_fr": "Le centre de services est ouvert de 7 h à 20 h, du lundi au samedi. Laissez un message.",
        "closed_text_en": "The service desk is open from 7:00 to 20:00, Monday to Saturday. Please leave a message.",
    }  # fmt: skip
    common = {"organisation": c.orgs["LUMEN"], "calendar": s.calendar, "is_active": True, **closed}
    for number, names, more in (
        (STANDARD, ("Standard", "Switchboard"), {"menu": menu, "queue": s.n1, "site": c.sites["PAR"]}),
        (ENGLISH, ("Ligne anglaise", "English line"), {"queue": s.en, "language": "en"}),
        (MONTREAL, ("Montréal", "Montreal"), {"queue": s.en, "site": c.sites["MTL"]}),
    ):
        switchboard.save_number(
            None, common | {"number": number, "name_fr": names[0], "name_en": names[1]} | more, actor=actor
        )


# -- this moment


def _now(s) -> None:
    """Five callers wait, three are served, some are to be called back."""
    s.queues = {"N1": s.n1, "EN": s.en}
    for number, caller_name, who, queue, waited in WAITING:
        caller = s.known.get(who)
        began = s.at - timedelta(seconds=waited)
        _live(
            s, from_number=number, caller_name=caller_name, caller=caller, site=caller.site if caller else s.c.sites.get(who), state="queued",
            queue=s.queues[queue], started_at=began, queued_at=began, to_number=ENGLISH if queue == "EN" else STANDARD,
            category=s.c.categories["mail-in"] if who == "LIL" else None,
        )  # fmt: skip
    for number, who, operator, seconds in TALKING:
        caller = s.known.get(who) or s.c.users[seconds % len(s.c.users)]
        began = s.at - timedelta(seconds=seconds)
        call = _live(
            s, from_number=number or caller.phone, caller=caller, site=caller.site, state="in_progress", queue=s.n1, operator=s.operators[operator],
            started_at=began - timedelta(seconds=25), queued_at=began - timedelta(seconds=20), answered_at=began,
        )  # fmt: skip
        _does(s, operator, "in_call", seconds, call=call)
    caller = s.c.users[11]
    began = s.at - timedelta(seconds=300)
    call = _live(
        s, from_number=caller.phone, caller=caller, site=caller.site, state="wrap_up", queue=s.n1, operator=s.operators["Inès"], started_at=began,
        queued_at=began, answered_at=began + timedelta(seconds=20), ended_at=s.at - timedelta(seconds=8), cause="normalClearing",
    )  # fmt: skip
    _does(s, "Inès", "wrap_up", 8, call=call, until=s.at + timedelta(seconds=22))
    for n, minutes in enumerate(CALL_BACKS):
        caller = s.c.users[7 * n + 3]
        began = s.at - timedelta(minutes=12 + 9 * n)
        _live(
            s, from_number=caller.phone, caller=caller, site=caller.site, state="call_back_due", queue=s.n1, started_at=began, queued_at=began,
            ended_at=began + timedelta(seconds=100 + 13 * n), cause="normalClearing", call_back_at=s.at + timedelta(minutes=minutes),
        )  # fmt: skip
    for name, state, seconds, more in (
        (
            "Julie",
            "pause",
            365,
            {"pause_reason": PauseReason.objects.get(code="break"), "until": s.at + timedelta(minutes=8)},
        ),
        ("Rami", "pause", 410, {"pause_reason": PauseReason.objects.get(code="training")}),
    ):
        _does(s, name, state, seconds, **more)


def _live(s, **fields) -> Call:
    caller = fields.get("caller")
    call = Call(
        number=next_number("CAL"), organisation=s.c.orgs["LUMEN"], **{"to_number": STANDARD, **fields}, caller_certain=caller is not None,
        vip=bool(caller and caller.vip), language="en" if fields["queue"] is s.en else "fr", call_id=callhistory.PLAYED,
    )  # fmt: skip
    ending.derive(call)
    call.check_at = ending.next_check(call)
    call.save(force_insert=True)
    return call


def _does(s, name: str, state: str, seconds: int, **more) -> None:
    if name not in s.operators:  # a small demo has fewer agents
        return
    operator, since = s.operators[name], s.at - timedelta(seconds=seconds)
    Operator.objects.filter(pk=operator.pk).update(state=state, since=since, **more)
    reason = {"pause_reason": more["pause_reason"]} if "pause_reason" in more else {}
    OperatorSpan.objects.create(operator=operator, state=state, began_at=since, **reason)
