"""Reviews by REST: the same steps as on the pages, and 409 for who comes after the close."""

from datetime import timedelta
from typing import Any

import pytest

from gap_scores.snapshots import keep_snapshot
from improvements.review_models import Review
from tests.conftest import NOON
from tests.dashboard.program import TODAY, small_program
from tests.improvements.test_actions_api import caller

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon"), pytest.mark.once]
REVIEWS, DECISIONS = "/api/v1/reviews/", "/api/v1/review-decisions/"


def sent(client: Any, address: str, **body: Any) -> Any:
    return client.post(address, body, format="json")


def test_a_review_is_begun_noted_decided_closed_and_then_does_not_change() -> None:
    small_program()
    keep_snapshot(as_of=TODAY, title="Month end", now=NOON)
    client, viewer = caller(role="specialist"), caller(role="viewer")

    wrong = sent(client, REVIEWS, as_of=str(TODAY - timedelta(days=1)), title="Spring", held_on=str(TODAY))
    made = sent(client, REVIEWS, as_of=str(TODAY), title="Spring", held_on=str(TODAY))
    address = f"{REVIEWS}{made.json()['id']}/"
    undecided = sent(client, f"{address}close/")
    noted = sent(client, f"{address}note/", section="customers", text="Listen more")
    moved = sent(client, f"{address}note/", section="customers", text="Listen less")
    hidden = viewer.get(address)
    decision = sent(client, DECISIONS, review=made.json()["id"], sentence="Answer until eight")
    closed = sent(client, f"{address}close/")
    again = sent(client, f"{address}close/")
    late = sent(client, DECISIONS, review=made.json()["id"], sentence="One more")
    tag = client.get(address).headers["ETag"]
    removed = client.delete(address, HTTP_IF_MATCH=tag)

    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (400, "#/as_of")
    assert (undecided.status_code, undecided.json()["errors"][0]["pointer"]) == (400, "#/nothing_decided")
    assert noted.json()["notes"] == [{"section": "customers", "text": "Listen more"}]
    assert (moved.status_code, "Somebody wrote here meanwhile" in moved.json()["detail"]) == (409, True)
    assert moved.json()["errors"][0]["pointer"] == "#/customers"
    assert (hidden.status_code, viewer.get(address).status_code) == (404, 200)
    assert (decision.status_code, closed.json()["state"], closed.json()["report"] is not None) == (201, "closed", True)
    for answer in (again, late, removed):
        assert (answer.status_code, "closed this review on" in answer.json()["detail"]) == (409, True)
    assert viewer.get(DECISIONS, {"review": made.json()["id"]}).json()["count"] == 1
    assert Review.objects.get().notes.get().text == "Listen more"
