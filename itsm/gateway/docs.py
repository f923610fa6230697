"""The reference of the interface: the OpenAPI document, and a page made from it without any script."""

import json
from functools import lru_cache

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular.generators import SchemaGenerator

from . import problems

METHODS = ("get", "post", "put", "patch", "delete")
TONES = {"get": "blue", "post": "green", "put": "amber", "patch": "amber", "delete": "red"}


@lru_cache(maxsize=4)
def document(language: str) -> dict:
    """The OpenAPI document; it cannot change while the process lives."""
    with translation.override(language):
        return json.loads(
            json.dumps(SchemaGenerator(api_version="v1").get_schema(request=None, public=True), default=str)
        )


def read_only(page):
    """A page under /api/ that answers GET and HEAD, and refuses the rest as the interface does."""

    def answer(request: HttpRequest) -> HttpResponse:
        return page(request) if request.method in ("GET", "HEAD") else problems.method_not_allowed(request)

    return csrf_exempt(answer)


@read_only
def schema(request: HttpRequest) -> HttpResponse:
    """The OpenAPI 3.1 document. It says nothing that needs protection."""
    body = json.dumps(document(translation.get_language() or "en"), ensure_ascii=False)
    return HttpResponse(body, content_type="application/vnd.oai.openapi+json")


@read_only
def reference(request: HttpRequest) -> HttpResponse:
    """The same as a page for people."""
    found = document(translation.get_language() or "en")
    return render(request, "gateway/docs.html", {"info": found["info"], "groups": groups(found)})


def groups(found: dict) -> list[dict]:
    """Operations by resource, each with its parameters, body and answers resolved to plain rows."""
    by_tag: dict[str, list[dict]] = {}
    for path, item in found["paths"].items():
        for method in METHODS:
            if method in item:
                operation = item[method]
                by_tag.setdefault(operation["tags"][0], []).append(_row(found, path, method, operation))
    return [{"tag": tag, "operations": rows} for tag, rows in sorted(by_tag.items())]


def _row(found: dict, path: str, method: str, operation: dict) -> dict:
    bodies = [content.get("schema", {}) for content in operation.get("requestBody", {}).get("content", {}).values()]
    return {
        "id": operation["operationId"],
        "method": method.upper(),
        "path": path,
        "tone": TONES[method],
        "summary": operation.get("summary", ""),
        "text": operation.get("description", ""),
        "parameters": [
            {
                "name": p["name"],
                "place": p["in"],
                "type": type_text(p.get("schema", {})),
                "text": p.get("description", ""),
            }
            for p in operation.get("parameters", [])
        ],
        "fields": properties(found, bodies[0]) if bodies else [],
        "answers": [
            {"status": status, "text": _answer_text(answer)} for status, answer in operation["responses"].items()
        ],
    }


def _answer_text(answer: dict) -> str:
    shapes = [content.get("schema", {}).get("$ref", "") for content in answer.get("content", {}).values()]
    shape = shapes[0].rpartition("/")[2] if shapes else ""
    return " ".join(part for part in (answer.get("description", ""), shape and f"({shape})") if part)


def properties(found: dict, schema: dict) -> list[dict]:
    """Fields of an object schema as rows."""
    name = schema.get("$ref", "").rpartition("/")[2]
    shape = found["components"]["schemas"].get(name, schema)
    required = set(shape.get("required", ()))
    return [
        {"name": field, "type": type_text(each), "required": field in required, "text": each.get("description", "")}
        for field, each in shape.get("properties", {}).items()
        if not each.get("readOnly")
    ]


def type_text(schema: dict) -> str:
    """ "string", "integer 1..4", "array of string", "open | waiting"."""
    if "$ref" in schema:
        return schema["$ref"].rpartition("/")[2]
    if "enum" in schema:
        return " | ".join(str(value) for value in schema["enum"] if value not in (None, ""))
    for joined in ("oneOf", "anyOf", "allOf"):
        if joined in schema:
            return " | ".join(filter(None, (type_text(each) for each in schema[joined])))
    kind = schema.get("type", "")
    kind = " | ".join(kind) if isinstance(kind, list) else kind
    if "items" in schema:
        return f"array of {type_text(schema['items'])}"
    if "minimum" in schema and "maximum" in schema:
        return f"{kind} {schema['minimum']}..{schema['maximum']}"
    return f"{kind} ({schema['format']})" if schema.get("format") else kind
