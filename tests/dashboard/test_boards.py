"""The boards: where the circle gives way next, who is worse served, what was left alone, and the day they show."""

from datetime import timedelta
from decimal import Decimal

import pytest

from functions.models import Function
from gap_scores.board import Scope
from gap_scores.models import Snapshot
from gap_scores.segmenting import WHOLE
from gap_scores.selectors import read_board, read_segments
from gap_scores.snapshots import keep_snapshot
from tests.conftest import NOON
from tests.dashboard.program import TODAY, SmallProgram, felt_answer, hear, recompute, small_program
from tests.dashboard.test_pages import signed_in, text_of
from tests.factories.actions import ActionFactory
from tests.factories.customers import ContactFactory, CustomerFactory
from tests.factories.functions import SupplyLinkFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


@pytest.fixture
def program() -> SmallProgram:
    return small_program()


def hear_abroad(program: SmallProgram, customers: int) -> None:
    """Hear customers in Asia-Pacific, all badly served with parts."""
    for _ in range(customers):
        contact = ContactFactory(customer=CustomerFactory(region="asia-pacific"))
        hear(contact, [felt_answer(program.parts, program.product, program.scale, felt=False)])
    recompute()


def test_the_board_says_where_a_gap_reaches_customers_and_where_it_would_next(program: SmallProgram) -> None:
    SupplyLinkFactory(supplier=program.supplies, supplied=program.case_studies, strength=Decimal("0.5"))
    recompute()

    page = text_of(signed_in("viewer"), "/")
    assert "Where would the circle give way next? Support reaches customers through Supplies, and one more way." in page
    assert "Support → Supplies Reaches customers: it is the largest gap that reaches customers there. 28 (" in page
    # Only what arrives at a function that faces customers counts, where there is one.
    Function.objects.filter(pk=program.case_studies.pk).update(is_customer_facing=True)
    recompute()
    page = text_of(signed_in("viewer"), "/")
    assert "Support reaches customers through Case studies." in page
    assert "Support → Supplies" not in page


def test_segments_stand_side_by_side_and_few_people_are_too_few_to_show(program: SmallProgram) -> None:
    hear_abroad(program, 2)
    specialist, viewer = signed_in("specialist"), signed_in("viewer")

    page = text_of(specialist, f"/functions/{program.supplies.pk}/")
    assert "Who is worse served? Too few segments with enough customers to compare." in page
    # Of two effective customers the interval alone.
    assert "Asia-Pacific 34 to 100" in page
    # One hidden alone would be told by the whole, so the other is left out, too.
    page = text_of(viewer, f"/functions/{program.supplies.pk}/")
    assert "2 more too few to show" in page
    assert "Asia-Pacific" not in page.partition("Who is worse served?")[2]
    hear_abroad(program, 4)
    page = text_of(viewer, f"/functions/{program.supplies.pk}/")
    assert "Asia-Pacific is worse served than not known." in page
    assert "by region by industry by size" in page
    assert "not known" in text_of(viewer, f"/functions/{program.supplies.pk}/?by=size_band")


def test_a_segment_has_the_gap_that_its_own_scope_has(program: SmallProgram) -> None:
    hear_abroad(program, 3)
    keep_snapshot(as_of=TODAY, title="today", now=NOON)

    for scope in (Scope(), Scope(product=program.product.pk), Scope(lifecycle="")):
        for segment in read_segments(board=read_board(scope=scope), dimension="region"):
            board = read_board(scope=Scope(scope.lifecycle, scope.product, "region", segment.value))
            assert segment.gaps[WHOLE] == board.overall
            assert segment.gaps[program.supplies.pk].gap == board.function(program.supplies.pk).own
    then, now = (read_board(scope=scope) for scope in (Scope(as_of=TODAY), Scope()))
    assert read_segments(board=then, dimension="region") == read_segments(board=now, dimension="region")


def test_clocks_say_what_was_left_alone(program: SmallProgram) -> None:
    page = text_of(signed_in("viewer"), "/")
    assert "What was left alone? Three functions of 3 left alone; Case studies" in page
    # What moves is an action about it, at once and without a run.
    ActionFactory(about=[program.repairs], function=program.support)
    page = text_of(signed_in("viewer"), "/")
    assert (
        "What was left alone? Two functions of 3 left alone; Case studies: not asked about and measured in time."
        in page
    )
    own = signed_in("head", function=program.support)
    page = text_of(own, f"/functions/{program.support.pk}/")
    assert "What was left alone? One requirement of 2 left alone" in page
    # What a viewer may not open is not told.
    assert "left alone?" in text_of(signed_in("viewer"), f"/functions/{program.support.pk}/")


def test_a_trend_says_a_change_only_where_it_is_a_signal(program: SmallProgram) -> None:
    for days, gap in ((60, [90.0, 80.0, 95.0, 8.0]), (30, [85.0, 75.0, 92.0, 8.0])):
        kept = keep_snapshot(as_of=TODAY - timedelta(days=days), title="End", reason="month_end", now=NOON)
        Snapshot.objects.filter(pk=kept.pk).update(functions={str(program.support.pk): gap}, overall=None)

    page = text_of(signed_in("viewer"), f"/functions/{program.support.pk}/")
    assert "Is it getting better? Better on 16 Mar 2026 than on 15 Jan 2026." in page
    assert "14 Feb 2026 85, 75 to 92 no signal 15 Jan 2026 90, 80 to 95 no signal" in page
    assert "Is it getting better?" not in text_of(
        signed_in("viewer"), f"/functions/{program.support.pk}/?lifecycle=past"
    )


def test_a_house_of_responsibilities_shows_the_kept_day_and_a_page_of_today_says_that_it_is(
    program: SmallProgram,
) -> None:
    keep_snapshot(as_of=TODAY, title="today", now=NOON)
    hear_abroad(program, 8)
    specialist, query = signed_in("specialist"), f"?as_of={TODAY}"

    then = text_of(specialist, f"/house/{query}")
    assert "Points and gaps are those of 16 Mar 2026 as they were kept; who serves what is today's." in then
    assert "data-house-undo" not in specialist.get(f"/house/{query}").content.decode()
    assert f'href="/requirements/{program.repairs.pk}/{query}"' in specialist.get(f"/house/{query}").content.decode()
    assert "This is today, not 16 Mar 2026." in text_of(specialist, f"/house/metrics/{query}")
    assert "This is today, not 16 Mar 2026." in text_of(specialist, f"/metrics/{program.metric.pk}/{query}")
