"""What every endpoint has in common: language, size limits, paging, `?fields=`, conditional requests.

An app adds an endpoint by a `RowsViewSet` (lists from `.values()`) registered in its own `api_urls.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404
from django.utils import translation
from django.utils.translation import gettext as _
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from itsm.core.numbers import whole

from . import problems
from .openapi import ApiSchema
from .paging import KeysetPagination
from .parsing import SaneJSONParser


class ApiMixin:
    """Answers in the reader's language: Accept-Language, else the person's own. Refuses bodies that are too large."""

    parser_classes = [SaneJSONParser]
    metadata_class = None
    body_limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    schema = ApiSchema()

    def dispatch(self, request, *args, **kwargs):
        with translation.override(_asked_language(request) or translation.get_language()):
            response = super().dispatch(request, *args, **kwargs)
            return response.render() if hasattr(response, "render") else response

    def perform_authentication(self, request):
        super().perform_authentication(request)
        language = getattr(request.user, "language", "")
        if language and not _asked_language(request):
            translation.activate(language)
        length = whole(request.META.get("CONTENT_LENGTH") or "0")
        if length is None or length > self.body_limit:
            raise problems.too_large(self.body_limit)


def _asked_language(request) -> str:
    return translation.get_language_from_request(request) if request.META.get("HTTP_ACCEPT_LANGUAGE") else ""


class ApiView(ApiMixin, APIView):
    """One address with its own methods."""


class RowsViewSet(ApiMixin, GenericViewSet):
    """Lists and single rows from one `.values()` query each.

    A subclass names `queryset` or `get_queryset()` (visibility included), `columns`, `orderings`, `ordering` and
    `serializer_class` (the shape, for the reference), and overrides `describe()` where a row needs more than its columns.
    """

    pagination_class = KeysetPagination
    filterset_class: type | None = None
    columns: tuple[str, ...] = ()
    orderings: dict[str, tuple[str, ...]] = {"id": ("id",)}
    ordering = "id"
    searches = False
    lookup_value_regex = r"[A-Za-z0-9._@+-]{1,150}"

    def list(self, request, *args, **kwargs):
        queryset = self.filter_queryset(self.get_queryset())
        if self.searches and request.query_params.get("q", "").strip():
            queryset = self.search(queryset, request.query_params["q"].strip()[:200])
        wanted = self.wanted_fields()
        rows = self.paginate_queryset(self.columns_of(queryset))
        return self.get_paginated_response(self.project(self.describe(rows), wanted))

    def retrieve(self, request, *args, **kwargs):
        wanted = self.wanted_fields()
        row = self.one()
        response = Response(self.project([row], wanted)[0])
        if isinstance(row.get("version"), int):
            response["ETag"] = etag(row["version"])
        return response

    def filter_queryset(self, queryset: QuerySet) -> QuerySet:
        """Filters cost a form: none is made when no parameter names one."""
        named = getattr(self.filterset_class, "base_filters", None)
        if named is not None and named.keys().isdisjoint(self.request.query_params):
            return queryset
        return super().filter_queryset(queryset)

    def one(self) -> dict[str, Any]:
        """The described row that the address names. Http404 when there is none, or none that one may see."""
        found = self.columns_of(self.get_queryset().filter(**self.place())).first()
        if found is None:
            raise Http404
        return self.describe([found])[0]

    def place(self) -> dict[str, Any]:
        """The lookup of the address."""
        return {self.lookup_field: self.kwargs[self.lookup_url_kwarg or self.lookup_field]}

    def columns_of(self, queryset: QuerySet) -> QuerySet:
        """`queryset` reduced to what `describe()` needs."""
        return queryset.values(*self.columns)

    def describe(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The rows as the reader gets them. One call a page: look names up here, in sets."""
        return rows

    def search(self, queryset: QuerySet, text: str) -> QuerySet:
        """`queryset` narrowed by `?q=`."""
        raise NotImplementedError

    def shape(self) -> Iterable[str]:
        """Names of the fields of a row."""
        return self.get_serializer_class()().fields

    def wanted_fields(self) -> list[str] | None:
        """The names of `?fields=`; None for all. Problem (400) for one that does not exist."""
        asked = self.request.query_params.get("fields", "").strip()
        if not asked:
            return None
        wanted, known = [name.strip() for name in asked.split(",") if name.strip()], set(self.shape())
        unknown = [name for name in wanted if name not in known]
        if unknown:
            raise problems.invalid("fields", _("There is no field %(name)s here.") % {"name": unknown[0][:60]})
        return wanted

    @staticmethod
    def project(rows: list[dict], wanted: list[str] | None) -> list[dict]:
        """Only the wanted fields of each row."""
        return rows if wanted is None else [{name: row.get(name) for name in wanted} for row in rows]


def etag(version: int) -> str:
    """The entity tag of a version."""
    return f'"{version}"'


def versions_asked(request) -> set[int] | None:
    """The versions that `If-Match` accepts; None when it is absent or `*`. A tag that is not ours matches nothing."""
    given = request.META.get("HTTP_IF_MATCH", "").strip()
    if not given or given == "*":
        return None
    tags = [tag.strip().removeprefix("W/").strip('"') for tag in given.split(",")]
    return {number for tag in tags if (number := whole(tag)) is not None}


def version_to_keep(request, current: int) -> int | None:
    """The version to give to a service, so that it checks under its lock; an impossible one when no tag fits."""
    accepted = versions_asked(request)
    if accepted is None:
        return None
    return current if current in accepted else 0
