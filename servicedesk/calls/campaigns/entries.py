"""The tab of calls in mass, and the line of major incidents for those who decide about them."""

from django.utils.translation import gettext_lazy as _

from itsm.people.scope import Scope
from itsm.web import destinations
from itsm.web.navigation import Entry, register

from ...majors.models import MajorIncident, MajorState, Surge
from .. import tabs
from .models import CallCampaign, CampaignState

CAP = 100


def running(user) -> int | None:
    """Campaigns that run."""
    rows = CallCampaign.objects.visible_to(user).filter(state=CampaignState.RUNNING).order_by()
    return len(rows.values_list("pk")[:CAP]) or None


def proposals(scope: Scope) -> int:
    """Proposals and surges that the reader may decide about."""
    rows = MajorIncident.objects.filter(state=MajorState.PROPOSED, record__confidentiality=None)
    surges = Surge.objects.filter(state=Surge.State.OPEN, ended_at=None)
    if not scope.everything:
        rows = rows.filter(record__organisation__in=scope.managed)
        surges = surges.filter(organisation__in=scope.managed)
    return len(rows.order_by().values_list("pk").union(surges.order_by().values_list("pk"), all=True)[:CAP])


tabs.add("campaigns", _("Campaigns"), "call_campaigns:index", "calls.manage", 50, running)
destinations.add(
    "campaigns",
    _("Campaigns"),
    "/calls/campaigns/",
    "speakerphone",
    "calls.manage",
    _("campaigns mailing SMS mass"),
)
register(
    Entry(
        "majors", _("Major incidents"), "/desk/majors/", "urgent", "desk", "records.manage", 11, proposals, lamp=True,
        words=_("crisis outage surge all-clear"),
    )
)  # fmt: skip
