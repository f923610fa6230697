"""The contrast tables of the interface guide, recomputed from the style sheet: AA asks 4.5 for text, 3 for marks."""

import re
from pathlib import Path

import pytest
from django.conf import settings

TEXT, MARK = 4.5, 3.0
THEMES = ("light", "dark")
TONES = ("red", "orange", "amber", "green", "blue", "violet", "teal", "grey")
PAIRS = [
    ("--v-ink", "--v-surface", TEXT),
    ("--v-ink-2", "--v-surface", TEXT),
    ("--v-ink-2", "--v-bg", TEXT),
    ("--v-ink-3", "--v-surface", TEXT),
    ("--v-ink-3", "--v-bg", TEXT),
    ("--v-ink-3", "--v-sunken", TEXT),
    ("--v-ink-3", "--v-selected", TEXT),
    ("--v-brand", "--v-surface", TEXT),
    ("--v-brand", "--v-selected", TEXT),
    ("--v-brand-ink", "--v-brand", TEXT),
    ("--v-brand-ink", "--v-brand-hover", TEXT),
    ("--v-line-strong", "--v-surface", MARK),
    ("--v-focus", "--v-surface", MARK),
    ("--v-nav-ink", "--v-nav", TEXT),
    ("--v-nav-ink-2", "--v-nav", TEXT),
    ("--v-nav-on", "--v-nav-2", TEXT),
    ("--v-lamp", "--v-nav", MARK),
    ("--v-ink", "--v-internal", TEXT),
]


def tokens() -> dict[str, dict[str, str]]:
    """The colours of each theme; dark inherits what it does not say."""
    text = Path(settings.BASE_DIR, "static/css/tokens.css").read_text()
    light = colours(re.search(r":root \{(.*?)\n\}", text, re.DOTALL)[1])
    dark = colours(re.search(r'\[data-bs-theme="dark"\] \{(.*?)\n\}', text, re.DOTALL)[1])
    return {"light": light, "dark": light | dark}


def colours(block: str) -> dict[str, str]:
    return dict(re.findall(r"(--[a-z0-9-]+):\s*(#[0-9a-fA-F]{3,6})\b", block))


def luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    full = digits if len(digits) == 6 else "".join(2 * digit for digit in digits)
    parts = [int(full[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("ink", "ground", "least"), PAIRS)
def test_ink_reads_on_its_ground(theme, ink, ground, least):
    colour = tokens()[theme]
    assert contrast(colour[ink], colour[ground]) >= least


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("tone", TONES)
def test_each_tone_reads_on_its_tint_on_the_surface_and_as_a_mark(theme, tone):
    colour = tokens()[theme]
    text, tint, solid, on = (colour[f"--t-{tone}{part}"] for part in ("", "-bg", "-solid", "-on"))
    assert contrast(text, tint) >= TEXT
    assert contrast(text, colour["--v-surface"]) >= TEXT
    assert contrast(on, solid) >= TEXT
    assert contrast(solid, colour["--v-surface"]) >= MARK


def test_the_sum_itself_is_right():
    assert contrast("#000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#fff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("sheet", sorted(p.name for p in Path(settings.BASE_DIR, "static/css").glob("*.css")))
def test_only_the_tokens_name_colours(sheet):
    text = Path(settings.BASE_DIR, "static/css", sheet).read_text()
    own = {"tokens.css": r"$^", "screens.css": r"#(?:000|fff)\b"}.get(sheet, r"#(?:fff|17212e|33240a|3a5573)\b")
    found = [] if sheet == "tokens.css" else re.findall(r"#[0-9a-fA-F]{3,6}\b(?=[;\s])", text)
    assert [colour for colour in found if not re.fullmatch(own, colour)] == []
