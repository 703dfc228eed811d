"""JSON as the API takes it: one meaning per text, or a refusal. The standard reader lets the last of two keys win,
takes NaN, and hands on characters that no database stores."""

import json
import re
from collections import Counter
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

DEEPEST = 20
LONGEST_NUMBER = 60
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class StrictJsonError(ValueError):
    """The text is not JSON, or has more than one meaning; says what and where."""


def strict_loads(body: bytes) -> Any:
    """Return the value that a JSON text states; numbers with a point or an exponent become exact Decimals."""
    try:
        value = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_object,
            parse_float=_decimal,
            parse_int=_integer,
            parse_constant=_constant,
        )
    except UnicodeDecodeError as error:
        raise StrictJsonError(f"The text is not UTF-8: byte {error.start} does not belong there.") from None
    except json.JSONDecodeError as error:
        raise StrictJsonError(f"{error.msg} at line {error.lineno}, column {error.colno}.") from None
    except RecursionError:
        _too_deep()
    _check(value)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise StrictJsonError(f"The key {_shown(twice)} is there twice in one object.")
    return found


def _decimal(text: str) -> Decimal:
    """Return a number that can be written out: a few letters, such as 1e-999999999, may stand for a billion digits."""
    try:
        number = Decimal(text) if len(text) <= LONGEST_NUMBER else None
    except InvalidOperation:
        number = None
    if number is None or abs(number.adjusted()) > LONGEST_NUMBER:
        raise StrictJsonError(f"The number {_shown(text)} is too large, too small or has too many digits.")
    return number


def _integer(text: str) -> int:
    if len(text) > LONGEST_NUMBER:
        raise StrictJsonError(f"The number {_shown(text)} has too many digits.")
    return int(text)


def _constant(text: str) -> NoReturn:
    raise StrictJsonError(f"{text} is not a number in JSON. Leave the value out, or send null.")


def _too_deep() -> NoReturn:
    raise StrictJsonError(f"Objects and lists lie more than {DEEPEST} deep in each other.")


def _check(value: Any) -> None:
    """Refuse depth and unstorable characters anywhere, without recursion."""
    todo: list[tuple[Any, int]] = [(value, 1)]
    while todo:
        each, depth = todo.pop()
        if isinstance(each, str):
            _check_text(each)
        elif isinstance(each, dict | list):
            if depth > DEEPEST:
                _too_deep()
            todo += [(inner, depth + 1) for inner in (each.values() if isinstance(each, dict) else each)]
            for name in each if isinstance(each, dict) else ():
                _check_text(name)


def _check_text(text: str) -> None:
    if found := UNSTORABLE.search(text):
        raise StrictJsonError(f"The character U+{ord(found[0]):04X} cannot be stored.")


def _shown(text: str) -> str:
    """Return a short quote that is safe in an answer and in a log."""
    return ascii(text if len(text) <= 40 else text[:40] + "…")
