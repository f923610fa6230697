"""Icons are written in the page as SVG: no request, no flash, coloured by the text around them."""

import re
from functools import cache
from pathlib import Path

from django.conf import settings
from django.utils.safestring import SafeString, mark_safe

SIZES = {"": "i", "s": "i i-s", "l": "i i-l", "xl": "i i-xl"}
FALLBACK = '<svg viewBox="0 0 24 24" fill="none" stroke="currentColor"><circle cx="12" cy="12" r="8"/></svg>'
FOLDERS = ("static/vendor/icons", "node_modules/@tabler/icons/icons/outline")


@cache
def icon(name: str, size: str = "") -> SafeString:
    """The icon as markup, hidden from assistive technology. An unknown name gives a plain circle."""
    return mark_safe(f'<span class="{SIZES[size]}" aria-hidden="true">{_drawing(name)}</span>')


def _drawing(name: str) -> str:
    for folder in FOLDERS:
        file = Path(settings.BASE_DIR, folder, f"{name}.svg")
        if file.is_file():
            svg = re.sub(r"<!--.*?-->", "", file.read_text(), flags=re.DOTALL)
            svg = re.sub(r"\s(class|width|height)=\"[^\"]*\"", "", svg)
            svg = re.sub(r"<path stroke=\"none\"[^>]*/>", "", svg)
            return re.sub(r"\s*\n\s*", " ", svg).strip()
    return FALLBACK
