"""Keyset paging of every list: `{"results", "next", "previous"}`, and a bounded count for those who ask."""

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework.pagination import BasePagination
from rest_framework.response import Response

from itsm.core.numbers import whole
from itsm.core.paging import keyset_page

from . import problems

PAGE_SIZE, LARGEST_PAGE, COUNT_CAP = 50, 200, 1000
YES, NO = ("true", "1"), ("", "false", "0")


class KeysetPagination(BasePagination):
    """Pages by `cursor`. The view names its orderings: `orderings = {"opened_at": ("opened_at", "id")}`."""

    def paginate_queryset(self, queryset: QuerySet, request, view=None) -> list:
        size = page_size(request)
        ordering = ordering_of(view, request.query_params.get("ordering", ""))
        self.total = _count(queryset) if _flag(request.query_params.get("count", "")) else {}
        page = keyset_page(queryset, ordering=ordering, cursor=request.query_params.get("cursor") or None, size=size)
        self.next, self.previous = link(request, page.next), link(request, page.previous)
        return page.rows

    def get_paginated_response(self, data: list) -> Response:
        return Response({"results": data, "next": self.next, "previous": self.previous, **self.total})

    def get_paginated_response_schema(self, schema: dict) -> dict:
        address = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["results", "next", "previous"],
            "properties": {
                "results": schema,
                "next": address,
                "previous": address,
                "count": {"type": "integer", "minimum": 0, "maximum": COUNT_CAP, "description": "With count=true."},
                "more": {"type": "boolean", "description": f"With count=true: there are more than {COUNT_CAP}."},
            },
        }

    def get_schema_operation_parameters(self, view) -> list[dict]:
        names = [sign + name for name in view.orderings for sign in ("", "-")]
        return [
            _parameter(
                "page_size",
                {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": PAGE_SIZE},
                "Rows a page.",
            ),
            _parameter("cursor", {"type": "string"}, "The place of the page: taken from `next` or `previous`."),
            _parameter(
                "ordering",
                {"type": "string", "enum": names, "default": view.ordering},
                "The order; “-” turns it round.",
            ),
            _parameter("count", {"type": "boolean"}, f"Adds `count`, up to {COUNT_CAP}, then `more` is true."),
        ]


def ordering_of(view, asked: str) -> tuple[str, ...]:
    """The columns to sort by. Problem (400) for an ordering that the view does not offer."""
    wanted = asked or view.ordering
    columns = view.orderings.get(wanted.removeprefix("-"))
    if columns is None:
        raise problems.invalid("ordering", _("This list sorts by: %(names)s.") % {"names": ", ".join(view.orderings)})
    return tuple(f"-{name}" for name in columns) if wanted.startswith("-") else tuple(columns)


def page_size(request) -> int:
    """The rows a page that `?page_size=` asks for. Problem (400) for an impossible number."""
    asked = request.query_params.get("page_size", "")
    if not asked:
        return PAGE_SIZE
    size = whole(asked)
    if size is None or not 1 <= size <= LARGEST_PAGE:
        raise problems.invalid("page_size", _("A page holds 1 to %(most)s rows.") % {"most": LARGEST_PAGE})
    return size


def _flag(asked: str) -> bool:
    if asked.lower() not in YES + NO:
        raise problems.invalid("count", _("Write true or false."))
    return asked.lower() in YES


def _count(queryset: QuerySet) -> dict:
    found = queryset.order_by()[: COUNT_CAP + 1].count()
    return {"count": min(found, COUNT_CAP), "more": found > COUNT_CAP}


def link(request, cursor: str | None) -> str | None:
    """The address of another page of the same list."""
    if cursor is None:
        return None
    params = request.query_params.copy()
    params["cursor"] = cursor
    return request.build_absolute_uri(f"{request.path}?{params.urlencode()}")


def _parameter(name: str, schema: dict, description: str) -> dict:
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": description}
