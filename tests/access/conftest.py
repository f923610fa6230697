"""The cast with every role of the demo, the things that they try to reach, and the matrix of what happened."""

import os
from datetime import time, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.files.base import ContentFile

from itsm.calendars.models import Calendar
from itsm.cmdb import classes
from itsm.cmdb import services as cmdb
from itsm.cmdb.models import CampaignShare, DataSource, IntakeRow, IntakeRun, ItemRun, PrecedenceRule, Service
from itsm.cmdb.trust import certifying, corrections
from itsm.core import now
from itsm.documents import running
from itsm.documents import services as documents
from itsm.escalation import links, paging, staffing
from itsm.escalation.routing import services as routing
from itsm.escalation.routing.models import RoutingRule
from itsm.events import services as events
from itsm.events.models import EventRule
from itsm.gateway import tokens
from itsm.gateway.events.defaults import ensure_default_mappings
from itsm.gateway.mail import intake
from itsm.gateway.models import Inbound, Mailbox, Source
from itsm.gateway.sources import services as sources
from itsm.gateway.webhooks import services as webhooks
from itsm.notify.models import Message
from itsm.people import services as people
from itsm.people.directory import directory
from itsm.planning import services as planning
from itsm.records.approvals import links as approval_links
from itsm.records.approvals import services as approvals
from itsm.records.models import Approval, Attachment, Category, Task
from itsm.web import saved
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
from servicedesk.bulk.models import BulkRun
from servicedesk.calls import services as calls
from servicedesk.calls.campaigns import hooks
from servicedesk.calls.campaigns import services as campaigns
from servicedesk.calls.campaigns.models import CampaignTarget
from servicedesk.catalogue import basket, ordering
from servicedesk.incidents import services
from servicedesk.macros.models import Macro
from servicedesk.majors import services as majors
from servicedesk.majors.models import MajorRule, Surge
from servicedesk.requests import regular
from servicedesk.requests import services as requests
from technical.inventory import discovering
from technical.models import (
    VLAN,
    VRF,
    Discovery,
    Installation,
    Interface,
    IPAddress,
    IPRange,
    Prefix,
    Software,
    VLANGroup,
)
from technical.networks import services as networks
from tests.escalation import oncall
from tests.operations.backups.factories import make_plan, report
from tests.servicedesk.calls.menus import factories as switchboard
from tests.servicedesk.catalogue import factories as catalogue
from tests.servicedesk.requests.factories import make_item
from tests.world import person

from . import matrix

PEOPLE = (
    "nobody", "customer", "colleague", "operator", "agent", "mainframe", "ops", "apps", "change", "lead", "manager", "admin", "stranger",
    "foreign_agent",
)  # fmt: skip
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 50
SEEN: dict[str, dict[str, str]] = {}


@pytest.fixture
def cast(world):
    """The world, and those whose roles it lacks."""
    for login, role in {
        "operator": "operator",
        "ops": "ops",
        "apps": "app_manager",
        "change": "change_manager",
    }.items():
        setattr(world, login, person(world, login, login.title(), "Role", [(role, world.lumen)], []))
    world.nobody = None
    return world


