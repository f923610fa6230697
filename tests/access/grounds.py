"""What each room of the product has to be asked about, one function a room: address names and the keys of things made for them."""

from datetime import time, timedelta
from types import SimpleNamespace

from django.core.files.base import ContentFile

from itsm.cmdb import services as cmdb
from itsm.core import now
from itsm.documents import running
from itsm.documents import services as documents
from itsm.events import services as events
from itsm.events.models import EventRule
from itsm.gateway.events.defaults import ensure_default_mappings
from itsm.gateway.sources import services as sources
from itsm.people.directory import directory
from itsm.planning import services as planning
from itsm.records.approvals import services as approvals
from itsm.records.models import Approval, Category
from operations.control.backups import restoring
from operations.control.backups import services as backups
from operations.control.consoles import services as consoles
from operations.control.printing import outputs
from operations.control.scheduling import services as jobs
from operations.control.scheduling.running import Told
from operations.control.shifts import checking
from operations.control.shifts import services as shifts
from operations.models import Delivery, Output, PrintJob, PrintQueue, PrintServer
from servicedesk.access import reviews
from servicedesk.access import services as accesses
from servicedesk.calls import services as calls
from servicedesk.calls.campaigns import hooks
from servicedesk.calls.campaigns import services as campaigns
from servicedesk.calls.campaigns.models import CampaignTarget
from servicedesk.catalogue import basket, ordering
from servicedesk.incidents import services
from servicedesk.majors import services as majors
from servicedesk.majors.models import MajorRule, Surge
from technical.models import (
    VLAN,
    VRF,
    Interface,
    IPAddress,
    IPRange,
    Prefix,
    VLANGroup,
)
from technical.networks import services as networks
from tests.operations.backups.factories import make_plan, report
from tests.servicedesk.calls.menus import factories as switchboard
from tests.servicedesk.catalogue import factories as catalogue

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 50


def switchboard_ground(cast) -> dict[str, dict]:
    """A number with its menu, its queues and codes, and who answers."""
    switchboard.codes()
    board = switchboard.make_board(cast)
    answers = switchboard.make_operator(cast.operator, board.desk)
    return {
        "/calls/switchboard/numbers/": {"pk": board.number.pk}, "/calls/switchboard/queues/": {"code": board.desk.code},
        "/calls/switchboard/operators/": {"pk": answers.pk}, "/calls/switchboard/codes/": {"kind": "pauses", "code": "lunch"},
        "/calls/switchboard/menus/": {"code": board.menu.code, "pk": board.nature.pk},
        "/api/v1/call-queues/": {"code": board.desk.code}, "/api/v1/call-numbers/": {"pk": board.number.pk},
        "/api/v1/call-menus/": {"code": board.menu.code},
    }  # fmt: skip


def calls_ground(cast) -> dict[str, dict]:
    """A call that waits, and the exchange that told of it."""
    exchange, _address = sources.create_source(
        actor=cast.admin, kind="cti", name="Exchange", organisation_id=cast.lumen.pk
    )
    call = calls.ring(
        organisation=cast.lumen, source=exchange, call_id="c", from_number="+33155000010", to_number="+33155000000"
    )
    return {
        "/calls/": {"number": call.number, "name": "owe"}, "/api/v1/calls/": {"number": call.number},
        "/settings/telephony/": {"pk": exchange.pk, "code": "generic"},
    }  # fmt: skip


def events_ground(cast) -> dict[str, dict]:
    """A rule, a silence and a mapping of events, and an alert with its message."""
    alert = events.raise_event(organisation=cast.lumen, source="prom", key="k", severity="minor", title="Disk full")
    ensure_default_mappings()
    rule = EventRule.objects.create(organisation=cast.lumen, name="Rule")
    silence = events.plan_silence(
        actor=cast.ops, organisation=cast.lumen, reason="Moving", ends_at=now() + timedelta(hours=2),
        conditions=[{"field": "source", "how": "equals", "value": "nobody"}],
    )  # fmt: skip
    return {
        "/settings/events/rules/": {"pk": rule.pk},
        "/settings/events/silences/": {"pk": silence.pk},
        "/settings/events/mappings/": {"code": "generic"},
        "/api/v1/alerts/": {"number": alert.number},
        "/api/v1/events/": {"pk": alert.events.get().pk},
        "/api/v1/silences/": {"pk": silence.pk},
    }


def consoles_ground(cast, item) -> dict[str, dict]:
    """An alert on the item, a console with a message that waits, and a runbook that is carried out for the alert."""
    alert = events.raise_event(
        organisation=cast.lumen, source="access", key="disk", severity="critical", title="Disk full", item=item
    )
    place = cmdb.create_ci(actor=cast.network, ci_class="console", name="Master", key="CON-1", organisation=cast.lumen)
    console = consoles.set_up(place, actor=cast.admin, authority="master")
    entry = consoles.ask(console.pk, text="IEF238D REPLY", system="ZOS1")
    text = documents.write(actor=cast.network, title="Disk", body="## Look\n\nx\n", organisation=cast.lumen)
    run = running.start(text, actor=cast.network, alert=alert)
    return {
        "/operations/alerts/": {"number": alert.number},
        "/operations/consoles/": {"pk": console.pk, "entry": entry.pk},
        "/operations/runbooks/": {"pk": text.pk, "number": 1},
        "/operations/runbooks/runs/": {"pk": run.pk, "position": 1},
    }


