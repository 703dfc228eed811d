"""Query strings of the API: each address says which parameters it takes; another one, or one twice, is refused.

Left alone, a misspelt filter returns everything, and of two values the last one wins without a word.
"""

from collections.abc import Iterator
from typing import Any

from django.http import QueryDict
from rest_framework import serializers

from web.problems import FieldError, ProblemError, errors_in_detail, invalid


class Query(serializers.Serializer[Any]):
    """The parameters of an address; without fields it takes none."""


def read_query(kind: type[Query], parameters: QueryDict) -> dict[str, Any]:
    """Return the checked parameters with their defaults; raises a problem that names each parameter at fault."""
    query = kind(data=parameters.dict())
    errors = list(_misplaced(parameters, set(query.fields)))
    if not query.is_valid():
        errors += [
            FieldError(error.detail, error.code, parameter=str(error.path[0]) if error.path else "")
            for error in errors_in_detail(query.errors)
        ]
    if errors:
        raise ProblemError(invalid(errors))
    return dict(query.validated_data)


def _misplaced(parameters: QueryDict, known: set[str]) -> Iterator[FieldError]:
    for name, values in parameters.lists():
        if name not in known:
            offer = ", ".join(sorted(known)) or "none"
            yield FieldError(f"There is no such parameter here; there are: {offer}.", "unknown", parameter=name[:80])
        elif len(values) > 1:
            yield FieldError("This parameter is there more than once.", "twice", parameter=name)
