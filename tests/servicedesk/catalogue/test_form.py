"""The form engine: what is a form, which questions are asked, what an answer is worth."""

from datetime import date

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from servicedesk.catalogue.form import conditions, patterns
from servicedesk.catalogue.form.reading import BadForm, parse
from servicedesk.catalogue.form.settling import Wrong, settle
from servicedesk.catalogue.form.shape import TYPES

TODAY = date(2026, 11, 30)


def words(text):
    return {"fr": text, "en": text}


def field(key, type="text", **more):
    return {"key": key, "type": type, "label": words(key.capitalize())} | more


def choices(*values):
    return [{"value": value, "label": words(value)} for value in values]


def when(name, op="equals", value="yes", join="all"):
    return {join: [{"field": name, "is": op, "value": value}]}


class Anything:
    def find(self, asked, text):
        if text == "nobody":
            raise Wrong("Nobody.")
        return text


def settled(form, **given):
    return settle(parse({"fields": form}), given, today=TODAY, finder=Anything())


def problems(*fields):
    with pytest.raises(BadForm) as caught:
        parse({"fields": list(fields)})
    return dict(caught.value.problems)


def test_a_form_is_kept_as_it_was_read():
    data = {
        "fields": [
            field("kind", "choice", choices=choices("laptop", "desktop"), required=True, default={"value": "laptop"}),
            field("size", "number", min=13, max=17, shown_if=when("kind", value="laptop"), help=words("inches")),
            field("start", "date", min="today", required_if=when("kind", "in", ["laptop", "desktop"], "any")),
            field("pc", "item", **{"class": "laptop", "whose": "mine", "default": {"from": "workstation"}}),
            field("code", pattern="[A-Z]{2}-[0-9]+", message=words("As AB-12.")),
        ]
    }
    assert parse(data).to_json() == data
    assert parse(parse(data).to_json()) == parse(data)


@pytest.mark.parametrize("kind", TYPES)
def test_every_type_can_be_asked(kind):
    more = {
        "choice": {"choices": choices("a", "b")},
        "choices": {"choices": choices("a", "b")},
        "item": {"class": "laptop"},
    }
    assert parse({"fields": [field("it", kind, **more.get(kind, {}))]})["it"].type == kind


@pytest.mark.parametrize(
    ("row", "place"),
    [
        (field("Bad Key"), "fields.0.key"),
        (field("a", "sound"), "fields.0.type"),
        ({"key": "a", "type": "text", "label": {"fr": "Seul"}}, "fields.0.label"),
        (field("a", "choice", choices=choices("x")), "fields.0.choices"),
        (field("a", "choice", choices=choices("x", "x")), "fields.0.choices.1"),
        (field("a", choices=choices("x", "y")), "fields.0.choices"),
        (field("a", "number", min=5, max=2), "fields.0.min"),
        (field("a", "date", min="soon"), "fields.0.min"),
        (field("a", "date", min="2026-12-02", max="2026-12-01"), "fields.0.min"),
        (field("a", "yesno", max=3), "fields.0.max"),
        (field("a", max=100000), "fields.0.max"),
        (field("a", pattern="(a+)+"), "fields.0.pattern"),
        (field("a", pattern="(a"), "fields.0.pattern"),
        (field("a", "long", pattern="a"), "fields.0.pattern"),
        (field("a", "item"), "fields.0.class"),
        (field("a", required="yes"), "fields.0.required"),
        (field("a", sound=1), "fields.0"),
        (field("a", default={"from": "manager"}), "fields.0.default"),
        (field("a", "number", default={"value": "many"}), "fields.0.default"),
        (field("a", shown_if=when("b")), "fields.0.shown_if"),
        (field("a", shown_if=when("a")), "fields.0.shown_if"),
        (field("a", shown_if={"all": []}), "fields.0.shown_if"),
        (field("a", shown_if=when("b", "near")), "fields.0.shown_if"),
        (field("a", shown_if=when("b", "in", "x")), "fields.0.shown_if"),
        ("text", "fields.0"),
    ],
)
def test_what_is_wrong_is_said_where_it_is(row, place):
    assert place in problems(row)


