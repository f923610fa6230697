"""Query strings: the one of a page, with some of its parameters changed."""

from urllib.parse import urlencode

from django.http import QueryDict


def changed(params: QueryDict, **changes) -> str:
    """The query string of an address with some parameters changed; None or an empty text removes one. "?" when none is left."""
    kept = dict(params.lists())
    for name, value in changes.items():
        if value in (None, ""):
            kept.pop(name, None)
        else:
            kept[name] = [value]
    return f"?{urlencode(kept, doseq=True)}"
