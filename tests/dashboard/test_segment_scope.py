"""A segment in the address: one scope for boards, lists, files and the API, and nothing of too few people, by whatever
subtraction."""

import csv
from collections.abc import Sequence
from io import StringIO
from urllib.parse import urlencode

import pytest

from gap_scores.board import Scope
from gap_scores.selectors import read_board
from gap_scores.snapshots import keep_snapshot
from requirements_catalog.models import Requirement
from tests.api.callers import caller
from tests.conftest import NOON
from tests.dashboard.program import TODAY, SmallProgram, felt_answer, hear, recompute, requirement, small_program
from tests.dashboard.test_pages import signed_in, text_of
from tests.factories.customers import ContactFactory, CustomerFactory
from tests.factories.requirements_catalog import ProductFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]
ASIA, QUERY = "asia-pacific", "?segment=region:asia-pacific"


@pytest.fixture
def program() -> SmallProgram:
    return small_program()


def hear_from(region: str, customers: int, program: SmallProgram, about: Sequence[Requirement]) -> None:
    """Hear customers of a region, all badly served."""
    for _ in range(customers):
        contact = ContactFactory(customer=CustomerFactory(region=region))
        hear(contact, [felt_answer(each, program.product, program.scale, felt=False) for each in about])
    recompute()


def test_a_segment_has_the_same_numbers_on_boards_in_files_in_the_api_and_as_it_was_kept(program: SmallProgram) -> None:
    hear_from(ASIA, 6, program, [program.parts, program.hotline])
    specialist, viewer = signed_in("specialist"), signed_in("viewer")
    board = read_board(scope=Scope(dimension="region", value=ASIA))

    page = viewer.get(f"/{QUERY}").content.decode()
    assert 'aria-current="true">Asia-Pacific</a>' in page
    assert f'href="/functions/{program.supplies.pk}/{QUERY}"' in page
    assert f'href="/requirements/{QUERY}"' in page
    assert 'href="?lifecycle=past&amp;segment=region:asia-pacific"' in page
    assert "answers of current customers, Asia-Pacific" in text_of(viewer, f"/{QUERY}")
    assert "Your gap is" not in page
    assert "Its gap is 100." in text_of(viewer, f"/functions/{program.supplies.pk}/{QUERY}")
    assert "6 customers" in text_of(specialist, f"/requirements/{program.parts.pk}/{QUERY}")
    for client in (viewer, specialist):
        rows = list(
            csv.DictReader(StringIO(client.get(f"/requirements/{QUERY}&format=csv").getvalue().decode("utf-8-sig")))
        )
        assert {row["statement"]: row["points"] for row in rows}[program.parts.statement] != ""
    for role in ("viewer", "specialist"):
        body = caller(role).get(f"/api/v1/circle/{QUERY}").json()
        assert body["scope"] == {"lifecycle": "current", "product": None, "segment": f"region:{ASIA}"}
        assert body["overall"]["gap"] == board.overall.gap
        assert [row["own"] for row in body["functions"]] == [row.own for row in board.functions]
    keep_snapshot(as_of=TODAY, title="today", now=NOON)
    then = read_board(scope=Scope(dimension="region", value=ASIA, as_of=TODAY))
    assert (then.overall, then.functions, then.links) == (board.overall, board.functions, board.links)
    assert [row.score for row in then.requirements] == [row.score for row in board.requirements]
    assert "as it was kept" in text_of(viewer, f"/{QUERY}&as_of={TODAY}")


def test_a_segment_of_few_people_and_the_one_that_would_tell_of_it_are_for_specialists(program: SmallProgram) -> None:
    hear_from(ASIA, 2, program, [program.parts])
    keep_snapshot(as_of=TODAY, title="today", now=NOON)
    viewer, specialist = signed_in("viewer"), signed_in("specialist")
    head, deputy = signed_in("head", function=program.supplies), caller("deputy", program.supplies)
    others = "?segment=region:unknown"
    assert "Too few customers of this segment" in text_of(viewer, f"/{QUERY}&as_of={TODAY}")

    for query in (QUERY, others):
        page = text_of(viewer, f"/{query}")
        assert "Too few customers of this segment were heard to show its numbers" in page
        assert "Which dot breaks the circle?" not in page
        for address in (
            "requirements/",
            "functions/",
            "house/",
            f"functions/{program.supplies.pk}/",
            f"requirements/{program.parts.pk}/",
        ):
            answer = head.get(f"/{address}{query}").content.decode()
            assert "Too few customers of this segment" in answer, address
            assert "gap-value" not in answer, address
        for address in ("circle", "requirement-scores", "function-scores", f"requirement-scores/{program.parts.pk}"):
            answer = deputy.get(f"/api/v1/{address}/{query}")
            assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "too_few"), address
            assert caller("specialist").get(f"/api/v1/{address}/{query}").status_code == 200
    assert "The overall gap lies between 34 and 100" in text_of(specialist, f"/{QUERY}")