@pytest.fixture
def things(cast, settings, tmp_path):
    """What each kind of address is about: all of it belongs to Claire or to our organisation."""
    settings.MEDIA_ROOT = tmp_path
    classes.load_files()
    incident = services.open_incident(actor=cast.customer, requester=cast.customer, title="Printer")
    ordered = make_item(repeatable=True)
    request = requests.open_request(
        actor=cast.customer, requester=cast.customer, item_version=ordered, answers={"model": "s"}
    )
    monthly = regular.begin(
        actor=cast.customer,
        item=ordered.item,
        requester=cast.customer,
        answers={"model": "s"},
        rhythm="monthly_day",
        day=1,
    )
    item = cmdb.create_ci(
        actor=cast.network,
        ci_class="physical_server",
        name="Server",
        key="SV-1",
        organisation=cast.lumen,
        support_team=cast.n2,
    )
    mail = cmdb.create_ci(actor=cast.network, ci_class="it_service", name="Mail", key="SRV-1", organisation=cast.lumen)
    Service.objects.create(item=mail, customer=cast.lumen)
    relation = cmdb.relate(mail, item, "runs_on", actor=cast.network)
    outage = cmdb.open_outage(item, actor=cast.network)
    baseline = cmdb.make_baseline(actor=cast.network, name="Before", organisation=cast.lumen)
    cmdb.report_drift(item.pk, actor=None, source="inventory", said={"serial": "S"})
    correction = corrections.propose(item.pk, actor=cast.agent, field="serial", proposed="XYZ")
    campaign = certifying.start(
        actor=cast.network,
        name="Year",
        due_on=now().date() + timedelta(days=30),
        classes=["physical_server", "it_service"],
    )
    share = CampaignShare.objects.filter(campaign=campaign).first()
    file = Attachment.objects.create(
        record=incident, name="a.txt", size=1, content_type="text/plain", sha256="0" * 64, public=True
    )
    file.file.save("a", ContentFile(b"a"))
    message = Message.objects.create(**matrix.message_fields(cast.customer))
    category = Category.objects.create(code="software", name_fr="Logiciels", name_en="Software", path="/")
    calendar = Calendar.objects.first()
    token, _secret = tokens.create_token(actor=cast.agent, name="script")
    macro = Macro.objects.create(name="Team", take=True, team=cast.n1)
    rule = routing.save_rule(RoutingRule(name="Words", words=["nothing of the kind"], team=cast.n2), actor=cast.admin)
    rota = oncall.rota(cast, cast.agent, second=[cast.teammate])
    chain = oncall.chain(("first", 5), ("leader", 5))
    page = paging.call_now(incident.pk, chain, actor=cast.lead)
    paging.sweep()
    away = people.enter_absence(
        cast.agent, actor=cast.agent, starts_at=now() + timedelta(days=9), ends_at=now() + timedelta(days=10)
    )
    override = staffing.override(
        rota.pk, actor=cast.lead, person=cast.agent, begins=now() + timedelta(days=3), ends=now() + timedelta(days=4)
    )
    ground = network_ground(cast, item)
    run = BulkRun.objects.create(actor=cast.agent, act="assign", token="t")
    webhook, _key = webhooks.create_webhook(
        actor=cast.admin, name="Chat", organisation_id=cast.lumen.pk, url="https://hooks.invalid/"
    )
    delivery = webhooks.ping(webhook.pk, actor=cast.admin)
    source = Source.objects.create(
        kind="events", name="Zabbix", organisation=cast.lumen, digest="0" * 64, prefix="abc", rate_per_minute=60
    )
    inbound = Inbound.objects.create(source=source, body=b"{}", size=2, outcome="rejected", reason="No.")
    box = Mailbox.objects.create(
        name="Support",
        address="support@vigie.test",
        host="127.0.0.1",
        port=9,
        login="support",
        organisation=cast.lumen,
        active=False,
    )
    held = intake.take_in(b"Subject: Hello\nContent-Type: text/html\n\n<p>Hi</p>", box)
    item_run = ItemRun.objects.create(kind="edit", actor=cast.admin, params={"ids": [], "values": {}})
    told = DataSource.objects.create(code="file", name="Asset file", organisation=cast.lumen)
    exception = PrecedenceRule.objects.create(source=told, field="serial", rank=5)
    delivery_run = IntakeRun.objects.create(
        source=told, format="table", name="a.csv", state="ready", options={"class": "server", "columns": {}}
    )
    row = IntakeRow.objects.create(
        run=delivery_run, number=1, label="x", decision="ambiguous", candidate={"label": "x"}
    )
    program = Software.objects.create(name="openssl", sort_key="openssl")
    installed = Installation.objects.create(item=item, software=program, version="3", version_key="3", source="file")
    discovery = discovering.save(
        Discovery(name="Lab", source=told, ranges=["192.0.2.0/30"]), actor=cast.admin, community="c"
    )
    approval = asked_of_the_lead(cast, incident)
    task = Task.objects.create(record=incident, title="Call back", team=cast.n1)
    access, campaign_of_rights = an_access(cast, item)
    ordered = catalogue_ground(cast)
    view = saved.save_view(actor=cast.agent, place="incidents", name="Mine", query="tab=mine", team=cast.n1)
    backed = backup_ground(cast, item)
    printed = printing_ground(cast)
    return {
        "/operations/backups/": {"pk": backed.plan.pk, "run": backed.run.pk, "item": item.pk},
        "/operations/backups/tests/": {"pk": backed.test.pk},
        "/operations/backups/coverage/": {"pk": item.pk},
        "/operations/printing/queues/": {"pk": printed.queue.pk, "job": printed.job.pk, "act": "hold"},
        "/operations/printing/queues/<pk>/<act>/": {"act": "pause"},
        "/operations/printing/servers/": {"pk": printed.server.pk},
        "/operations/printing/outputs/": {"pk": printed.output.pk, "run": printed.run.pk},
        "/operations/printing/outputs/runs/": {"pk": printed.run.pk, "state": "printed"},
        "/operations/printing/outputs/proofs/": {"pk": printed.delivery.pk},
        "/api/v1/backup-plans/": {"id": backed.plan.item.key},
        "/api/v1/backup-runs/": {"pk": backed.run.pk},
        "/api/v1/restore-tests/": {"pk": backed.test.pk},
        "/api/v1/print-queues/": {"id": printed.queue.item.key},
        "/api/v1/print-jobs/": {"pk": printed.job.pk},
        "/api/v1/output-runs/": {"pk": printed.run.pk},
        "/desk/bulk/": {"pk": run.pk},
        "/views/": {"pk": view.pk},
        "/approvals/": {"pk": approval.pk},
        "/approve/": {"token": approval_links.token(approval, cast.lead)},
        "/tasks/": {"pk": task.pk},
        "/desk/access/": {"number": access.number, "pk": campaign_of_rights.pk, "username": "customer"},
        "/access-review/": {"token": reviews.path(campaign_of_rights, cast.lead).split("/")[2]},
        "/api/v1/approvals/": {"pk": approval.pk},
        "/api/v1/access-grants/": {"number": access.number},
        "/desk/macros/": {"kind": "macros", "pk": macro.pk},
        "": {"number": incident.number, "name": "comment", "token": "unknown", "field": "title", "what": "items"},
        "/cmdb/": {"pk": item.pk, "relation": relation.pk, "outage": outage.pk},
        "/cmdb/baselines/": {"pk": baseline.pk},
        "/cmdb/<pk>/service/": {"pk": mail.pk},
        "/cmdb/classes/": {"code": "physical_server"},
        "/cmdb/runs/": {"pk": item_run.pk},
        "/settings/ci-classes/": {"code": "physical_server", "version": 1},
        "/cmdb/imports/": {"pk": delivery_run.pk, "row": row.pk},
        "/settings/data-sources/": {"code": told.code, "pk": exception.pk},
        "/technical/inventory/software/": {"pk": program.pk},
        "/technical/inventory/items/": {"pk": item.pk},
        "/technical/inventory/discoveries/": {"pk": discovery.pk},
        "/api/v1/ci-imports/": {"pk": delivery_run.pk},
        "/api/v1/data-sources/": {"code": told.code},
        "/api/v1/installations/": {"pk": installed.pk},
        "/cmdb/corrections/": {"pk": correction.pk},
        "/cmdb/certifications/": {"pk": campaign.pk, "share": share.pk},
        "/desk/requests/": {"number": request.number},
        "/portal/tickets/<number>/regular/": {"number": request.number},
        "/portal/regular/": {"pk": monthly.pk},
        "/api/v1/requests/": {"number": request.number},
        "/certify/": {"token": certifying.token_of(share)},
        "/api/v1/corrections/": {"pk": correction.pk},
        "/status/": {"pk": mail.pk},
        "/oncall/rotas/": {"code": rota.code},
        "/api/v1/rotas/": {"code": rota.code},
        "/oncall/pages/": {"pk": page.pk},
        "/oncall/absences/": {"pk": away.pk},
        "/oncall/hours/": {"code": "N1-CDS"},
        "/oncall/overrides/": {"pk": override.pk},
        "/oncall/a/": {"token": links.call_token(page.calls.get())},
        "/oncall/feed/": {"token": links.renew_feed(cast.agent, actor=cast.agent)},
        "/settings/escalation/policies/": {"code": "RESOLUTION"},
        "/settings/escalation/chains/": {"code": chain.code},
        "/settings/mailboxes/": {"pk": box.pk, "mail": held.pk},
        "/settings/sources/": {"pk": source.pk, "inbound": inbound.pk},
        "/api/v1/sources/": {"pk": source.pk, "source": source.pk},
        "/api/v1/sources/<source>/log/": {"pk": inbound.pk},
        "/settings/webhooks/": {"code": webhook.code, "pk": delivery.pk},
        "/api/v1/webhooks/": {"pk": webhook.pk, "webhook": webhook.pk},
        "/api/v1/webhooks/<webhook>/deliveries/": {"pk": delivery.pk},
        "/files/": {"pk": file.pk},
        "/settings/routing/": {"pk": rule.pk, "code": "N1-CDS"},
        "/mailbox/": {"pk": message.pk},
        "/api/v1/": {"username": "customer", "file": file.pk, "id": item.key},
        "/api/v1/tokens/": {"pk": token.pk},
        "/api/v1/relations/": {"pk": relation.pk},
        "/api/v1/services/": {"id": mail.key},
        "/api/v1/organisations/": {"code": "LUMEN"},
        "/api/v1/sites/": {"code": "PAR"},
        "/api/v1/teams/": {"code": "N1-CDS"},
        "/api/v1/resolution-codes/": {"code": "solved"},
        "/api/v1/cause-codes/": {"code": "software"},
        "/api/v1/hold-reasons/": {"code": "requester"},
        "/api/v1/ci-classes/": {"code": "physical_server"},
        "/api/v1/categories/": {"code": category.code},
        "/api/v1/calendars/": {"code": calendar.code},
        "/api/v1/agreements/": {"code": "STANDARD"},
        "/api/v1/clocks/": {"pk": incident.clocks.first().pk},
        "/settings/calendars/": {"code": calendar.code},
        "/settings/agreements/": {"code": "STANDARD"},
        "/api/v1/kpis/": {"slug": "mttr"},
        "/kpis/": {"slug": "mttr"},
        "/calls/act/": {"act": "sit-down"},
        "/calls/ask/": {"what": "by-hand"},
        **switchboard_ground(cast),
        **calls_ground(cast),
        **consoles_ground(cast, item),
        **majors_ground(cast),
        **events_ground(cast),
        **ground,
        **ordered,
        **jobs_ground(cast),
        **shift_ground(cast, item),
    }


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


@pytest.fixture
def seen():
    """What the tests of this session saw, for `REWRITE_ACCESS_MATRIX=1`."""
    return SEEN


def pytest_sessionfinish(session):
    """`REWRITE_ACCESS_MATRIX=1 pytest tests/access` writes the matrix anew. Read the difference before you keep it."""
    if os.environ.get("REWRITE_ACCESS_MATRIX") and set(SEEN) == set(PEOPLE):
        Path(matrix.FILE).write_text(matrix.render(PEOPLE, SEEN))
