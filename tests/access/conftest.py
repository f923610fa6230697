"""The cast with every role of the demo, the things that they try to reach, and the matrix of what happened."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.base import ContentFile

from itsm.calendars.models import Calendar
from itsm.cmdb import classes
from itsm.cmdb import services as cmdb
from itsm.cmdb.models import CampaignShare, DataSource, IntakeRow, IntakeRun, ItemRun, PrecedenceRule, Service
from itsm.cmdb.trust import certifying, corrections
from itsm.core import now
from itsm.escalation import links, paging, staffing
from itsm.escalation.routing import services as routing
from itsm.escalation.routing.models import RoutingRule
from itsm.gateway import tokens
from itsm.gateway.mail import intake
from itsm.gateway.models import Inbound, Mailbox, Source
from itsm.gateway.webhooks import services as webhooks
from itsm.notify.models import Message
from itsm.people import services as people
from itsm.records.approvals import links as approval_links
from itsm.records.models import Attachment, Category, Task
from itsm.web import saved
from servicedesk.access import reviews
from servicedesk.bulk.models import BulkRun
from servicedesk.incidents import services
from servicedesk.macros.models import Macro
from servicedesk.requests import regular
from servicedesk.requests import services as requests
from technical.inventory import discovering
from technical.models import (
    Discovery,
    Installation,
    Software,
)
from tests.escalation import oncall
from tests.servicedesk.requests.factories import make_item
from tests.world import person

from . import matrix
from .grounds import (
    an_access,
    asked_of_the_lead,
    backup_ground,
    calls_ground,
    catalogue_ground,
    consoles_ground,
    events_ground,
    jobs_ground,
    majors_ground,
    network_ground,
    printing_ground,
    shift_ground,
    switchboard_ground,
)

PEOPLE = (
    "nobody", "customer", "colleague", "operator", "agent", "mainframe", "ops", "apps", "change", "lead", "manager", "admin", "stranger",
    "foreign_agent",
)  # fmt: skip

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


@pytest.fixture
def seen():
    """What the tests of this session saw, for `REWRITE_ACCESS_MATRIX=1`."""
    return SEEN


def pytest_sessionfinish(session):
    """`REWRITE_ACCESS_MATRIX=1 pytest tests/access` writes the matrix anew. Read the difference before you keep it."""
    if os.environ.get("REWRITE_ACCESS_MATRIX") and set(SEEN) == set(PEOPLE):
        Path(matrix.FILE).write_text(matrix.render(PEOPLE, SEEN))
