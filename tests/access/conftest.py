"""The cast with every role of the demo, the things that they try to reach, and the matrix of what happened."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.base import ContentFile

from itsm.calendars.models import Calendar
from itsm.cmdb import classes
from itsm.cmdb import services as cmdb
from itsm.cmdb.models import CampaignShare, Service
from itsm.cmdb.trust import certifying, corrections
from itsm.core import now
from itsm.escalation import links, paging, staffing
from itsm.escalation.routing import services as routing
from itsm.escalation.routing.models import RoutingRule
from itsm.gateway import tokens
from itsm.notify.models import Message
from itsm.records.models import Attachment, Category
from itsm.web import saved
from servicedesk.bulk.models import BulkRun
from servicedesk.incidents import services
from servicedesk.macros.models import Macro
from tests.escalation import oncall
from tests.world import person

from . import matrix

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
    override = staffing.override(
        rota.pk, actor=cast.lead, person=cast.agent, begins=now() + timedelta(days=3), ends=now() + timedelta(days=4)
    )
    run = BulkRun.objects.create(actor=cast.agent, act="assign", token="t")
    view = saved.save_view(actor=cast.agent, place="incidents", name="Mine", query="tab=mine", team=cast.n1)
    return {
        "/desk/bulk/": {"pk": run.pk},
        "/views/": {"pk": view.pk},
        "/desk/macros/": {"kind": "macros", "pk": macro.pk},
        "": {"number": incident.number, "name": "comment", "token": "unknown", "field": "title", "what": "items"},
        "/cmdb/": {"pk": item.pk, "relation": relation.pk, "outage": outage.pk},
        "/cmdb/<pk>/service/": {"pk": mail.pk},
        "/cmdb/corrections/": {"pk": correction.pk},
        "/cmdb/certifications/": {"pk": campaign.pk, "share": share.pk},
        "/certify/": {"token": certifying.token_of(share)},
        "/api/v1/corrections/": {"pk": correction.pk},
        "/status/": {"pk": mail.pk},
        "/oncall/rotas/": {"code": rota.code},
        "/api/v1/rotas/": {"code": rota.code},
        "/oncall/pages/": {"pk": page.pk},
        "/oncall/overrides/": {"pk": override.pk},
        "/oncall/a/": {"token": links.call_token(page.calls.get())},
        "/oncall/feed/": {"token": links.renew_feed(cast.agent, actor=cast.agent)},
        "/settings/escalation/policies/": {"code": "RESOLUTION"},
        "/settings/escalation/chains/": {"code": chain.code},
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
    }


@pytest.fixture
def seen():
    """What the tests of this session saw, for `REWRITE_ACCESS_MATRIX=1`."""
    return SEEN


def pytest_sessionfinish(session):
    """`REWRITE_ACCESS_MATRIX=1 pytest tests/access` writes the matrix anew. Read the difference before you keep it."""
    if os.environ.get("REWRITE_ACCESS_MATRIX") and set(SEEN) == set(PEOPLE):
        Path(matrix.FILE).write_text(matrix.render(PEOPLE, SEEN))