def test_all_that_is_wrong_is_said_at_once():
    assert set(problems(field("A"), field("b", "sound"), field("c", label={}))) == {
        "fields.0.key", "fields.1.type", "fields.2.label",
    }  # fmt: skip


def test_a_key_is_used_once():
    assert "fields.1.key" in problems(field("a"), field("a"))


@pytest.mark.parametrize("data", [None, [], "x", {"fields": {}}, {"fields": [field(f"k{n}") for n in range(61)]}])
def test_what_is_no_form_is_refused(data):
    with pytest.raises(BadForm):
        parse(data)


def test_fields_that_wait_for_one_another_are_refused():
    found = problems(
        field("a", shown_if=when("b", value="x")),
        field("b", shown_if=when("c", value="x")),
        field("c", shown_if=when("a", value="x")),
    )
    assert "a, b, c" in found["fields"]


def test_a_condition_compares_with_what_the_answer_can_be():
    kind = field("kind", "choice", choices=choices("x", "y"))
    assert "fields.1.shown_if" in problems(kind, field("a", shown_if=when("kind", value="z")))
    assert "fields.1.shown_if" in problems(kind, field("a", shown_if=when("kind", "greater", "x")))
    assert "fields.1.shown_if" in problems(field("f", "file"), field("a", shown_if=when("f", value="z")))
    assert "fields.1.shown_if" in problems(field("y", "yesno"), field("a", shown_if=when("y", value="yes")))


def test_what_was_hidden_is_dropped_whatever_was_sent():
    form = [
        field("kind", "choice", choices=choices("laptop", "phone"), required=True),
        field("size", "number", required=True, shown_if=when("kind", value="laptop")),
        field("bag", "yesno", shown_if=when("size", "greater", 14)),
    ]
    found = settled(form, kind="phone", size="not a number", bag="yes")
    assert (found.answers, found.errors, found.shown) == ({"kind": "phone"}, {}, {"kind"})
    found = settled(form, kind="laptop", size="15", bag="yes")
    assert found.answers == {"kind": "laptop", "size": 15, "bag": True}
    assert settled(form, kind="laptop", size="14", bag="yes").answers == {"kind": "laptop", "size": 14}


def test_a_field_may_ask_about_one_that_stands_below_it():
    form = [field("why", "long", shown_if=when("big", value=True), required=True), field("big", "yesno")]
    assert settled(form, why="", big="no").errors == {}
    assert set(settled(form, why="", big="yes").errors) == {"why"}
    assert list(settled(form, why="because", big="yes").answers) == ["why", "big"]


def test_needed_depends_on_other_answers():
    form = [field("other", "yesno"), field("which", required_if=when("other", value=True))]
    assert settled(form, other="no").errors == {}
    assert set(settled(form, other="yes").errors) == {"which"}
    assert settled(form, other="yes").needed == {"which"}


def test_no_answer_fulfils_no_comparison():
    form = [field("a"), field("b", shown_if=when("a", "not", "x"))]
    assert settled(form, b="y").shown == {"a"}
    assert settled(form, a="z", b="y").shown == {"a", "b"}
    assert settled(form, a="X", b="y").shown == {"a"}


def test_several_answers_are_each_compared():
    form = [
        field("a", "choices", choices=choices("x", "y", "z")),
        field("is", shown_if=when("a", value="x")),
        field("isnt", shown_if=when("a", "not", "x")),
        field("among", shown_if=when("a", "in", ["y", "z"])),
    ]
    assert settled(form, a=["x", "y"]).shown == {"a", "is", "among"}
    assert settled(form, a=["x"]).shown == {"a", "is"}
    assert settled(form, a=["z"]).shown == {"a", "isnt", "among"}


def test_days_are_compared_with_days_that_move():
    form = [
        field("on", "date"),
        field("soon", shown_if=when("on", "less", "today+3")),
        field("now", shown_if=when("on", value="today")),
    ]
    assert settled(form, on="2026-12-02").shown == {"on", "soon"}
    assert settled(form, on="30/11/2026").shown == {"on", "soon", "now"}
    assert settled(form, on="2026-12-03").shown == {"on"}


