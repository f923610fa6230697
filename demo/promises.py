"""What teams and suppliers of the demo company promise, beside the standard agreement with the users."""

from itsm.calendars.models import Calendar
from itsm.levels.models import Agreement, Target

MINUTE, HOUR, DAY = 60, 3600, 8 * 3600
# code, French, English, level, metric, seconds
BETWEEN_TEAMS = [
    ("OLA-N1", "Niveau 1 : transmission", "Level 1: hand-off", 1, "transfer", 20 * MINUTE),
    ("OLA-N2", "Niveau 2 : prise en charge", "Level 2: ownership", 2, "own", HOUR),
    ("OLA-N3", "Niveau 3 : prise en charge", "Level 3: ownership", 3, "own", 2 * HOUR),
]
# code, French, English, supplier, category, seconds, calendar
CONTRACTS = [
    (
        "UC-OPER",
        "Opérateur : rétablissement garanti",
        "Operator: guaranteed restoration",
        "FRN-OPER",
        "network",
        4 * HOUR,
        "ONCALL24",
    ),
    ("UC-MAT", "Matériel : jour ouvré suivant", "Hardware: next business day", "FRN-MAT", "hardware", DAY, "OFFICE"),
]


def build(c) -> None:
    """Make them; who keeps the caches forgets them afterwards."""
    calendars = {row.code: row for row in Calendar.objects.all()}
    for code, french, english, level, metric, seconds in BETWEEN_TEAMS:
        _agree(code, french, english, metric, seconds, kind="ola", level=level)
    for code, french, english, supplier, category, seconds, calendar in CONTRACTS:
        _agree(
            code, french, english, "resolve", seconds, kind="uc", supplier=c.orgs[supplier], category=c.categories[category],
            calendar=calendars[calendar],
        )  # fmt: skip


def _agree(code: str, french: str, english: str, metric: str, seconds: int, **conditions) -> None:
    made = Agreement.objects.create(code=code, name_fr=french, name_en=english, **conditions)
    Target.objects.create(agreement=made, metric=metric, seconds=seconds)