def majors_ground(cast) -> dict[str, dict]:
    """A proposed major incident, a surge, a rule; a campaign with one person, somebody left in peace, a gateway."""
    record = services.open_incident(actor=cast.agent, requester=cast.customer, title="Many have it")
    majors.propose(record.pk, actor=cast.agent)
    rule = MajorRule.objects.create(code="access", name="Rule", name_fr="Règle", organisation=cast.lumen, calls=9)
    category = Category.objects.first()
    surge = Surge.objects.create(organisation=cast.lumen, category=category, calls=9, most_calls=9, usual=1, minutes=15)
    campaign = campaigns.create(
        actor=cast.admin, organisation=cast.lumen, name="Campaign", channels=["email"], message_fr="Bonjour.",
        audience={"kind": "team", "ids": [cast.n1.pk]},
    )  # fmt: skip
    target = CampaignTarget.objects.create(campaign=campaign, name="Somebody", state="failed")
    quiet = campaigns.leave_in_peace(actor=cast.admin, organisation=cast.lumen, address="quiet@example.org")
    hook = hooks.save(None, actor=cast.admin, organisation=cast.lumen, kind="sms", url="https://sms.example.org/")[0]
    return {
        "/desk/majors/": {"incident": record.number, "act": "propose", "pk": rule.pk},
        "/desk/majors/surges/": {"pk": surge.pk, "act": "dismiss"},
        "/calls/campaigns/": {"pk": campaign.pk, "target": target.pk, "act": "pause"},
        "/calls/campaigns/peace/": {"pk": quiet.pk}, "/calls/campaigns/gateways/": {"pk": hook.pk},
        "/api/v1/call-campaigns/": {"pk": campaign.pk},
    }  # fmt: skip


def jobs_ground(cast) -> dict[str, dict]:
    """A job of a chain with a run that failed, and a key of the ping door."""
    job = jobs.register_job(actor=cast.admin, name="NIGHT", organisation=cast.lumen, chain="PAIE", schedule="0 3 * * *")
    run = jobs.tell(job.pk, Told("fail", now(), exit_status=8))
    key = jobs.make_key(actor=cast.admin, organisation=cast.lumen, name="Linux")
    return {
        "/operations/jobs/": {"pk": job.pk, "run_pk": run.pk, "name": "PAIE"}, "/operations/jobs/keys/": {"pk": key.pk},
        "/api/v1/jobs/": {"id": job.pk}, "/api/v1/job-runs/": {"pk": run.pk},
        "/ping/": {"code": "00000000-0000-4000-8000-000000000000", "action": "log", "key": "no-such-key-at-all", "slug": "none"},
    }  # fmt: skip


def asked_of_the_lead(cast, incident) -> Approval:
    """A question on the incident that only one person answers."""
    rule = {"stages": [{"ask": [{"who": "person", "login": "lead"}]}]}
    approvals.begin(incident.pk, rule, actor=cast.agent)
    return Approval.objects.get(record=incident)


def an_access(cast, item):
    """A right of Claire that is in force, and the review of it."""
    access = accesses.open_access(
        actor=cast.agent, requester=cast.customer, item=item, right="Read", reason="Month end"
    )
    approvals.answer(access.approvals.get().pk, actor=cast.lead, approve=True)
    accesses.grant(access.pk, actor=cast.network, proof="Group READ")
    lumen = directory.get().organisations_by_code["LUMEN"]
    return access, reviews.start(
        actor=cast.lead, name="Spring", organisation=lumen, due_on=now().date() + timedelta(days=20)
    )


def catalogue_ground(cast) -> dict[str, dict]:
    """An item meant for our organisation, with a picture; Claire has ordered it, and has one more in her basket."""
    made = catalogue.make_item("badge", [catalogue.field("who", "person")], picture=ContentFile(PNG, "badge.png"))
    made.organisations.add(cast.lumen)
    offer = ordering.offered("badge", orderer=cast.customer)
    line = ordering.Line(offer.version, cast.customer, {})
    order, _requests = ordering.place([line], actor=cast.customer)
    kept = basket.keep(offer, line, actor=cast.customer)
    names = {"key": "badge", "question": "who", "number": 1}
    return {
        "/portal/catalogue/": names, "/settings/catalogue/": names, "/settings/catalogue/shelves/": {"key": made.shelf.key},
        "/api/v1/catalogue-items/": names, "/portal/basket/": {"pk": kept.pk}, "/portal/orders/": {"number": order},
    }  # fmt: skip