@pytest.mark.parametrize(
    ("row", "raw", "value"),
    [
        (field("a"), "  two   words ", "two words"),
        (field("a", "long"), "one\r\ntwo ", "one\ntwo"),
        (field("a", "number"), "1 234,5", 1234.5),
        (field("a", "number"), "12.0", 12),
        (field("a", "number"), 3, 3),
        (field("a", "date"), "02/01/2027", "2027-01-02"),
        (field("a", "yesno"), "no", False),
        (field("a", "yesno"), True, True),
        (field("a", "choices", choices=choices("x", "y")), ["y", "x"], ["x", "y"]),
        (field("a", "choices", choices=choices("x", "y")), "y", ["y"]),
        (field("a", "person"), ["ldurand"], "ldurand"),
        (field("a", "file"), ["a.pdf"], ["a.pdf"]),
        (field("a", pattern="[A-Z]{2}"), "AB", "AB"),
    ],
)
def test_an_answer_is_kept_in_one_way(row, raw, value):
    found = settled([row], a=raw)
    assert (found.answers, found.errors) == ({"a": value}, {})
    assert type(found.answers["a"]) is type(value)


@pytest.mark.parametrize(
    ("row", "raw"),
    [
        (field("a", min=3), "ab"),
        (field("a", max=3), "abcd"),
        (field("a"), "x" * 501),
        (field("a"), "a\0b"),
        (field("a"), {"b": 1}),
        (field("a"), ["a", "b"]),
        (field("a", pattern="[A-Z]{2}"), "ABC"),
        (field("a", "number"), "NaN"),
        (field("a", "number"), "1e400"),
        (field("a", "number"), True),
        (field("a", "number", min=2), "1"),
        (field("a", "number", max=2), "2,5"),
        (field("a", "date"), "31/02/2027"),
        (field("a", "date", min="today"), "2026-11-29"),
        (field("a", "date", max="today+2"), "2026-12-03"),
        (field("a", "choice", choices=choices("x", "y")), "z"),
        (field("a", "choices", choices=choices("x", "y")), ["x", "z"]),
        (field("a", "choices", choices=choices("x", "y"), min=2), ["x"]),
        (field("a", "choices", choices=choices("x", "y"), max=1), ["x", "y"]),
        (field("a", "yesno"), "perhaps"),
        (field("a", "person"), "nobody"),
        (field("a", "file", max=1), ["a", "b"]),
        (field("a", required=True), "   "),
    ],
)
def test_an_answer_that_cannot_be_taken_is_refused(row, raw):
    assert settled([row], a=raw).errors.get("a")


def test_the_form_has_its_own_words_for_a_refusal():
    row = field("a", pattern="[0-9]{4}", message={"fr": "Quatre chiffres.", "en": "Four figures."})
    with translation.override("fr"):
        assert settled([row], a="12").errors == {"a": "Quatre chiffres."}
    with translation.override("en"):
        assert settled([row], a="12").errors == {"a": "Four figures."}


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("[A-Z]{2}-\\d{4}(-\\d{2})?", True), ("(?:FR|DE)\\d+", True), ("https?://.+", True), ("[(+*]+", True), ("", True),
        ("(a|a)*", False), ("(\\w+){10}", False), (".*.*.*.*", False), ("(?=a)b", False), ("(a)\\1", False),
        ("\\[(a+)+\\]", False), ("x" * 201, False), ("a{1,200}b{1,200}c{1,200}d{1,200}", False),
        ("a?" * 30 + "a" * 30, False), ("(?:a|a)" * 25, False), (".*a?.*a?.*a?.*a?", False), ("PAR|LYO|LIL|NAN|BOR", True),
        ("\\+?[0-9 ]+(-[0-9]+)?", True), ("[?]{4}\\?x", True),
    ],
)  # fmt: skip
def test_a_pattern_never_makes_the_server_think_for_long(text, good):
    assert bool(patterns.problem(text)) is not good


