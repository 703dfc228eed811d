"""Every page that can be reached, in a real browser: readable for everybody, nothing over another, nothing sideways."""

import re
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Error, Page

pytestmark = [pytest.mark.journey, pytest.mark.timeout(900)]

SERIOUS = {"serious", "critical"}
# Other people's pages, kept as their packages bring them.
NOT_OURS = re.compile(r"^/(admin|api/docs|static)/")
LEAVES = re.compile(r"/accounts/logout/")
WIDTHS = (390, 1440)  # the wide one last: links are followed from it
# axe's rule about what scrolls in itself.
BY_WIDTH = ["scrollable-region-focusable"]

# Text of a figure that lies over another text of it, or outside of it; text of a page that is cut off.
FAULTS_IN_FIGURES = """() => {
  const faults = [];
  const seen = (box) => box.width > 0 && box.height > 0;
  for (const svg of document.querySelectorAll('svg')) {
    const frame = svg.getBoundingClientRect();
    if (!seen(frame)) continue;
    const texts = [...svg.querySelectorAll('text')]
      .filter((text) => text.textContent.trim() && getComputedStyle(text).visibility !== 'hidden')
      .map((text) => [text.textContent.trim(), text.getBoundingClientRect()])
      .filter(([, box]) => seen(box));
    for (const [words, box] of texts) {
      if (box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 1
          || box.bottom > frame.bottom + 1) faults.push(`'${words}' leaves its figure`);
    }
    texts.forEach(([words, box], at) => texts.slice(at + 1).forEach(([others, other]) => {
      const wide = Math.min(box.right, other.right) - Math.max(box.left, other.left);
      const high = Math.min(box.bottom, other.bottom) - Math.max(box.top, other.top);
      if (wide > 1 && high > 3) faults.push(`'${words}' lies over '${others}'`);
    }));
  }
  return faults;
}"""

# The menu is read from where one is; narrow, it is a drawer.
IS_LOST = """() => {
  const here = document.querySelector('#side [aria-current]');
  const box = here?.getBoundingClientRect();
  return box !== undefined && (box.top < 0 || box.bottom > innerHeight);
}"""


def route_of(path: str) -> str:
    return re.sub(r"\d+", "1", path.split("?", maxsplit=1)[0])


def links_on(page: Page, site_url: str) -> list[str]:
    found = page.eval_on_selector_all(
        "a[href]", 'links => links.map(link => new URL(link.getAttribute("href"), location).href)'
    )
    return [link.removeprefix(site_url).split("#")[0] for link in found if link.startswith(site_url)]


def walk(page: Page, site_url: str) -> Iterator[str]:
    """Open one page per route, found by following links from the circle; yield the route of each while it is open."""
    seen: set[str] = set()
    waiting = ["/"]
    while waiting:
        path = waiting.pop(0)
        route = route_of(path)
        if route in seen or NOT_OURS.match(path) or LEAVES.search(path) or "format=" in path or "export" in path:
            continue
        if not is_page(page, site_url + path):
            continue
        seen.add(route)
        waiting += links_on(page, site_url)
        yield route


def is_page(page: Page, url: str) -> bool:
    """Open an address; what a browser would save instead of showing is no page."""
    try:
        answer = page.goto(url)
    except Error as error:
        if "Download is starting" in str(error):
            return False
        raise
    return answer is not None and "text/html" in answer.headers.get("content-type", "")


def make_token(page: Page, site_url: str, name: str) -> None:
    """Leave a token with a name that nothing breaks, so that its pages are walked, too."""
    page.goto(f"{site_url}/settings/tokens/new/")
    page.get_by_label("Name", exact=False).first.fill(name)
    page.get_by_label("Read scores").check()
    page.get_by_role("button", name="Make the token").click()


def faults_at(page: Page, width: int) -> Iterator[str]:
    """What is said and its colours are looked at in one width, in which they are as in the other; layout is not."""
    page.set_viewport_size({"width": width, "height": 900})
    yield from page.evaluate(FAULTS_IN_FIGURES)
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if overflow > 0:
        yield f"scrolls sideways by {overflow} px"
    if width == max(WIDTHS) and page.evaluate(IS_LOST):
        yield "the menu does not show where one is"
    yield from unreadable(page, {} if width == max(WIDTHS) else {"runOnly": BY_WIDTH})


def faults_in_the_dark(page: Page) -> Iterator[str]:
    page.emulate_media(color_scheme="dark")
    yield from unreadable(page, {"runOnly": ["color-contrast"]})
    page.emulate_media(color_scheme="light")


def unreadable(page: Page, options: dict[str, object]) -> list[str]:
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    report = page.evaluate("options => axe.run(options)", {"resultTypes": ["violations"], **options})
    return [
        f"axe {each['id']}: {each['nodes'][0]['target']} {each['nodes'][0]['failureSummary']}"
        for each in report["violations"]
        if each["impact"] in SERIOUS
    ]


def test_every_page_is_readable(site, sign_in: Callable[..., Page]):
    page = sign_in("administrator")
    make_token(page, site.url, "nightly_export_of_every_measurement")

    wrong: dict[str, list[str]] = {}
    for route in walk(page, site.url):
        wrong |= {f"{route} at {width}": list(faults_at(page, width)) for width in WIDTHS}
        wrong[f"{route} in the dark"] = list(faults_in_the_dark(page))

    assert len(wrong) > 25 * 3
    assert {place: faults for place, faults in wrong.items() if faults} == {}
