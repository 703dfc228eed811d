"""A page of print as a tagged PDF (PDF/UA-1): one that people can read with a screen reader and keep for years.

WeasyPrint applies no style sheet of the document inside a drawing, and knows no light-dark(). So colours are resolved
to the light ones here, and each element of a drawing gets what the sheets say about it as its own style.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import cssselect2
import tinycss2
from django.contrib.staticfiles import finders

SVG = "{http://www.w3.org/2000/svg}"
LIGHT = re.compile(r"light-dark\(((?:[^(),]|\([^()]*\))+),(?:[^()]|\([^()]*\))+\)")
VARIABLE = re.compile(r"var\(\s*(--[\w-]+)\s*(?:,\s*((?:[^()]|\([^()]*\))*))?\)")
FONT = re.compile(r"^(?P<weight>\S+)\s+(?P<size>[\d.]+px)\s+(?P<family>.+)$")
WIDEST = 660.0  # px: what fits between the margins of A4
DEEPEST = 8  # variables in variables

Properties = dict[str, str]


class PrinterMissingError(Exception):
    """The machine has no Pango."""


def fetch_nothing(url: str, *_args: Any, **_options: Any) -> Any:
    """Refuse every address, a file's as one in the network: a report holds all that it shows."""
    raise ValueError(f"A PDF loads nothing: {url[:100]}")


def pdf_of(html: str, *, sheets: Sequence[str]) -> bytes:
    """Return a whole HTML document as a tagged PDF; `sheets`: static style sheets, as `css/report.css`."""
    weasyprint = load_weasyprint()
    text = [in_light(_read(sheet)) for sheet in sheets]
    document = weasyprint.HTML(string=html, url_fetcher=fetch_nothing)
    style_drawings(document.wrapper_element, text)
    styles = [weasyprint.CSS(string=each) for each in text]
    pdf: bytes = document.write_pdf(stylesheets=styles, pdf_variant="pdf/ua-1")
    return pdf


def load_weasyprint() -> Any:
    """Raise PrinterMissingError where the libraries that it draws text with are not there."""
    try:
        import weasyprint  # noqa: PLC0415 - it takes a second and more to load, and only who makes a report needs it
    except OSError as error:
        raise PrinterMissingError from error
    return weasyprint


def _read(sheet: str) -> str:
    found = finders.find(sheet)
    if found is None:
        raise ValueError(f"There is no style sheet {sheet}.")
    return Path(str(found)).read_text(encoding="utf-8")


def in_light(css: str) -> str:
    return LIGHT.sub(r"\1", css)


# ---- Drawings


def style_drawings(root: Any, sheets: Iterable[str]) -> None:
    """Write onto each element of a drawing what the sheets say about it."""
    matcher = matcher_of(sheets)
    seen: dict[Any, Properties] = {}
    for wrapper in root.iter_subtree():
        element = wrapper.etree_element
        if not isinstance(element.tag, str):
            continue  # a comment
        own = _declared(matcher, wrapper)
        inherited = seen.get(wrapper.parent.etree_element, {}) if wrapper.parent is not None else {}
        variables = inherited | {name: value for name, value in own.items() if name.startswith("--")}
        seen[element] = variables
        if element.tag.startswith(SVG):
            drawn = [*_drawn(own, variables), *(_size(element) if element.tag == f"{SVG}svg" else ())]
            element.set("style", "; ".join(f"{name}: {value}" for name, value in drawn))


def _size(svg: Any) -> Iterator[tuple[str, str]]:
    """Yield the size of a drawing in px: without it WeasyPrint makes a square of one whose height follows its width."""
    width, height = (float(svg.get(name) or 0) for name in ("width", "height"))
    shrunk = min(1.0, WIDEST / width) if width else 1.0
    yield "width", f"{width * shrunk:g}px"
    yield "height", f"{height * shrunk:g}px"


def matcher_of(sheets: Iterable[str]) -> cssselect2.Matcher:
    """Return what tells which rules hold for an element; rules for other media, and for a mouse, are left out."""
    matcher = cssselect2.Matcher()
    for sheet in sheets:
        for rule in tinycss2.parse_stylesheet(sheet, skip_comments=True, skip_whitespace=True):
            if rule.type != "qualified-rule":
                continue
            declarations = declarations_in(rule.content)
            for selector in _selectors(rule):
                matcher.add_selector(selector, declarations)
    return matcher


def declarations_in(content: Any) -> Properties:
    found = tinycss2.parse_blocks_contents(content, skip_comments=True, skip_whitespace=True)
    return {each.name: tinycss2.serialize(each.value).strip() for each in found if each.type == "declaration"}


def _selectors(rule: Any) -> list[Any]:
    try:
        return [each for each in cssselect2.compile_selector_list(rule.prelude) if each.pseudo_element is None]
    except cssselect2.SelectorError:
        return []


def _declared(matcher: cssselect2.Matcher, wrapper: Any) -> Properties:
    found: Properties = {}
    for *_order, declarations in sorted(matcher.match(wrapper), key=lambda match: match[:2]):
        found |= declarations
    return found


def _drawn(own: Properties, variables: Properties) -> Iterator[tuple[str, str]]:
    for name, value in own.items():
        if name.startswith("--"):
            continue
        resolved = resolve(value, variables)
        if resolved is None:
            continue
        if name == "font" and (parts := FONT.match(resolved)):
            yield from (
                ("font-weight", parts["weight"]),
                ("font-size", parts["size"]),
                ("font-family", parts["family"]),
            )
        else:
            yield name, resolved


def resolve(value: str, variables: Mapping[str, str]) -> str | None:
    """Return a value without variables, or None where one is not set: then the declaration does not hold."""
    for _ in range(DEEPEST):
        found = VARIABLE.search(value)
        if found is None:
            return value
        replacement: str | None = variables.get(found[1]) or found[2]
        if replacement is None:
            break
        value = value[: found.start()] + replacement.strip() + value[found.end() :]
    return None
