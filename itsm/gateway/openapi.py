"""The reference of the interface, derived from the views: every status that can come back is declared."""

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.utils import OpenApiParameter

from .problems import MEDIA_TYPE

PROBLEM = {
    "type": "object",
    "description": "Why a request was refused (RFC 9457).",
    "required": ["type", "title", "status", "detail", "instance", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "In the reader's language."},
        "instance": {"type": "string"},
        "code": {"type": "string", "description": "Stable: programs decide by it."},
        "errors": {
            "type": "object",
            "description": "What to put right, by field.",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
        "data": {"type": "object", "additionalProperties": True},
        "request_id": {"type": "string"},
    },
}
ALWAYS = {
    400: "Something in the request must be put right.",
    401: "No token, or one that is unknown, expired or revoked.",
    403: "You may not do that.",
    404: "There is nothing here, or nothing that you may see.",
    405: "This address does not know this method.",
    406: "The interface speaks JSON only.",
    413: "The body is too large.",
    429: "Too many requests: wait `Retry-After` seconds.",
}
WRITING = {
    409: "The state does not allow this, or it contradicts what is there.",
    412: "`If-Match` names a version that is not the newest.",
    415: "This kind of content is not read here.",
    422: "The `Idempotency-Key` was used for something else.",
}
IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description="The `ETag` that you read: refused (412) when there is a newer version.",
)
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    OpenApiParameter.HEADER,
    description="The same key and body again within a day gives the first answer again, and does nothing.",
)
FIELDS = OpenApiParameter("fields", str, description="Only these fields, separated by commas.")
TEXT = OpenApiParameter("q", str, description="Words to look for.")


class ApiSchema(AutoSchema):
    """Adds problem documents, `?fields=`, `?q=`, `If-Match` and `Idempotency-Key` where the view knows them."""

    def get_override_parameters(self):
        found = list(super().get_override_parameters())
        if self.method == "GET" and hasattr(self.view, "wanted_fields") and self._names_rows():
            found.append(FIELDS)
            if self._is_list_view() and self.view.searches:
                found.append(TEXT)
        handler = getattr(self.view, getattr(self.view, "action", None) or self.method.lower(), None)
        if self.method == "POST" and getattr(handler, "idempotent", False):
            found.append(IDEMPOTENCY_KEY)
        if getattr(handler, "conditional", False):
            found.append(IF_MATCH)
        return found

    def _names_rows(self) -> bool:
        return getattr(self.view, "action", "") in ("list", "retrieve")

    def get_tags(self):
        parts = [part for part in self.path.split("/") if part][2:]
        return [parts[0]] if parts else ["api"]

    def _get_response_bodies(self, direction="response"):
        problem = self._problem()
        statuses = ALWAYS | (WRITING if self.method in ("POST", "PUT", "PATCH", "DELETE") else {})
        refusals = {
            str(status): {"description": text, "content": {MEDIA_TYPE: {"schema": problem}}}
            for status, text in statuses.items()
        }
        refusals["429"]["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds."}}
        return {**super()._get_response_bodies(direction), **refusals}

    def _problem(self) -> dict:
        component = ResolvedComponent(name="Problem", type=ResolvedComponent.SCHEMA, schema=PROBLEM, object="Problem")
        self.registry.register_on_missing(component)
        return component.ref


def conditional(handler):
    """Mark a handler that honours `If-Match`, for the reference."""
    handler.conditional = True
    return handler


def repeatable(handler):
    """Mark a handler whose POST honours `Idempotency-Key` further inside, for the reference."""
    handler.idempotent = True
    return handler


class BearerScheme(OpenApiAuthenticationExtension):
    """How the reference names our tokens."""

    target_class = "itsm.gateway.authentication.BearerAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema):
        return {"type": "http", "scheme": "bearer", "description": "A token of `POST /api/v1/tokens/`."}
