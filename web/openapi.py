"""The description of the API, drawn from the same declarations that the addresses obey."""

from typing import Any

import uritemplate
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import build_array_type, build_object_type
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter

from web.problems import CONTENT_TYPE

TEXT = {"type": "string"}
FIELD_ERROR = build_object_type(
    properties={
        "pointer": {**TEXT, "description": "Where in the body, as a JSON pointer: #/items/3/value."},
        "parameter": {**TEXT, "description": "Which query parameter, where the body is not at fault."},
        "detail": {**TEXT, "description": "What is wrong, why, and the way out."},
        "code": {**TEXT, "description": "The same in one word that does not change."},
    },
    required=["detail", "code"],
    additionalProperties=False,
)
PROBLEM = build_object_type(
    description="RFC 9457 problem details.",
    properties={
        "type": {**TEXT, "format": "uri"},
        "title": TEXT,
        "status": {"type": "integer"},
        "detail": TEXT,
        "instance": TEXT,
        "request_id": {**TEXT, "description": "Also in the header X-Request-ID and in the log."},
        "errors": build_array_type(FIELD_ERROR),
        "results": {
            **build_array_type({"type": "object", "additionalProperties": {}}),
            "description": "Of a refused push: what became of each item, as in a push that was stored.",
        },
    },
    required=["type", "title", "status", "detail", "instance", "request_id"],
)
REFUSALS = {
    "400": "A parameter or the body is wrong; `errors` says where.",
    "401": "No token, or one that is not valid.",
    "403": "The token's scopes or the owner's role do not reach this far.",
    "404": "No such thing, or one that you may not see.",
    "406": "The answer is JSON only.",
    "429": "Too many requests; see Retry-After.",
    "503": "Busy or away; nothing was stored. See Retry-After.",
}
REFUSED_BODIES = {
    "409": "Something else is stored already.",
    "411": "The body has no Content-Length.",
    "413": "The body, or its list, is larger than one call takes.",
    "415": "The body is JSON only.",
    "422": "The Idempotency-Key came before with another body.",
}
REFUSED_CHANGES = {
    "409": "Something else is stored already.",
    "412": "The record is another one than the caller read.",
    "428": "The change has no If-Match.",
}


class ApiSchema(AutoSchema):
    """Read what the view declares by action (`queries`, `request_headers`, `bodies`, `answers`) and its scopes."""

    view: Any

    def get_override_parameters(self) -> list[Any]:
        path = [OpenApiParameter(name, OpenApiTypes.INT, "path") for name in uritemplate.variables(self.path)]
        needed = self.method in {"PATCH", "DELETE"}
        given = [
            OpenApiParameter(name, OpenApiTypes.STR, "header", description=text, required=needed)
            for name, text in self.view.request_headers().items()
        ]
        query = self.view.query_class()
        return [*path, *given, *([query] if query().fields else [])]

    def get_response_serializers(self) -> Any:
        answer = self._declared("answers")
        return {202: answer} if self.view.action in self.view.answers_later else answer

    def get_request_serializer(self) -> Any:
        return self._declared("bodies")

    def get_operation_id(self) -> str:
        return f"{self.view.basename}_{self.view.action}".replace("-", "_")

    def get_description(self) -> str:  # type: ignore[override]  # as drf-spectacular calls it
        scopes = sorted({scope for each in self.view.get_permissions() for scope in getattr(each, "scopes", ())})
        return f"{super().get_description()}\n\nScope of the token: {' or '.join(scopes)}."

    def _declared(self, what: str) -> Any:
        return getattr(self.view, what, {}).get(self.view.action)

    def _is_list_view(self, serializer: Any = None) -> bool:
        """Lists come in an envelope that `answers` names, never as a bare array."""
        return False


class BearerTokenScheme(OpenApiAuthenticationExtension):
    target_class = "accounts.authentication.BearerToken"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "A personal token: qp_<prefix>_<secret>."}


def describe_refusals(result: dict[str, Any], **_context: Any) -> dict[str, Any]:
    """Add the refusals that any address may answer, each once, to every operation."""
    components = result.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = PROBLEM
    body = {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    every = REFUSALS | REFUSED_BODIES | REFUSED_CHANGES
    components["responses"] = {f"Problem{code}": {"description": every[code], "content": body} for code in every}
    for operations in result["paths"].values():
        for method, operation in operations.items():
            refusals = REFUSALS | (REFUSED_BODIES if "requestBody" in operation else {})
            if method == "post":
                refusals = refusals | {"409": REFUSED_BODIES["409"]}
            for code in refusals | (REFUSED_CHANGES if method in {"patch", "delete"} else {}):
                operation["responses"].setdefault(code, {"$ref": f"#/components/responses/Problem{code}"})
            operation["responses"] = dict(sorted(operation["responses"].items()))
    return result


def describe_empty_addresses(result: dict[str, Any], **_context: Any) -> dict[str, Any]:
    """Say no format of e-mail addresses that are only read: one that nobody told is an empty text."""
    for component in result["components"]["schemas"].values():
        for described in component.get("properties", {}).values():
            if described.get("readOnly") and described.get("format") == "email":
                del described["format"]
    return result
