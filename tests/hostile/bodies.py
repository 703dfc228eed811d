"""The bodies that the API describes: one sensible example of each, and the place of every field in it."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from customers.models import Customer
from tests.api.described import description
from tests.hostile.corpus import Hostile

HERE = "the hostile value stands here"
Place = tuple[str | int, ...]
PLAIN = {
    "date": "2026-03-02", "date-time": "2026-03-02T10:00:00Z", "decimal": 1, "email": "ines@example.org",
    "double": 1, "uuid": "0b0e2c1e-0000-4000-8000-000000000000",
}  # fmt: skip
CALLED = {
    "email": "ines@example.org", "language": "en", "time_zone": "Europe/Berlin", "username": "plain.name",
    "factor": "1", "part": "", "domain": "example.org",
}  # fmt: skip
FIGURES = (
    "part", "numerator", "denominator", "defects", "units", "opportunities", "events", "exposure", "counts",
)  # fmt: skip
# What one body cannot hold at once: each field left out here is tried in the body without it all the same.
LEFT_OUT = {
    "post /api/v1/actions/{id}/move/": ("done_on", "done_words", "prevention"),
    "post /api/v1/codings/": ("attribute",),
    "post /api/v1/reports/": ("customer", "round"),
    "post /api/v1/customers/": ("function",),
    "post /api/v1/measurements/": FIGURES,
    "post /api/v1/measurements/{id}/correct/": FIGURES,
    "post /api/v1/measurements/bulk/": FIGURES,
    "post /api/v1/memberships/": ("function",),
    "post /api/v1/measurement-sources/": ("size", "part"),
    "patch /api/v1/measurement-sources/{id}/": ("size", "part"),
    "post /api/v1/metrics/": ("percentile", "opportunities_per_unit", "formula", "steps", "counts_from"),
    "patch /api/v1/metrics/{id}/": (
        "percentile",
        "opportunities_per_unit",
        "unit",
        "breakdown",
        "formula",
        "steps",
        "counts_from",
    ),
    "patch /api/v1/answers/{id}/": ("level", "perception"),
    "post /api/v1/answers/": ("perception",),
    "post /api/v1/requirements/": ("factor",),
    "post /api/v1/requirements/{id}/scale/": ("factor",),
}
# What has to be another record than the own one, or another number than one.
INSTEAD: dict[str, dict[str, Any]] = {
    # A catalogue of nothing changes nothing.
    **{
        f"post /api/v1/documents/{kind}/import/": {"document": {"format": 1, "kind": kind, kind: []}, "state": ""}
        for kind in ("requirements", "functions", "metrics")
    },
    "post /api/v1/documents/guide/import/": {
        "document": {"format": 1, "name": "Plain", "default_language": "en", "languages": ["en"], "questions": []},
        "state": "",
    },
    "post /api/v1/documents/house/import/": {
        "document": {"format": 1, "kind": "house of responsibilities", "columns": [], "rows": []},
        "state": "",
    },
    "post /api/v1/answers/": {"level": {"state": "known", "value": 1, "unit": "hours"}},
    "post /api/v1/codings/": {"start": 0},
    "post /api/v1/actions/": {"owner": None, "expected_level": None},
    "patch /api/v1/actions/{id}/": {"owner": None, "expected_level": None},
    # It is done already: calling it off needs nothing else.
    "post /api/v1/actions/{id}/move/": {"stage": "cancelled"},
    "post /api/v1/loyalty-answers/": {"state": "known"},
    # Words of a part of its own: tests/improvements/test_loop_api.py.
    "patch /api/v1/tellings/{id}/": {"parts": []},
    "patch /api/v1/reviews/{id}/": {"held_on": "2031-03-02"},
    # What stood there when it was read: nothing.
    "post /api/v1/reviews/{id}/note/": {"seen": ""},
    "post /api/v1/review-decisions/": {"responsible": None},
    "patch /api/v1/review-decisions/{id}/": {"responsible": None},
    # On the usual day the own customer was lost already.
    "post /api/v1/losses/": {"lost_on": "2026-02-02"},
    "post /api/v1/memberships/": {"role": "viewer"},
    "post /api/v1/measurement-sources/": {"address": "https://192.0.2.1/", "header": "X-Key"},
    "patch /api/v1/measurement-sources/{id}/": {"address": "https://192.0.2.1/", "header": "X-Key"},
    **{
        address: {"url": "https://hooks.example.org/", "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}
        for address in ("post /api/v1/endpoints/", "patch /api/v1/endpoints/{id}/")
    },
    "post /api/v1/metric-links/": {"role": "supports"},
    "post /api/v1/metrics/": {"short_name": "a"},
    "patch /api/v1/metrics/{id}/": {"short_name": "a"},
    "post /api/v1/sampling-plans/": {"interviews": 2, "minimum": 0},
    # Only where somebody was heard can anybody be spoken for.
    "post /api/v1/weight-sets/": {"divided_by": ["lifecycle"], "leave_unheard": True, "trim_at": 5},
    "post /api/v1/rating-scales/": {"maximum": 5, "satisfied_from": 3},
}
ANOTHER = {
    "post /api/v1/snapshots/{id}/split/": {"then": "earlier_snapshot"},
    "post /api/v1/reports/": {"as_of": "kept_day"},
    "post /api/v1/reviews/": {"as_of": "kept_day", "held_on": "kept_day"},
    "post /api/v1/customers/{id}/merge/": {"into": "customer"},
    "post /api/v1/requirements/{id}/merge/": {"into": "requirement"},
    "post /api/v1/invitations/": {"person": "invited"},
    "post /api/v1/metric-links/": {"requirement": "requirement", "product": "product"},
    "post /api/v1/product-uses/": {"product": "product"},
    "post /api/v1/responsibilities/": {"function": "function"},
    "post /api/v1/supply-links/": {"supplied": "function"},
    "post /api/v1/metric-relations/": {"other": "metric"},
    "post /api/v1/initiative-effects/": {"initiative": "initiative"},
}

# What cannot be done to the own record of the noun: words that are coded are not set aside.
OTHER_RECORD = {"post /api/v1/verbatims/{id}/set-aside/": "uncoded"}


@dataclass(frozen=True)
class Operation:
    """One address that takes a body, by one method."""

    method: str
    path: str
    schema: Mapping[str, Any]

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    def address(self, objects: Mapping[str, int]) -> str:
        """Return the path with the id of an own record: /customers/{id}/ has that of a customer."""
        noun = self.path.split("/")[3]
        record = OTHER_RECORD.get(self.name) or SINGULAR.get(noun, "")
        return self.path.replace("{id}", str(objects.get(record, 1)))


SINGULAR = {
    "people": "person", "value-bands": "value_band", "supply-links": "supply_link", "metric-links": "metric_link",
    "metric-relations": "metric_relation",
    "product-uses": "product_use", "rating-scales": "rating_scale", "responsibilities": "responsibility",
    "losses": "loss", "belief-askings": "belief_asking", "initiatives": "initiative",
    "initiative-effects": "initiative_effect", "scenarios": "scenario",
    "needs": "needed_initiative", "excludes": "barred_initiative",
    "ambassador-asks": "ambassador_ask", "chart-phases": "chart_phase", "chart-notes": "chart_note",
    "deliveries": "delivery",
    "measurement-sources": "measurement_source", "review-decisions": "review_decision",
    "action-comments": "action_comment", "action-files": "action_file",
    "interview-invitations": "asked", "loyalty-answers": "loyalty_answer",
    **{f"{name}s": name for name in (
        "action", "answer", "attribute", "consolidation", "contact", "customer", "function", "interview", "invitation",
        "involvement", "measurement", "endpoint", "notice",
        "membership", "metric", "confirmation", "telling", "publication", "review",
        "objective", "product", "requirement", "round", "verbatim", "coding",
    )},
}  # fmt: skip


def operations() -> Iterator[Operation]:
    for path, methods in description()["paths"].items():
        for method, described in methods.items():
            content = described.get("requestBody", {}).get("content", {})
            if "application/json" in content:
                yield Operation(method, path, resolved(content["application/json"]["schema"]))


def resolved(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a schema behind its references."""
    while True:
        if "$ref" in schema:
            schema = description()["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        elif len(schema.get("allOf", schema.get("oneOf", ()))):
            schema = (schema.get("allOf") or schema["oneOf"])[0]
        else:
            return schema


def accepted(operation: Operation, own: Mapping[str, int], other: Mapping[str, int]) -> dict[str, Any]:
    """Return a body that the address takes."""
    body: dict[str, Any] = example(operation.schema, own)
    for inner in (body, *body.get("items", ()), body.get("scale", {})):
        for name in LEFT_OUT.get(operation.name, ()):
            inner.pop(name, None)
    if "items" in body:
        body["items"][0]["metric"] = own["metric"]
    if "moves" in body:
        body["moves"] = f"without={own['function']}"
    if operation.path.endswith("/record/"):
        body["customer"] = Customer.objects.get(pk=own["customer"]).name
    another = {name: other[kind] for name, kind in ANOTHER.get(operation.name, {}).items()}
    return body | INSTEAD.get(operation.name, {}) | another


def example(schema: Mapping[str, Any], objects: Mapping[str, int], name: str = "") -> Any:
    """Return a value that this schema allows; a number called like a record is the id of an own one."""
    schema = resolved(schema)
    if "enum" in schema:
        return next(each for each in schema["enum"] if each not in {"", None})
    kind = schema.get("type", "string")
    kind = kind if isinstance(kind, str) else kind[0]
    if kind == "object":
        return {key: example(inner, objects, key) for key, inner in schema.get("properties", {}).items()}
    if kind == "array":
        return [example(schema["items"], objects, SINGULAR.get(name, name))]
    if kind == "boolean":
        return True
    if kind in {"integer", "number"}:
        return objects.get(ALIASES.get(name, name), schema.get("minimum", 1) or 1)
    return CALLED.get(name) or PLAIN.get(schema.get("format", ""), f"plain {name}"[: schema.get("maxLength", 80)])


ALIASES = {"owner": "function", "into": "requirement", "supplier": "function", "supplied": "function", "user": "person"}


def places(value: Any, at: Place = ()) -> Iterator[Place]:
    """Yield the place of everything in a body."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in inside:
        yield (*at, key)
        yield from places(inner, (*at, key))


def text_with(body: Any, whole: Any, at: Iterable[Place], value: Hostile) -> bytes:
    """Return the body as JSON text with the value's own text at places that `whole` has, even if the body has not."""
    marked = copied(body)
    for place in at:
        inner, example_there = marked, whole
        for step in place[:-1]:
            example_there = example_there[step]
            if isinstance(inner, dict):
                inner.setdefault(step, copied(example_there))
            elif step >= len(inner):
                inner.append(copied(example_there))
            inner = inner[step]
        inner[place[-1]] = HERE
    return json.dumps(marked).replace(f'"{HERE}"', value.json).encode()


def copied(value: Any) -> Any:
    return json.loads(json.dumps(value))
