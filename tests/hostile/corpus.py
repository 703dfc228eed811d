"""What a field may meet: 46 classes of values, each as JSON text and as it stands in a form or a query string.

`variants` makes eight of each, for the run of `make fuzz`: alone, doubled, before and after plain text, in spaces, in a
list, in an object and as the name of a member.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote_from_bytes


@dataclass(frozen=True)
class Hostile:
    """One value: `json` as it stands in a body of the API, `form` as bytes before percent-encoding."""

    name: str
    json: str
    form: bytes

    @property
    def query(self) -> str:
        return quote_from_bytes(self.form, safe="")


def text(name: str, value: str) -> Hostile:
    # By hand: json.dumps would write a lone surrogate the same way, but form fields need its bytes.
    escaped = "".join(_escaped(letter) for letter in value)
    return Hostile(name, f'"{escaped}"', value.encode("utf-8", "surrogatepass"))


def _escaped(letter: str) -> str:
    plain = " " <= letter <= "~" and letter not in {'"', "\\"}
    return letter if plain else "".join(f"\\u{unit:04x}" for unit in _units(letter))


def _units(letter: str) -> Iterator[int]:
    code = ord(letter)
    if code < 0x10000:
        yield code
    else:
        yield 0xD800 + ((code - 0x10000) >> 10)
        yield 0xDC00 + ((code - 0x10000) & 0x3FF)


def other(name: str, value: str) -> Hostile:
    """A value that is no text: the same letters in JSON, without quotes, and in a form."""
    return Hostile(name, value, value.encode())


MARKUP = '"><img src=x onerror=alert(1)>'

VALUES = (
    text("empty", ""),
    text("spaces", "   "),
    text("NUL", "a\x00b"),
    text("lone surrogate", "\ud800"),
    text("beyond sixteen bits", "🦀"),
    text("right to left", "\u202egpj.exe"),
    text("no width", "a\u200b\u200d\ufeffb"),
    text("combining flood", "Z" + "\u0351\u036b" * 500),
    text("a hundred thousand letters", "x" * 100_000),
    text("lines of a header", "a\r\nSet-Cookie: stolen=1"),
    text("terminal colours", "\x1b[31mred\x07"),
    text("markup", MARKUP),
    text("script address", "javascript:alert(1)"),
    text("template", "{{7*7}}{% debug %}${7*7}"),
    text("format", "{0.__class__.__mro__}%s%n%(x)d"),
    text("SQL", "1' OR '1'='1'; DROP TABLE x; --"),
    text("LIKE", "%_" * 500),
    text("costly pattern", "a" * 40 + "!" + "(a+)+$"),
    text("formula", "=HYPERLINK(\"http://evil.example\",'x')"),
    text("path", "../../../../etc/passwd"),
    text("inner address", "http://169.254.169.254/latest/"),
    text("full-width digits", "\uff11\uff12"),
    text("comma", "1,5"),
    text("grouped", "1_000"),
    text("hexadecimal", "0x10"),
    text("number as text", "1e999999999"),
    text("no number as text", "NaN"),
    text("a day that is none", "2026-02-30"),
    text("the first day", "0001-01-01"),
    text("the last moment", "9999-12-31T23:59:59-14:00"),
    text("a word for nothing", "undefined"),
    other("null", "null"),
    other("true", "true"),
    other("zero", "0"),
    other("below zero", "-1"),
    other("past 31 bits", "2147483648"),
    other("past 63 bits", "9223372036854775808"),
    other("five thousand digits", "9" * 5000),
    other("largest double", "1e308"),
    other("past every double", "1e400"),
    other("a billion places", "1E-999999999"),
    other("no number", "NaN"),
    other("a million decimals", "0." + "1" * 5000),
    other("list", "[]"),
    other("object", '{"a": 1}'),
    other("depth", "[" * 400 + "]" * 400),
)


def variants(value: Hostile) -> Iterator[Hostile]:
    yield value
    yield Hostile(f"{value.name}, in a list", f"[{value.json}, {value.json}]", value.form + b"&" + value.form)
    yield Hostile(f"{value.name}, in an object", f'{{"a": {value.json}}}', b'{"a": ' + value.form + b"}")
    inner = value.json[1:-1] if value.json.startswith('"') else value.json.replace('"', '\\"')
    for name, before, after in (
        ("doubled", inner, ""),
        ("before", "", "plain"),
        ("after", "plain ", ""),
        ("in spaces", " ", "\\t"),
        ("signed", "-", ""),
    ):
        form = before.encode() if before != inner else value.form
        yield Hostile(
            f"{value.name}, {name}",
            f'"{before}{inner}{after}"',
            form + value.form + after.replace("\\t", "\t").encode(),
        )
