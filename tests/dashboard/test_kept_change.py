"""The page that says what the change between two kept days is made of."""

from datetime import timedelta

import pytest
from django.urls import reverse

from gap_scores import splitting
from gap_scores.last_used import LastUsed
from gap_scores.models import KeptSplit, Snapshot
from gap_scores.snapshots import keep_snapshot
from jobs.models import Job
from jobs.running import run_job
from tests.api.callers import with_token
from tests.conftest import NOON
from tests.dashboard.program import TODAY, SmallProgram, felt_answer, hear, recompute, small_program, somebody
from tests.dashboard.test_pages import signed_in, text_of
from tests.factories.customers import ContactFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon"), pytest.mark.once]
LATER = TODAY + timedelta(days=40)
PAGE = f"/kept/changes/?then={TODAY}&now={LATER}"


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch) -> SmallProgram:
    """A program of which two days are kept; between them eight contacts of one customer said that nothing is felt."""
    # Two tests keep the same to the last byte.
    monkeypatch.setattr(splitting, "_last", LastUsed(1))
    program = small_program()
    keep_snapshot(as_of=TODAY, title="then", now=NOON)
    for _ in range(8):
        hear(ContactFactory(customer=program.customers[0]), [
            felt_answer(program.parts, program.product, program.scale, felt=False)])  # fmt: skip
    recompute()
    keep_snapshot(as_of=LATER, title="now", now=NOON)
    return program


def test_a_change_is_told_with_its_parts_on_the_page_and_in_the_api(program: SmallProgram) -> None:
    """Eight voices of one customer weigh as one."""
    specialist, viewer = signed_in("specialist"), signed_in("viewer")
    then, now = (each.pk for each in Snapshot.objects.order_by("as_of"))
    machine = with_token(somebody("specialist"))
    told = machine.get(f"/api/v1/snapshots/{now}/change/?then={then}").json()
    assert machine.get(f"/api/v1/snapshots/{now}/change/").json() == told
    assert machine.get(f"/api/v1/snapshots/{then}/change/").status_code == 400

    for client in (specialist, viewer):
        page = text_of(client, PAGE)
        assert "The overall gap went from 25.0 to 28.7, no signal. New interviews moved it most: +3.7" in page
    assert f"{program.parts.reference} +3.7" in text_of(specialist, PAGE)
    assert program.parts.reference not in text_of(viewer, PAGE)
    assert (told["then"]["gap"], told["now"]["gap"]) == (25.0, pytest.approx(28.7036, abs=1e-4))
    assert {each["cause"]: each["points"] for each in told["parts"] if each["points"]} == {
        "interviews": pytest.approx(3.7036, abs=1e-4)
    }


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("?then=2020-01-01", "No scores of 2020-01-01 are kept. Choose two of the kept days."),
        (f"?then={LATER}&now={LATER}", f"{LATER} is not before {LATER}. Choose an earlier day to start from."),
        ("?then=x'%22", "are kept. Choose two of the kept days."),
    ],
)
def test_days_that_cannot_be_compared_are_told_with_the_way_out(program: SmallProgram, query: str, said: str) -> None:
    assert said in text_of(signed_in("viewer"), f"/kept/changes/{query}")


def test_without_two_kept_days_the_page_says_what_it_is_for() -> None:
    small_program()

    assert "Fewer than two days are kept" in text_of(signed_in("viewer"), "/kept/changes/")


def test_a_dot_of_few_voices_tells_its_intervals_alone(program: SmallProgram) -> None:
    Snapshot.objects.update(functions={str(program.support.pk): [40.0, 10.0, 90.0, 3.0]})

    page = text_of(signed_in("specialist"), f"{PAGE}&function={program.support.pk}")

    assert "Too few voices to tell what moved this gap" in page
    assert "only the intervals are told" in page


def test_much_work_is_done_by_a_job_once_and_its_answer_is_kept(
    program: SmallProgram, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(splitting, "MOST_AT_ONCE", 10)
    specialist, days = signed_in("specialist"), {"then": str(TODAY), "now": str(LATER)}
    assert "Have it worked out" in text_of(specialist, PAGE)
    assert "A specialist can have it worked out." in text_of(signed_in("viewer"), PAGE)
    start = reverse("kept_change_start")
    for _ in range(2):
        assert specialist.post(start, days).status_code == 302
    job = Job.objects.get(kind=splitting.KIND)
    assert "It is being worked out" in text_of(specialist, PAGE)

    run_job(job_id=job.pk, now=NOON)

    job.refresh_from_db()
    assert (job.state, job.result["gaps"], KeptSplit.objects.count()) == ("done", len(KeptSplit.objects.get().gaps), 1)
    assert "New interviews moved it most: +3.7" in text_of(specialist, PAGE)
    shown = specialist.get(reverse("settings_job", args=[job.pk])).context["then"]
    assert shown == ("See what changed", reverse("kept_change", query=days))


def test_a_day_that_is_not_kept_starts_no_job(program: SmallProgram) -> None:
    answer = signed_in("specialist").post(reverse("kept_change_start"), {"then": "1999-01-01"}, follow=True)

    assert "No scores of 1999-01-01 are kept." in answer.content.decode()
    assert not Job.objects.exists()
