"""Compares answers with the description of the API: every member is described, and none that is described is absent."""

from functools import cache
from typing import Any

from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator


@cache
def description() -> dict[str, Any]:
    schema: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    for component in schema["components"]["schemas"].values():
        if component.get("type") == "object" and component.get("properties"):
            component.setdefault("additionalProperties", False)
    return schema


def differences(answer: Any, path: str, method: str = "get") -> list[str]:
    """Return where a JSON answer differs from what the description says about this address and its status."""
    response = description()["paths"][path][method]["responses"][str(answer.status_code)]
    if "$ref" in response:
        response = description()["components"]["responses"][response["$ref"].rpartition("/")[2]]
    (content,) = response["content"].values()
    validator = Draft202012Validator({**content["schema"], "components": description()["components"]})
    return [f"{error.json_path}: {error.message}"[:300] for error in validator.iter_errors(answer.json())]
