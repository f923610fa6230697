"""A small company and a stranger. Tests name people, not ids."""

from types import SimpleNamespace

from django.core.cache import cache

from itsm.calendars.defaults import ensure_default_calendars
from itsm.core import reference
from itsm.escalation.defaults import ensure_default_policies
from itsm.levels.defaults import ensure_default_agreements
from itsm.people import services as people
from itsm.people.defaults import ensure_default_roles
from itsm.people.models import Circle
from itsm.records.defaults import ensure_default_codes
from itsm.records.models import CauseCode, HoldReason, ResolutionCode

PASSWORD = "vigie-demo"


def build() -> SimpleNamespace:
    """Everything is made by the product's own services."""
    ensure_default_calendars()
    ensure_default_roles()
    ensure_default_codes()
    ensure_default_agreements()
    ensure_default_policies()
    w = SimpleNamespace()
    w.lumen = people.create_organisation(actor=None, code="LUMEN", name="Groupe Lumen")
    w.finance = people.create_organisation(actor=None, code="LUMEN-FIN", name="Finance", parent=w.lumen)
    w.other = people.create_organisation(actor=None, code="AUTRE", name="Autre société", kind="customer", language="en")
    w.paris = people.create_site(actor=None, code="PAR", name="Paris", organisation=w.lumen)
    w.n3 = people.create_team(
        actor=None,
        code="N3-ZOS",
        name_fr="Mainframe",
        name_en="Mainframe",
        level=3,
        function="technical",
        organisation=w.lumen,
    )
    w.n2 = people.create_team(
        actor=None,
        code="N2-RES",
        name_fr="Réseaux",
        name_en="Network",
        level=2,
        function="technical",
        organisation=w.lumen,
        next_team=w.n3,
    )
    w.n1 = people.create_team(
        actor=None,
        code="N1-CDS",
        name_fr="Centre de services",
        name_en="Help desk",
        level=1,
        organisation=w.lumen,
        next_team=w.n2,
    )
    w.agent = person(w, "agent", "Léa", "Morel", [("agent", w.lumen)], [w.n1])
    w.teammate = person(w, "teammate", "Tom", "Girard", [("agent", w.lumen)], [w.n1])
    w.network = person(w, "network", "Yann", "Nguyen", [("specialist", w.lumen)], [w.n2])
    w.mainframe = person(w, "mainframe", "Samir", "Benali", [("specialist", w.lumen)], [w.n3])
    w.lead = person(w, "lead", "Julie", "Lenoir", [("desk_manager", w.lumen)], [w.n1])
    w.manager = person(w, "manager", "Marc", "Rey", [("it_manager", w.lumen)], [])
    w.admin = person(w, "admin", "Ada", "Min", [("administrator", None)], [], is_staff=True, is_superuser=True)
    w.customer = person(w, "customer", "Claire", "Fontaine", [("requester", w.lumen)], [], organisation=w.finance)
    w.colleague = person(w, "colleague", "Paul", "Meyer", [("requester", w.lumen)], [], organisation=w.finance)
    w.stranger = person(
        w, "stranger", "Sam", "Stone", [("requester", w.other)], [], organisation=w.other, language="en"
    )
    w.foreign_agent = person(
        w, "foreign", "Fay", "Reign", [("agent", w.other)], [], organisation=w.other, language="en"
    )
    for team in (w.n1, w.n2, w.n3):
        team.leader = w.lead
        team.save(update_fields=["leader"])
    w.circle = Circle.objects.create(code="HR", name_fr="RH", name_en="HR")
    w.solved = ResolutionCode.objects.get(code="solved")
    w.cause = CauseCode.objects.get(code="software")
    w.wait_requester = HoldReason.objects.get(code="requester")
    w.wait_supplier = HoldReason.objects.get(code="supplier")
    w.wait_planned = HoldReason.objects.get(code="planned")
    cache.clear()
    reference.forget_everything()
    return w


def person(w, login, first, last, roles, teams, *, organisation=None, **more):
    """One of the cast; the password is the demo's."""
    return people.create_person(
        actor=None, password=PASSWORD, username=login, first_name=first, last_name=last, email=f"{login}@example.org",
        organisation=organisation or w.lumen, site=w.paris, roles=roles, teams=teams, **more,
    )  # fmt: skip
