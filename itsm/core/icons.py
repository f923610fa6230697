"""Icons are written in the page as SVG: no request, no flash, coloured by the text around them."""

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from django.conf import settings
from django.utils.safestring import SafeString, mark_safe

SIZES = {"": "i", "s": "i i-s", "l": "i i-l", "xl": "i i-xl"}
FALLBACK = '<circle cx="12" cy="12" r="8"/>'
FOLDERS = ("static/vendor/icons", "node_modules/@tabler/icons/icons/outline")


@cache
def icon(name: str, size: str = "") -> SafeString:
    """The icon as markup, hidden from assistive technology. An unknown name gives a plain circle."""
    return mark_safe(
        f'<span class="{SIZES[size]}" aria-hidden="true"><svg viewBox="0 0 24 24">{_drawing(name)}</svg></span>'
    )


@cache
def _drawing(name: str) -> str:
    for folder in FOLDERS:
        file = Path(settings.BASE_DIR, folder, f"{name}.svg")
        if file.is_file():
            drawn = [
                path for path in re.findall(r"<path\b([^>]*?)/?>", file.read_text()) if 'stroke="none"' not in path
            ]
            if all(re.fullmatch(r'\s*d="M[^"]*"\s*', path) for path in drawn):
                lines = "".join(re.search(r'd="([^"]*)"', path)[1] for path in drawn)  # type: ignore[index]
                return f'<path d="{lines}"/>'
            return "".join(f"<path{path}/>" for path in drawn)
    return FALLBACK


@cache
def shared(name: str, size: str = "", group: str = "i") -> SafeString:
    """The icon by reference, for long lists: the page writes `sprite` once and each row 55 bytes."""
    return mark_safe(f'<svg class="{SIZES[size]}" aria-hidden="true"><use href="#{group}-{name}"/></svg>')


def sprite(names: Iterable[str], group: str = "i") -> SafeString:
    """The drawings that `shared` refers to; place it once, before the list. Each list of a page has a `group` of its own."""
    symbols = "".join(
        f'<symbol id="{group}-{name}" viewBox="0 0 24 24">{_drawing(name)}</symbol>' for name in sorted(set(names))
    )
    return mark_safe(f'<svg class="sprite" aria-hidden="true">{symbols}</svg>')
