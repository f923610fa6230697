"""Durations, days and chips in the words of each language."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone, translation

from itsm.core import chips, durations, tones
from itsm.core.icons import FALLBACK, icon

NOON = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "french", "english"),
    [
        (None, "", ""),
        (42, "42\u00a0s", "42s"),
        (22 * 60, "22\u00a0min", "22m"),
        (3600, "1\u00a0h", "1h"),
        (6 * 3600 + 27 * 60, "6\u00a0h\u00a027", "6h 27m"),
        (2 * 86400 + 3 * 3600, "2\u00a0j\u00a03\u00a0h", "2d 3h"),
        (12 * 86400 + 3600, "12\u00a0j", "12d"),
        (-60, "1\u00a0min", "1m"),
    ],
)
def test_durations_are_written_as_each_language_writes_them(seconds, french, english):
    with translation.override("fr"):
        assert durations.short(seconds) == french
    with translation.override("en"):
        assert durations.short(seconds) == english


def test_a_deadline_that_passed_says_by_how_much():
    with translation.override("fr"):
        assert durations.until(NOON - timedelta(minutes=22), NOON) == "dépassé de 22\u00a0min"
    with translation.override("en"):
        assert durations.until(NOON - timedelta(minutes=22), NOON) == "overdue by 22m"
        assert durations.until(NOON + timedelta(minutes=22), NOON) == "22m"


def test_days_are_written_as_each_language_writes_them():
    with translation.override("fr"):
        assert durations.day_text(date(2026, 11, 23)) == "23 nov. 2026"
    with translation.override("en"):
        assert durations.day_text(date(2026, 11, 23)) == "23 Nov 2026"


def test_an_instant_is_told_in_the_readers_zone_and_in_few_words():
    with timezone.override("Europe/Paris"), translation.override("en"):
        assert durations.moment(NOON, NOON + timedelta(hours=1)) == "12:00"
        assert durations.moment(NOON, NOON + timedelta(days=1)) == "23 Nov 12:00"
        assert durations.moment(NOON, NOON + timedelta(days=400)) == "23 Nov 2026 12:00"
    with timezone.override("Pacific/Noumea"):
        assert durations.time_text(NOON) == "22:00"


def test_a_deadline_is_told_by_the_day_of_this_week_or_by_its_date():
    with timezone.override("Europe/Paris"), translation.override("fr"):
        assert durations.near(NOON, NOON - timedelta(hours=1)) == "12:00"
        assert durations.near(NOON, NOON - timedelta(days=1)) == "lun. 12:00"
        assert durations.near(NOON, NOON + timedelta(days=6)) == "lun. 12:00"
        assert durations.near(NOON, NOON + timedelta(days=7)) == "23 nov."
        assert durations.near(NOON, NOON - timedelta(days=400)) == "23 nov. 2026"
    with timezone.override("Europe/Paris"), translation.override("en"):
        assert durations.near(NOON, NOON - timedelta(days=1)) == "Mon 12:00"


def test_a_chip_holds_a_word_and_not_only_a_colour():
    with translation.override("fr"):
        assert "Priorité </span>P1" in chips.priority_chip(1)
        assert 'title="Critique"' in chips.priority_chip(1)
    with translation.override("en"):
        assert 'title="Critical"' in chips.priority_chip(1)
    assert "Waiting" in chips.phase_chip("waiting", "Waiting")


def test_what_a_chip_is_given_is_text():
    assert "<b>" not in chips.chip("red", "x", "<b>bold</b>")
    assert "<b>" not in chips.person_chip("<b>Léa</b> Morel")


def test_a_deadline_that_lives_carries_its_instant():
    chip = chips.due_chip("running", "6 h", NOON)
    assert 'data-due="2026-11-23T11:00:00+00:00"' in chip
    assert "data-due" not in chips.due_chip("paused", "on hold")


@pytest.mark.parametrize(
    "symbol",
    sorted(
        {
            look[1]
            for table in (tones.PRIORITY, tones.PHASE, tones.CLOCK, tones.CI_STATE, tones.CI_STATUS, tones.KPI)
            for look in table.values()
        }
    ),
)
def test_every_tone_has_an_icon_that_exists(symbol):
    drawing = icon(symbol)
    assert FALLBACK not in drawing
    assert 'aria-hidden="true"' in drawing


def test_an_unknown_icon_is_a_plain_circle():
    assert FALLBACK in icon("no-such-icon")
