"""Management reviews: prepared from a kept day, noted, decided, closed once, and the same text ever after."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.personal_data import Erasing
from dashboard.review_sections import SECTIONS
from gap_scores.snapshots import keep_snapshot
from improvements.action_models import Action
from improvements.privacy import erase
from improvements.report_models import Report
from improvements.reports import article_of
from improvements.review_models import Review, ReviewDecision
from improvements.reviews import add_decision, begin_review, close_review, origin_key, write_notes
from jobs.models import Job
from jobs.running import run_job
from tests.conftest import NOON
from tests.dashboard.program import TODAY, SmallProgram, small_program
from tests.dashboard.test_pages import signed_in, text_of
from tests.factories.actions import ActionFactory
from tests.factories.metrics import MeasurementFactory, MetricFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon"), pytest.mark.once]


@pytest.fixture
def program() -> SmallProgram:
    program = small_program()
    keep_snapshot(as_of=TODAY, title="Month end", now=NOON)
    return program


@pytest.fixture
def client() -> Client:
    return signed_in("specialist")


def begun(client: Client, **form: object) -> Review:
    sent = {"as_of": str(TODAY), "held_on": str(TODAY), "title": "March review", "took_part": "Ines Ortega", **form}
    answer = client.post(reverse("review_create"), sent)
    assert answer.status_code == 302, answer.content.decode()[-3000:]
    return Review.objects.latest("pk")


def decided(review: Review, sentence: str = "Answer the hotline until eight", **said: object) -> ReviewDecision:
    return add_decision(review=review, sentence=sentence, kind="improvement", responsible=None, **said)


def closed(review: Review, by_name: str = "Ines") -> Review:
    return close_review(
        review=review, draw=lambda _review: "<p>Frozen</p>", nothing_decided=True, by=None, by_name=by_name, now=NOON
    )


def test_a_review_is_prepared_noted_closed_and_read_by_everybody_as_it_was(
    program: SmallProgram, client: Client
) -> None:
    review = begun(client)
    page = reverse("review_detail", args=[review.pk])
    decided(review)
    prepared = text_of(client, page)
    client.post(page, {"customers": "The hotline is <b>closed</b> too early.\r\nAgain."})

    assert "Support 25.0 38 (7 to 71) 8" in prepared
    assert "This is the first review that is kept." in prepared
    assert signed_in("viewer").get(page).status_code == 404
    client.post(reverse("review_close", args=[review.pk]), {})
    job = Job.objects.get(kind="report")
    run_job(job_id=job.pk, now=NOON)

    report = Report.objects.get(kind="review")
    frozen = article_of(report)
    assert "The hotline is &lt;b&gt;closed&lt;/b&gt; too early.<br>Again." in frozen
    assert frozen.count('<p class="ask">') == len(SECTIONS) + 2
    viewer = signed_in("viewer")
    text = text_of(viewer, page)
    assert "Answer the hotline until eight" in text
    assert "Took part: Ines Ortega" in text
    assert viewer.get(reverse("report_pdf", args=[report.pk])).content.startswith(b"%PDF-")


def test_a_day_that_is_not_kept_or_comes_after_the_meeting_is_refused_with_the_way_out(
    program: SmallProgram, client: Client
) -> None:
    sent = {"as_of": "2026-03-01", "held_on": "2026-03-02", "title": "March review", "took_part": "Ines Ortega"}
    unkept = client.post(reverse("review_create"), sent)
    early = client.post(reverse("review_create"), sent | {"as_of": str(TODAY)})

    assert "Keep it first under Kept days" in unkept.content.decode()
    assert "A review of 16 Mar 2026 is held on that day or after it." in early.content.decode()
    assert "Ines Ortega" in early.content.decode()
    assert not Review.objects.exists()


def test_closing_needs_a_decision_or_that_nothing_was_decided_and_the_day_of_the_meeting(
    program: SmallProgram, client: Client
) -> None:
    review = begun(client)
    later = begun(client, held_on=str(TODAY + timedelta(days=1)))
    silent = client.post(reverse("review_close", args=[review.pk]), {})
    early = client.post(reverse("review_close", args=[later.pk]), {"nothing_decided": "on"})
    client.post(reverse("review_close", args=[review.pk]), {"nothing_decided": "on"})

    assert "No decision is kept." in silent.content.decode()
    assert "It is held on 17 Mar 2026." in early.content.decode()
    assert list(Review.objects.order_by("pk").values_list("state", "nothing_decided")) == [
        ("closed", True), ("open", False),
    ]  # fmt: skip


def test_what_is_closed_never_changes_and_the_second_who_closes_is_told_by_whom(
    program: SmallProgram, client: Client
) -> None:
    review = begun(client)
    decision = decided(review)
    stale = Review.objects.get(pk=review.pk)
    closed(review)

    with pytest.raises(ValidationError, match="Ines closed this review on 16 Mar 2026"):
        closed(stale, by_name="Otto")
    for refused in (
        lambda: write_notes(review=stale, notes={"risks": "Late"}, seen={}),
        lambda: decided(stale, "Another"),
    ):
        with pytest.raises(ValidationError, match="does not change any more"):
            refused()
    for name, pk in (("review_decision_remove", decision.pk), ("review_remove", review.pk)):
        assert client.post(reverse(name, args=[pk])).status_code == 422
    with pytest.raises(IntegrityError), transaction.atomic():
        Review.objects.filter(pk=review.pk).update(state="open")
    assert Review.objects.get().decisions.get() == decision
    assert Report.objects.count() == 1


def test_a_note_that_somebody_else_wrote_meanwhile_is_not_written_over(program: SmallProgram, client: Client) -> None:
    review = begun(client)
    page = reverse("review_detail", args=[review.pk])
    client.post(page, {"risks": "First", "initial-risks": ""})
    clash = client.post(page, {"risks": "Second", "initial-risks": "", "context": "Kept", "initial-context": ""})
    said = clash.content.decode()

    assert (clash.status_code, review.notes.get().text) == (422, "First")
    assert "Somebody wrote here meanwhile: &#x27;First&#x27;" in said
    assert all(mine in said for mine in ("Second", "Kept"))
    # The page that came back knows what stands there now.
    assert 'name="initial-risks" value="First"' in said
    client.post(page, {"risks": "First, second", "initial-risks": "First"})
    assert review.notes.get().text == "First, second"


def test_one_click_makes_an_action_that_names_its_review_and_the_next_review_says_how_far_it_is(
    program: SmallProgram, client: Client
) -> None:
    review = begun(client)
    decision = decided(review, due_on=TODAY + timedelta(days=30))
    closed(review)
    address = f"{reverse('action_create')}?decision={decision.pk}"
    form = client.get(address).context["form"]
    client.post(address, {**form.initial, "kind": "pdca", "function": program.support.pk})

    action = Action.objects.get()
    assert (action.title, action.origin, action.due_on) == (decision.sentence, "review", decision.due_on)
    assert "from March review" in text_of(client, reverse("action_detail", args=[action.pk]))
    assert "draft" in text_of(client, reverse("review_detail", args=[review.pk]))
    following = begun(client, title="April review")
    text = text_of(client, reverse("review_detail", args=[following.pk]))
    assert "1 of 1 decision of ‘March review’ became actions; 0 shown effective." in text


def test_a_decision_of_an_open_review_is_not_there_for_a_head(program: SmallProgram, client: Client) -> None:
    decision = decided(begun(client))
    head = signed_in("head", function=program.support)

    assert head.get(f"{reverse('action_create')}?decision={decision.pk}").status_code == 404
    assert text_of(head, reverse("review_list")).count("March review") == 0


def test_erasing_a_person_takes_the_name_out_of_the_frozen_text_and_leaves_its_markup(
    program: SmallProgram, client: Client
) -> None:
    review = begun(client)
    close_review(
        review=review, draw=lambda _review: '<p class="ines ortega">Ines Ortega &amp; Otto</p>', nothing_decided=True,
        by=None, by_name="Ines", now=NOON,
    )  # fmt: skip

    erase(Erasing(contact_id=0, mentions=("Ines Ortega",), at=NOON))

    report = Report.objects.get()
    assert article_of(report) == '<p class="ines ortega">(erased) &amp; Otto</p>'
    assert Review.objects.get().took_part == "(erased)"
    assert begin_review(
        snapshot=review.snapshot, held_on=TODAY, title="Again", by_name="Ines", now=NOON, entry="a"
    ) == begin_review(snapshot=review.snapshot, held_on=TODAY, title="Twice", by_name="Ines", now=NOON, entry="a")


def test_an_open_review_asks_the_database_as_often_for_many_decisions_actions_and_metrics_as_for_few(
    program: SmallProgram, client: Client
) -> None:
    review = begun(client)
    page, asked = reverse("review_detail", args=[review.pk]), []
    for many in (range(2), range(2, 8)):
        for number in many:
            decision = decided(review, f"Decision {number}")
            metric = MetricFactory(function=program.support, name=f"Metric {number}")
            MeasurementFactory(metric=metric, value=Decimal(7), numerator=None, denominator=None)
            ActionFactory(
                function=program.support, metric=metric, stage="verifying", done_on=TODAY, done_words="Done",
                origin=Action.Origin.REVIEW, origin_key=origin_key(decision.pk),
            )  # fmt: skip
        with CaptureQueriesContext(connection) as queries:
            assert client.get(page).status_code == 200
        asked.append([each["sql"] for each in queries])

    assert len(asked[0]) == len(asked[1]), sorted(each[:200] for each in asked[1] if each not in asked[0])