def test_a_function_of_few_people_in_a_segment_is_not_told_by_the_others(program: SmallProgram) -> None:
    stories = requirement("Stories are right", program.case_studies, program.product)
    hear_from(ASIA, 7, program, [program.parts, stories])
    hear_from(ASIA, 2, program, [program.hotline])
    access = signed_in("viewer")
    scope = Scope(dimension="region", value=ASIA)
    whole = read_board(scope=scope)

    page = text_of(access, f"/{QUERY}")
    # Support is of two customers; the overall gap less what is shown would be its own, so one more is not shown.
    assert "Support and Supplies have too few customers of this segment to show; what they pass on is left out." in page
    own = text_of(access, f"/functions/{program.support.pk}/{QUERY}")
    assert "Too few customers of this segment were heard about Support to show it." in own
    assert "1 more with too few customers to show" in own
    body = caller("viewer").get(f"/api/v1/function-scores/{QUERY}").json()
    told = {row["name"]: (row["own"], row["points"], row["transmitted"], row["too_few"]) for row in body["results"]}
    assert told["Support"] == (None, None, None, True)
    assert told["Supplies"] == (None, None, None, True)
    assert told["Case studies"][3] is False
    assert told["Case studies"][0] == whole.function(program.case_studies.pk).own
    explained = caller("viewer").get(f"/api/v1/function-scores/{program.support.pk}/explain/{QUERY}").json()
    assert explained["too_few"] == {"requirements": 1, "points": None}
    rows = caller("viewer").get(f"/api/v1/requirement-scores/{QUERY}").json()
    assert [row["id"] for row in rows["results"] if row["points"] is not None] == [stories.pk]
    assert rows["too_few"]["requirements"] == 2


def test_below_specialists_a_segment_is_of_current_customers_on_all_products(program: SmallProgram) -> None:
    ProductFactory(name="Press B")
    hear_from(ASIA, 6, program, [program.parts])
    viewer, both = signed_in("viewer"), f"?product={program.product.pk}&segment=region:asia-pacific"

    page = text_of(viewer, f"/{both}")
    assert "are for program specialists, because the two could tell what very few people said" in page
    assert "Show all segments, or current customers on all products in Asia-Pacific." in page
    assert caller("viewer").get(f"/api/v1/circle/{both}").status_code == 400
    scope = Scope(product=program.product.pk, dimension="region", value=ASIA)
    body = caller("specialist").get(f"/api/v1/circle/{both}").json()
    assert body["overall"]["gap"] == read_board(scope=scope).overall.gap == 100
    assert "Which dot breaks the circle?" in text_of(signed_in("specialist"), f"/{both}")


def test_below_specialists_segments_are_not_set_side_by_side_for_one_product_or_other_customers(
    program: SmallProgram,
) -> None:
    ProductFactory(name="Press B")
    hear_from(ASIA, 6, program, [program.parts])
    said = "Segments are shown of current customers on all products"

    for page in ("/", f"/functions/{program.supplies.pk}/"):
        for scope in (f"?product={program.product.pk}&by=region", "?lifecycle=all&by=region"):
            panels = [
                signed_in(role).get(f"{page}{scope}").content.decode().split('id="segments"')[1].split("</section>")[0]
                for role in ("viewer", "specialist")
            ]
            assert (said in panels[0], "Asia-Pacific" in panels[0]) == (True, False)
            assert (said in panels[1], "Asia-Pacific" in panels[1]) == (False, True)


def test_a_segment_that_is_not_there_or_not_heard_says_the_way_out(program: SmallProgram) -> None:
    CustomerFactory(region="africa")
    specialist = signed_in("specialist")

    for named in ("region:atlantis", "region", "planet:mars", "region:", "a" * 300, "size_band:\x00"):
        page = text_of(specialist, f"/?{urlencode({'segment': named})}")
        assert "this is all segments together. Choose one above, under Segment." in page, named
        answer = caller("specialist").get("/api/v1/circle/", {"segment": named})
        assert answer.status_code == 400, named
    silent = text_of(specialist, "/?segment=region:africa")
    assert "Nobody was heard among current customers, Africa. Show all segments." in silent
    assert "Nobody of this segment was heard yet, so no gap is known." in silent
    assert caller("specialist").get("/api/v1/circle/?segment=region:africa").json()["overall"] is None
    # A plus that was not written as %2B.
    assert "Segment 250+ employees" in text_of(specialist, "/?segment=size_band:250+")
    assert "Segment size not known" in text_of(specialist, "/?segment=size_band:unknown")


def test_a_page_that_shows_all_segments_says_so_and_its_links_keep_the_segment(program: SmallProgram) -> None:
    hear_from(ASIA, 6, program, [program.parts])
    specialist = signed_in("specialist")

    answer = specialist.get(f"/views/importance/{QUERY}").content.decode()

    assert "This page shows all segments together, not Asia-Pacific alone" in answer
    assert f'href="/requirements/{program.parts.pk}/{QUERY}"' in answer
    assert caller("specialist").get(f"/api/v1/importance-performance/{QUERY}").status_code == 400
