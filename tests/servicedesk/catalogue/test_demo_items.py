"""The catalogue of the demo company: every item of its list, both languages, forms, rules and plans that can be read."""

import pytest

from demo.catalogue import SHELVES, operations, people, workplace
from itsm.records.approvals import rules
from itsm.records.plans import definition
from servicedesk.catalogue.form.reading import parse
from servicedesk.catalogue.icons import ICONS

ITEMS = [*workplace.ITEMS, *people.ITEMS, *operations.ITEMS]
LISTED = {
    "joiner", "mover", "leaver", "hardware", "software", "rights", "file-restore", "reprint", "print-queue", "firewall-rule", "new-vm",
    "on-demand-job", "loan", "office-move", "how-to", "password",
}  # fmt: skip


def test_everything_that_the_company_orders_is_there():
    assert {each["key"] for each in ITEMS} == LISTED
    assert {each["shelf"] for each in ITEMS} == {key for key, *_more in SHELVES}


@pytest.mark.parametrize("each", ITEMS, ids=lambda each: each["key"])
def test_an_item_can_be_read(each):
    form = parse({"fields": each["fields"], "subject": each.get("subject", "")})
    rule = rules.parse({"stages": each.get("approval", [])}, check_names=False)
    plan = definition.parse({"tasks": each.get("plan", [])}, check_names=False)
    keys = {field.key for field in form}
    for conditions in (*(stage.when for stage in rule.stages), *(step.when for step in plan.steps)):
        assert {condition.field for condition in conditions} <= keys
    assert each["icon"] in ICONS
    assert all(each[name][0] and each[name][1] for name in ("name", "summary"))


def test_a_joiner_is_prepared_in_parallel_and_then_welcomed():
    plan = definition.parse({"tasks": people.JOINER["plan"]}, check_names=False)
    answers = {"workstation": "laptop", "phone": "mobile", "applications": []}
    steps = plan.applying(answers)
    before = plan.predecessors({step.key for step in steps})
    assert {key for key, after in before.items() if not after} == {"accounts", "workstation", "badge", "phone"}
    assert before["welcome"] >= {"accounts", "workstation", "badge", "phone"}
