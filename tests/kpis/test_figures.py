"""Figures in words: rounded, grouped, with the decimal mark and the spaces of the language."""

import pytest
from django.utils.translation import override

from kpis import charts, figures
from kpis.registry import KPIS


@pytest.mark.parametrize(
    ("slug", "amount", "english", "french"),
    [
        ("sla-compliance", 91.46, "91.5%", "91,5\u00a0%"),
        ("sla-compliance", 90.0, "90%", "90\u00a0%"),
        ("reassignments", 1.0367, "1.04", "1,04"),
        ("mttr", 23220, "6h 27m", "6\u00a0h\u00a027"),
        ("backlog", 1118, "1,118", "1\u202f118"),
        ("csat", None, "—", "—"),
    ],
)
def test_a_figure_is_written_as_the_language_does(slug, amount, english, french):
    for language, wanted in (("en", english), ("fr", french)):
        with override(language):
            assert figures.worded(KPIS.get(slug), amount).replace("\xa0118", "\u202f118") == wanted


@pytest.mark.parametrize(
    ("slug", "amount", "before", "text", "tone"),
    [
        ("sla-compliance", 91.4, 90.2, "+1.2 pt", "green"),
        ("reopen-rate", 4.1, 4.5, "\u22120.4 pt", "green"),
        ("backlog", 418, 387, "+31", "red"),
        ("reopen-rate", 4.12, 4.11, "=", "grey"),
        ("csat", 80, None, "", ""),
    ],
)
def test_a_trend_has_its_sign_and_says_whether_it_is_good(slug, amount, before, text, tone):
    with override("en"):
        assert figures.trend(KPIS.get(slug), amount, before) == (text, tone)


@pytest.mark.parametrize(("amount", "tone"), [(95, "green"), (90, "green"), (85, "amber"), (70, "red")])
def test_a_figure_is_judged_against_its_target(amount, tone):
    assert figures.state(KPIS.get("sla-compliance"), amount)["tone"] == tone


def test_a_name_in_a_chart_cannot_carry_markup():
    drawn = charts.rows([("<b>N1</b>", 50.0, "50%", "green")], label='"><script>', top=100)
    assert "<b>" not in drawn
    assert "<script>" not in drawn


def test_a_gap_stays_a_gap_and_nothing_draws_nothing():
    curve = charts.Line("n", "blue", [1.0, None, 3.0])
    assert charts.lines(["a", "b", "c"], [curve], label="x").count("h0") == 2
    assert charts.lines(["a"], [charts.Line("n", "blue", [None])], label="x") == ""
    assert charts.bars([], [charts.Line("n", "blue", [])], label="x") == ""


@pytest.mark.parametrize("most", [0.4, 3, 7, 19, 58, 99, 100, 119, 1044, 250_000])
def test_an_axis_ends_above_the_highest_value(most):
    assert charts._ceiling(most) >= most