def shift_ground(cast, item) -> dict[str, dict]:
    """A window, a shift of the network team with a line in its log, and a list of one check, red today."""
    window = planning.plan_window(
        actor=None, organisation_id=cast.lumen.pk, name="Patches", starts_at=now() - timedelta(hours=1), ends_at=now() + timedelta(hours=1),
        scope={"items": [item.pk]},
    )  # fmt: skip
    pattern = shifts.save_pattern(
        None,
        actor=None,
        organisation_id=cast.lumen.pk,
        team_id=cast.n2.pk,
        name_fr="Jour",
        starts=time(0),
        ends=time(23, 59),
        turns=[],
    )
    shift = pattern.shifts.order_by("starts_at").first()
    line = shifts.note(organisation=cast.lumen, text="Tout va bien", actor=cast.ops, follow=True)
    checklist = checking.save_list(
        None,
        actor=None,
        organisation_id=cast.lumen.pk,
        name_fr="Matin",
        due=time(9),
        checks=[{"name_fr": "Sauvegardes"}],
    )
    check = checklist.checks.get()
    result = checking.tick(check.pk, actor=cast.ops, colour="red", note="Une nuit manque")
    return {
        "/operations/planning/": {"pk": window.pk, "token": planning.renew_feed(cast.agent, actor=cast.agent)},
        "/operations/shifts/": {"pk": shift.pk}, "/operations/shifts/log/": {"pk": line.pk}, "/operations/shifts/patterns/": {"pk": pattern.pk},
        "/operations/checks/": {"pk": check.pk}, "/operations/checks/results/": {"pk": result.pk},
        "/operations/checks/lists/": {"pk": checklist.pk}, "/api/v1/maintenance-windows/": {"pk": window.pk}, "/api/v1/shifts/": {"pk": shift.pk},
        "/api/v1/shift-patterns/": {"pk": pattern.pk}, "/api/v1/check-lists/": {"pk": checklist.pk},
        "/api/v1/shift-log/": {"pk": line.pk}, "/api/v1/checks/": {"pk": check.pk},
    }  # fmt: skip


def backup_ground(cast, item):
    """A plan that covers the item, a run of it, and a restore test."""
    plan = make_plan(cast, copies=[{"place": "NAS"}])
    backups.cover(plan, item, actor=cast.admin)
    return SimpleNamespace(plan=plan, run=report(plan, now()), test=restoring.ask(plan, actor=cast.admin, what="All"))


def printing_ground(cast):
    """A server that nobody can reach, a queue with a job, and an output that somebody got."""
    server = PrintServer.objects.create(name="CUPS", organisation=cast.lumen, url="http://127.0.0.1:9", is_active=False)
    thing = cmdb.create_ci(actor=None, ci_class="print_queue", name="FILEQ", key="fileq", organisation=cast.lumen)
    queue = PrintQueue.objects.create(item=thing, server=server, name="FILEQ", state="idle")
    job = PrintJob.objects.create(
        queue=queue, server=server, number=1, uid="a", title="letter", owner="claire", state="pending", created_at=now()
    )
    output = Output(
        name="Payslips", organisation=cast.lumen, queue=queue, due_at=time(23, 59), weekdays=[1, 2, 3, 4, 5, 6, 7]
    )
    run = outputs.save_output(output, [], actor=cast.admin).runs.get()
    delivery = Delivery.objects.create(run=run, recipient="HR", received_by="A. Petit", proof_name="a.txt")
    delivery.proof.save("a", ContentFile(b"a"))
    return SimpleNamespace(server=server, queue=queue, job=job, output=output, run=run, delivery=delivery)


def network_ground(cast, item) -> dict[str, dict]:
    """One of everything in the networks, by the addresses of its pages and of its interface."""
    own = {"actor": cast.network, "organisation": cast.lumen}
    port, other = (networks.create(Interface, actor=cast.network, item=item, name=name) for name in ("eth0", "eth1"))
    made = {
        "vrfs": networks.create(VRF, **own, name="Lab"),
        "vlan-groups": networks.create(VLANGroup, **own, name="Paris"),
        "vlans": networks.create(VLAN, **own, vid=20, name="Data"),
        "prefixes": networks.create(Prefix, **own, prefix="10.0.0.0/24"),
        "ranges": networks.create(IPRange, **own, start="10.0.0.50", end="10.0.0.99"),
        "addresses": networks.create(IPAddress, **own, address="10.0.0.7/24", interface=port),
        "interfaces": port,
        "cables": networks.connect(port, other, actor=cast.network)[0],
    }
    pages = {f"/technical/networks/{kind}/": {"pk": row.pk} for kind, row in made.items()}
    api = {f"/api/v1/{kind}/": {"pk": row.pk} for kind, row in made.items() if kind not in ("ranges", "addresses")}
    return pages | api | {"/api/v1/ip-addresses/": {"pk": made["addresses"].pk}}
