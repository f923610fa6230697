import pytest

from itsm.notify import outbox
from itsm.records.approvals import services as approvals
from itsm.records.models import Approval
from servicedesk.access import services
from tests.cmdb.factories import make_ci


@pytest.fixture
def payroll(world):
    """An application of the network team; the IT manager owns it."""
    return make_ci(
        name="Paie",
        key="paie",
        organisation=world.lumen,
        support_team=world.n2,
        owner=world.manager,
        ci_class="application",
    )


@pytest.fixture
def ask(world, payroll):
    def open_one(**more):
        values = {
            "actor": world.agent,
            "requester": world.customer,
            "item": payroll,
            "right": "Lecture",
            "reason": "Clôture",
        }
        return services.open_access(**values | more)

    return open_one


@pytest.fixture
def granted(world, ask):
    """Asked for, approved by its owner, granted with a proof."""

    def grant_one(**more):
        access = ask(**more)
        approvals.answer(pending(access).pk, actor=pending(access).approver, approve=True)
        return services.grant(access.pk, actor=world.network, proof="Profil PAIE_LECT donné à cfontaine")

    return grant_one


def pending(access) -> Approval:
    return Approval.objects.select_related("approver").get(record_id=access.pk, state="pending")


def settle():
    while outbox.drain():
        continue


@pytest.fixture
def later(tmp_path, settings):
    """Set the product's clock so many days ahead."""

    def shift(days: float) -> None:
        (tmp_path / "shift").write_text(str(days * 86400))
        settings.CLOCK_SHIFT_FILE = str(tmp_path / "shift")

    return shift
