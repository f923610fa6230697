"""What makes no sense, in every form of the settings of service levels: a readable answer, nothing saved, never an error page."""

import pytest
from django.test import Client

from itsm.calendars.models import Calendar
from itsm.escalation.models import Chain, Policy, RoutingRule
from itsm.levels.models import Agreement

pytestmark = pytest.mark.django_db
HUGE, NUL, LONG = "9" * 40, "a\x00b", "x" * 5000
STEPS = {"step-TOTAL_FORMS": "1", "step-INITIAL_FORMS": "0"}
AGREEMENT = {
    "code": "VIP", "kind": "sla", "name_fr": "VIP", "name_en": "VIP", "on_change": "retroactive", "on_reopen": "continue",
    "t-1-resolve": "4 h",
}  # fmt: skip
CALENDAR = {"code": "NUIT", "name_fr": "Nuit", "name_en": "Night", "time_zone": "Europe/Paris"}
POLICY = {
    "code": "VIP",
    "name_fr": "VIP",
    "name_en": "VIP",
    "clock": "sla",
    "metric": "resolve",
    "active": "on",
    **STEPS,
}
CHAIN = {"code": "VIP", "name_fr": "VIP", "name_en": "VIP", "rounds": "2", "active": "on", **STEPS}
RULE = {"name": "VPN", "position": "10", "words": "vpn", "team": "N2-RES"}
REPAIR = {"how": "count", "reason": "Essai", "days": "3"}
FORMS = {
    "/settings/agreements/new/": (
        AGREEMENT,
        [
            {"code": ""}, {"code": "é!"}, {"code": LONG}, {"kind": "nothing"}, {"organisation": HUGE}, {"service": "x"}, {"level": "9"},
            {"t-1-resolve": "soon"}, {"t-1-resolve": HUGE + " h"}, {"t-1-resolve": "-1 h"}, {"valid_from": "9999-99-99"},
            {"valid_from": "2026-12-01", "valid_until": "2026-11-01"}, {"starts": "never"}, {"name_fr": NUL},
        ],
    ),
    "/settings/calendars/new/": (
        CALENDAR,
        [{"code": ""}, {"code": LONG}, {"time_zone": "Mars/Olympus"}, {"organisation": HUGE}, {"name_en": NUL}, {"holiday_country": "ZZ"}],
    ),
    "/settings/escalation/policies/new/": (
        POLICY,
        [
            {"code": "é"}, {"priorities": "99"}, {"agreement": HUGE}, {"step-0-percent": "0"}, {"step-0-percent": HUGE},
            {"step-0-every_hours": "x"}, {"step-0-percent": "50"}, {"step-TOTAL_FORMS": HUGE}, {"step-TOTAL_FORMS": ""}, {"name_fr": NUL},
        ],
    ),
    "/settings/escalation/chains/new/": (
        CHAIN,
        [
            {"rounds": "0"}, {"rounds": HUGE}, {"step-0-who": "person", "step-0-user": "nobody"}, {"step-0-who": "first", "step-0-wait_minutes": "-1"},
            {"step-0-who": "first", "step-0-wait_minutes": HUGE}, {"step-TOTAL_FORMS": "x"}, {"code": LONG},
        ],
    ),
    "/settings/routing/new/": (
        RULE,
        [{"name": ""}, {"position": HUGE}, {"position": "-1"}, {"team": "NOWHERE"}, {"words": ""}, {"item": "no such"}, {"name": NUL}],
    ),
    "/settings/repair/": (
        REPAIR,
        [{"how": "burn"}, {"days": "-1"}, {"days": HUGE}, {"calendar": HUGE}, {"agreement": "x"}, {"reason": NUL}],
    ),
}  # fmt: skip
CASES = [(address, bad) for address, (_good, many) in FORMS.items() for bad in many]


@pytest.fixture
def admin(world):
    client = Client()
    client.force_login(world.admin)
    return client


def kept() -> tuple:
    return tuple(model.objects.count() for model in (Agreement, Calendar, Policy, Chain, RoutingRule))


@pytest.mark.parametrize(
    ("address", "bad"), CASES, ids=[f"{a.split('/')[-3]}-{list(b.items())[-1]}"[:60] for a, b in CASES]
)
def test_it_is_refused_in_words_and_nothing_is_saved(admin, address, bad):
    before = kept()
    answer = admin.post(address, FORMS[address][0] | bad)
    assert answer.status_code == 422
    assert kept() == before
    assert 'class="field-error"' in (text := answer.content.decode()) or 'role="alert"' in text


SIMULATED = "/settings/agreements/STANDARD/"


@pytest.mark.parametrize(
    "bad", [{"sim-opened": "yesterday"}, {"sim-opened": "9999-12-31T23:59"}, {"sim-priority": "9"}, {"sim-organisation": HUGE}, {"sim-service": "x"}]
)  # fmt: skip
def test_the_simulator_says_what_it_does_not_understand(admin, bad):
    page = admin.get(SIMULATED)
    form = page.context["form"]
    given = {name: form[name].value() or "" for name in form.fields} | {"active": "on", "t-1-resolve": "4 h"}
    sim = {
        "sim-opened": "2026-11-16T09:00",
        "sim-priority": "3",
        "sim-organisation": str(page.wsgi_request.user.organisation_id),
    }
    answer = admin.post(SIMULATED, given | sim | bad | {"act": "try"})
    assert answer.status_code in (200, 422)
    assert 'class="field-error"' in answer.content.decode()
