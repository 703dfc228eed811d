"""What the strict content security policy and the plain pages ask of every template."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import get_template

TEMPLATES = Path(settings.BASE_DIR) / "templates"
PAGES = sorted(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html"))
INLINE = {
    "a style attribute": re.compile(r"<[^>]*\sstyle\s*=", re.IGNORECASE),
    "a style element": re.compile(r"<style\b", re.IGNORECASE),
    # A data block is never run, so the policy has nothing against it: allauth's script reads its settings from one.
    "a script in the page": re.compile(r"""<script\b(?![^>]*\bsrc=)(?!\s+type="application/json")""", re.IGNORECASE),
    "a handler in an attribute": re.compile(r"<[^>]*\son[a-z]+\s*=", re.IGNORECASE),
    "an address that is a script": re.compile(r"javascript:", re.IGNORECASE),
    "htmx that evaluates text": re.compile(r"hx-on[:-]|hx-vals=['\"]js:|hx-headers=['\"]js:", re.IGNORECASE),
}


@pytest.mark.parametrize("page", PAGES)
def test_no_template_carries_what_the_policy_refuses(page):
    text = (TEMPLATES / page).read_text()

    assert [name for name, pattern in INLINE.items() if pattern.search(text)] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_template_can_be_read(page):
    assert get_template(page)


@pytest.mark.parametrize("page", [page for page in PAGES if re.match(r"components/[^/]+\.html$", page)])
def test_every_component_opens_with_a_comment_that_names_its_variables(page):
    lines = (TEMPLATES / page).read_text().splitlines()[:3]

    assert any(line.strip().startswith("{#") for line in lines)


@pytest.mark.parametrize(
    "page", ["400.html", "403.html", "403_csrf.html", "404.html", "500.html", "503.html", "507.html"]
)
def test_an_error_page_needs_no_context_and_offers_a_way_out(page):
    html = get_template(page).render()

    assert 'href="/' in html
    assert '<html lang="en">' in html


def test_icons_that_templates_ask_for_are_drawn():
    drawn = set(re.findall(r'<symbol id="([\w-]+)"', (TEMPLATES.parent / "static" / "icons.svg").read_text()))
    asked = {name for page in PAGES for name in re.findall(r'{% icon "([\w-]+)" %}', (TEMPLATES / page).read_text())}

    assert asked - drawn == set()