def test_a_condition_is_said_in_words():
    form = parse(
        {
            "fields": [
                field(
                    "kind",
                    "choice",
                    choices=[{"value": "lap", "label": {"fr": "Portable", "en": "Laptop"}}, *choices("d")],
                ),
                field("big", "yesno"),
                field(
                    "a",
                    shown_if={
                        "any": [
                            {"field": "kind", "is": "in", "value": ["lap", "d"]},
                            {"field": "big", "is": "not", "value": True},
                        ]
                    },
                ),
            ]
        }
    )
    with translation.override("en"):
        assert conditions.words(form["a"].shown_if, form) == "“Kind” is “Laptop / d” or “Big” is not “Yes”"


# Properties ---------------------------------------------------------------------------------------------------------

KEYS = ["a", "b", "c", "d", "e"]
VALUES = ["x", "y"]


@st.composite
def forms(draw):
    """Choices that depend on one another in any way, circles too."""
    rows = []
    for key in draw(st.permutations(KEYS)):
        row = field(key, "choice", choices=choices(*VALUES), required=draw(st.booleans()))
        others = [other for other in KEYS if other != key]
        for name in ("shown_if", "required_if"):
            terms = draw(
                st.lists(
                    st.builds(
                        lambda f, op, v: {"field": f, "is": op, "value": [v] if op == "in" else v},
                        st.sampled_from(others), st.sampled_from(["equals", "not", "in"]), st.sampled_from(VALUES),
                    ),
                    max_size=2,
                )
            )  # fmt: skip
            if terms:
                row[name] = {draw(st.sampled_from(["all", "any"])): terms}
        rows.append(row)
    return rows


def read(rows):
    """The form; none for one that goes round in a circle, the only thing that can be wrong with it."""
    try:
        return parse({"fields": rows})
    except BadForm as error:
        if [place for place, _ in error.problems] != ["fields"]:
            raise
        return None


ANSWERS = st.dictionaries(st.sampled_from(KEYS), st.sampled_from([*VALUES, "", "z"]))


@given(forms(), ANSWERS)
def test_what_is_shown_is_what_the_conditions_say_of_the_answers_that_are_kept(rows, given_):
    form = read(rows)
    if form is None:
        return
    found = settle(form, given_, today=TODAY, finder=Anything())
    assert set(found.answers) <= found.shown
    for each in form:
        assert (each.key in found.shown) == conditions.holds(each.shown_if, found.answers, TODAY)
        if each.key not in found.shown:
            assert each.key not in found.errors
    # Deciding again what was kept changes nothing.
    again = settle(form, found.answers, today=TODAY, finder=Anything())
    assert (again.answers, again.shown) == (found.answers, found.shown)


@given(forms(), ANSWERS, ANSWERS)
def test_answers_to_hidden_questions_never_change_anything(rows, given_, noise):
    form = read(rows)
    if form is None:
        return
    found = settle(form, given_, today=TODAY, finder=Anything())
    hidden = {key: value for key, value in noise.items() if key not in found.shown}
    assert settle(form, given_ | hidden, today=TODAY, finder=Anything()) == found


@given(forms(), ANSWERS, st.randoms())
def test_the_order_of_the_fields_decides_nothing(rows, given_, chance):
    form = read(rows)
    if form is None:
        return
    mixed = list(rows)
    chance.shuffle(mixed)
    other = settle(parse({"fields": mixed}), given_, today=TODAY, finder=Anything())
    found = settle(form, given_, today=TODAY, finder=Anything())
    assert (other.answers, other.errors, other.shown) == (found.answers, found.errors, found.shown)


JSONISH = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["fields", "key", "type", "label", "shown_if", "all", "min", "choices", "default"]), inner, max_size=5),
    max_leaves=20,
)  # fmt: skip


@given(JSONISH)
def test_any_json_is_a_form_or_is_refused_with_reasons(data):
    try:
        found = parse(data)
    except BadForm as error:
        reasons = error.problems
    else:
        reasons = [] if parse(found.to_json()) == found else None
    assert reasons is not None


@given(st.sampled_from(list(TYPES)), JSONISH)
def test_any_answer_is_taken_or_refused(kind, raw):
    more = {
        "choice": {"choices": choices("a", "b")},
        "choices": {"choices": choices("a", "b")},
        "item": {"class": "laptop"},
    }
    settled([field("it", kind, **more.get(kind, {}))], it=raw)
