"""A switchboard for tests: a queue, three operators, an exchange with its secret address."""

from types import SimpleNamespace

from itsm.calendars.models import Calendar
from itsm.gateway.sources import services as sources
from itsm.people import services as people
from servicedesk.calls.defaults import ensure_call_codes
from servicedesk.calls.models import CallQueue, Operator, PauseReason, QueueMember, WrapUpCode
from servicedesk.incidents import services as incidents
from tests.world import build as build_world
from tests.world import person


def build() -> SimpleNamespace:
    """The world, and who answers its telephones."""
    w = build_world()
    ensure_call_codes()
    # Its telephones are answered whatever the hour at which the tests run.
    w.lumen.calendar = Calendar.objects.create(code="ALWAYS", name="Always", always_open=True)
    w.lumen.save()
    for login, first, last, extension in (
        ("nadia", "Nadia", "Petit", "4101"), ("hugo", "Hugo", "Blanc", "4102"), ("ines", "Inès", "Masson", "4103"),
    ):  # fmt: skip
        user = person(w, login, first, last, [("operator", w.lumen)], [w.n1])
        setattr(w, login, user)
        setattr(w, f"{login}_operator", Operator.objects.create(person=user, extension=extension))
    w.queue = CallQueue.objects.create(
        code="n1", name="N1 Assistance", name_fr="N1 Assistance", name_en="N1 Help", organisation=w.lumen, answer_within_seconds=30
    )  # fmt: skip
    w.night = CallQueue.objects.create(code="night", name="Nuit", name_fr="Nuit", name_en="Night", organisation=w.lumen)
    for skill, operator in enumerate((w.nadia_operator, w.hugo_operator), start=1):
        QueueMember.objects.create(queue=w.queue, operator=operator, skill=skill)
    w.jane = people.create_person(
        actor=None, username="jane", first_name="Jane", last_name="Doe", organisation=w.finance, phone="+33155000010", vip=True, site=w.paris
    )  # fmt: skip
    w.solved_by_phone = WrapUpCode.objects.get(code="solved")
    w.lunch = PauseReason.objects.get(code="lunch")
    w.source, w.door = sources.create_source(actor=w.admin, kind="cti", name="Kamailio", organisation_id=w.lumen.pk)
    w.path = "/" + w.door.split("/", 3)[3]
    return w


def incident(w, **more):
    """One that Jane asks for."""
    return incidents.open_incident(
        actor=w.agent, title="Mail is down", organisation=w.finance, requester=w.jane, channel="phone", **more
    )
