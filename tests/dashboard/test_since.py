"""What changed since a kept day, and what internal customers say beside the others."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from customers.models import Lifecycle
from dashboard.since import ends_before, since_day, since_words
from dashboard.trend_panel import trend_of
from gap_scores.models import Snapshot
from gap_scores.selectors import read_board, read_function
from gap_scores.snapshots import keep_snapshot
from scoring.changes import Change
from tests.conftest import NOON
from tests.dashboard.program import SmallProgram, felt_answer, hear, recompute, small_program
from tests.dashboard.test_pages import signed_in, text_of
from tests.factories.customers import ContactFactory, CustomerFactory
from web.templatetags.show import spoken_day

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]
ENDED = date(2026, 2, 28)


@pytest.fixture
def program() -> SmallProgram:
    return small_program()


def keep_end(**gaps: list[float | None]) -> Snapshot:
    """Keep a month end whose functions had these gaps."""
    kept = keep_snapshot(as_of=ENDED, title="Month end", reason=Snapshot.Reason.MONTH_END, now=NOON)
    Snapshot.objects.filter(pk=kept.pk).update(functions=gaps, overall=26.0, overall_lo=20.0, overall_hi=40.0)
    return kept


def test_a_signal_comes_first_and_chance_is_called_chance(program: SmallProgram) -> None:
    board = read_board()
    supplies = board.function(program.supplies.pk)
    keep_end(**{
        str(program.support.pk): [40.0, 20.0, 60.0, 8.0],
        str(program.supplies.pk): [supplies.own_hi + 20, supplies.own_hi + 10, supplies.own_hi + 30, 8.0],
    })  # fmt: skip

    since = since_day(board, ends_before(board, None), None)

    assert since.as_of == ENDED
    assert [(each.name, each.change) for each in since.moved] == [
        ("Supplies", Change.BETTER), ("Support", Change.NO_SIGNAL), ("Overall gap", Change.NO_SIGNAL),
    ]  # fmt: skip
    assert since.new == ()
    page = text_of(signed_in("viewer"), "/")
    assert "What changed since 28 Feb 2026? One signal: one for the better." in page
    assert "Overall gap, no signal: 26 (20 to 40), now 25" in page
    assert "One dot compared without a signal." in page


def test_a_dot_says_its_own_change(program: SmallProgram) -> None:
    keep_end(**{str(program.support.pk): [40.0, 20.0, 60.0, 8.0]})

    page = text_of(signed_in("viewer"), f"/functions/{program.support.pk}/")
    assert "Change since 28 Feb 2026 no signal 40 (20 to 60) on 28 Feb 2026" in page
    page = text_of(signed_in("viewer"), f"/functions/{program.supplies.pk}/")
    assert "not known it had no gap on 28 Feb 2026" in page


def test_of_few_people_the_interval_stands_alone(program: SmallProgram) -> None:
    board = read_board()
    few = replace(board, functions=[replace(each, n_eff=4.0) for each in board.functions])
    few = replace(few, overall=replace(board.overall, n_eff=4.9))
    keep_end(**{str(program.support.pk): [90.0, 80.0, 95.0, 4.0]})

    once, since = (since_day(each, ends_before(each, None), None) for each in (board, few))

    assert once.of_function(program.support.pk).from_to.startswith("80 to 95, now 38 (")
    assert since_words(once.of_function(program.support.pk), once)[1] == f"80 to 95 on {spoken_day(ENDED)}"
    whole, now = board.overall, since.of_function(program.support.pk).now
    assert since.of_function(program.support.pk).from_to == f"80 to 95, now {now.lo:.0f} to {now.hi:.0f}"
    assert since.of_function(None).from_to == f"20 to 40, now {whole.lo:.0f} to {whole.hi:.0f}"
    assert [spot.few for spot in trend_of(few, ends_before(few, None)).spots] == [True, True]


def test_without_a_kept_day_the_page_says_so(program: SmallProgram) -> None:
    assert "No day before this one was kept" in text_of(signed_in("viewer"), "/")
    assert "not known no day was kept before" in text_of(signed_in("viewer"), f"/functions/{program.support.pk}/")


def test_a_day_that_the_address_names_is_compared_with_the_newest_kept_one_before_it(program: SmallProgram) -> None:
    keep_end(**{str(program.support.pk): [40.0, 20.0, 60.0, 8.0]})
    early = keep_end(**{str(program.support.pk): [99.0, 97.0, 100.0, 8.0]})
    Snapshot.objects.filter(pk=early.pk).update(as_of=date(2025, 12, 31))
    viewer = signed_in("viewer")

    page = text_of(viewer, "/?since=2026-02-27")
    assert "What changed since 31 Dec 2025? One signal: one for the better." in page
    assert "Eight" not in page
    assert "8 current customers heard since then" in page
    # 90 days back where the address names none, and the last review before that.
    assert "What changed since 28 Feb 2026?" not in text_of(viewer, "/")
    Snapshot.objects.filter(as_of=ENDED).update(reason=Snapshot.Reason.REVIEW)
    assert "What changed since the review of 28 Feb 2026? No signal" in text_of(viewer, "/?since=gestern")


def test_only_the_newest_days_are_read_and_always_the_one_that_is_compared_with(program: SmallProgram) -> None:
    last = keep_end(**{str(program.support.pk): [40.0, 20.0, 60.0, 8.0]})
    last.refresh_from_db()
    fields = {field.attname: getattr(last, field.attname) for field in Snapshot._meta.concrete_fields}
    days = [date(2026, 1, 1) + timedelta(days=number) for number in range(26)]
    Snapshot.objects.bulk_create(Snapshot(**{**fields, "id": None, "as_of": day}) for day in days)
    Snapshot.objects.bulk_create([Snapshot(**{**fields, "id": None, "as_of": days[0], "reason": "review"})])
    Snapshot.objects.bulk_create([Snapshot(**{**fields, "id": None, "as_of": days[0]})])
    board = read_board()

    ends = ends_before(board, None)
    since = since_day(board, ends, None)

    assert [end.as_of for end in ends] == [days[0], *days[3:], ENDED]
    assert (since.as_of, since.is_review, since.days[-1]) == (days[0], True, days[0])
    assert trend_of(board, ends).spots[0].day == days[4]


def test_another_scope_is_not_compared_with_current_customers(program: SmallProgram) -> None:
    keep_end(**{str(program.support.pk): [40.0, 20.0, 60.0, 8.0]})

    assert "What changed since" not in text_of(signed_in("viewer"), "/?lifecycle=past")


def test_a_snapshot_keeps_the_gaps_of_its_functions(program: SmallProgram) -> None:
    kept = keep_snapshot(as_of=NOON.date(), title="Today", now=NOON)

    row = read_board().function(program.support.pk)
    assert kept.functions[str(program.support.pk)] == [row.own, row.own_lo, row.own_hi, row.n_eff]
    assert kept.functions[str(program.case_studies.pk)] == [None] * 4


def test_internal_customers_are_a_second_line_that_moves_nothing(program: SmallProgram) -> None:
    before = read_function(function_id=program.support.pk)
    colleague = CustomerFactory(name="Assembly", lifecycle=Lifecycle.INTERNAL, function=program.supplies)
    answers = [felt_answer(program.hotline, program.product, program.scale, felt=False)]
    hear(ContactFactory(customer=colleague), answers)
    recompute()

    after = read_function(function_id=program.support.pk)

    assert before.internal is None
    assert after.internal.gap == 100.0
    assert after.internal.n_eff == pytest.approx(1.0, abs=1e-5)
    assert (after.row.own, after.row.points) == (before.row.own, before.row.points)
    page = text_of(signed_in("viewer"), f"/functions/{program.support.pk}/")
    assert f"internal customers: {after.internal.lo:.0f} to 100, n_eff 1" in page
