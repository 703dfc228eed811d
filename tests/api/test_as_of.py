"""Scores of a past day are read from what was kept of it."""

from datetime import timedelta

import pytest

from gap_scores.models import Snapshot
from gap_scores.snapshots import keep_snapshot
from interviews.models import Interview
from jobs.models import Job
from jobs.running import run_job
from jobs.services import mark_requirement
from requirements_catalog.models import Requirement, ScaleVersion
from tests.api.callers import caller
from tests.api.described import differences
from tests.conftest import NOON
from tests.gap_scores.world import TODAY

pytestmark = pytest.mark.django_db
LISTS = ["circle", "requirement-scores", "function-scores"]


def without_stamp(body):
    return {name: value for name, value in body.items() if name not in {"stamp", "next", "previous", "as_of"}}


@pytest.mark.parametrize("address", LISTS)
def test_what_was_kept_today_reads_as_the_scores_of_today(world, address):
    keep_snapshot(as_of=TODAY, title="today", now=NOON)
    for role in ("specialist", "viewer"):
        client = caller(role)
        now, kept = client.get(f"/api/v1/{address}/"), client.get(f"/api/v1/{address}/?as_of={TODAY}")

        assert differences(kept, f"/api/v1/{address}/") == []
        assert without_stamp(kept.json()) == without_stamp(now.json())
        assert kept.json()["stamp"]["as_of"] == TODAY.isoformat()


def test_one_requirement_and_one_function_read_as_they_were_kept(world):
    keep_snapshot(as_of=TODAY, title="today", now=NOON)
    one, dot = world.requirements[0], world.functions[0]
    places = [f"requirement-scores/{one.pk}", f"function-scores/{dot.pk}"]
    client = caller("specialist")
    now = {each: client.get(f"/api/v1/{each}/").json() for place in places for each in (place, f"{place}/explain")}
    # Evidence, the half-life and the scale of tomorrow are not in what was kept.
    for _ in range(5):
        world.interview()
    Requirement.objects.filter(pk=one.pk).update(half_life_months=1)
    scale = ScaleVersion.objects.create(
        requirement=one, version=9, unit="minutes", direction="lower", resolution=7, factor_numerator=60,
        factor_denominator=1,
    )  # fmt: skip
    Requirement.objects.filter(pk=one.pk).update(current_scale=scale)
    mark_requirement(requirement_id=one.pk)
    world.drain()

    for address, was in now.items():
        kept = client.get(f"/api/v1/{address}/?as_of={TODAY}")

        path = "/".join("{id}" if part.isdecimal() else part for part in address.split("/"))
        assert differences(kept, f"/api/v1/{path}/") == []
        # The sums of current customers by product are not kept, and a target of today has the unit of today.
        not_kept = {"products": [], "target": None, "share_at_target": None}
        assert without_stamp(kept.json()) == without_stamp(was | {k: v for k, v in not_kept.items() if k in was})
        assert without_stamp(client.get(f"/api/v1/{address}/").json()) != without_stamp(kept.json())


def keep(client, body, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.post("/api/v1/snapshots/", body, content_type="application/json", headers=named)


def test_any_day_is_kept_on_demand_by_a_job_that_is_asked_for_once(world):
    client, day = caller("specialist"), TODAY - timedelta(days=100)
    circle = f"/api/v1/circle/?as_of={day}"
    refused = client.get(circle)

    first = keep(client, {"as_of": str(day), "title": "Before the fair"}, Idempotency_Key="fair")
    again = keep(client, {"as_of": str(day), "title": "Before the fair"}, Idempotency_Key="fair")
    meanwhile = keep(client, {"as_of": str(day), "title": "Before the fair"})
    assert differences(first, "/api/v1/snapshots/", "post") == []
    run_job(job_id=first.json()["id"], now=NOON)
    job = client.get(first["Location"]).json()

    kept = Snapshot.objects.get()
    assert (refused.status_code, first.status_code, first["Location"]) == (400, 202, again["Location"])
    assert (again["Idempotent-Replayed"], meanwhile.json()["id"]) == ("true", first.json()["id"])
    assert (job["state"], job["result"], job["done"], job["total"]) == ("done", {"snapshot": kept.pk}, 4, 4)
    assert (kept.title, kept.reason, kept.as_of, kept.created_by_id) == (
        "Before the fair", "demand", day, job["started_by"],
    )  # fmt: skip
    assert client.get(circle).json()["overall"]["gap"] == kept.overall
    # Kept anew from other evidence: the last one counts, though nothing else that the answer depends on has changed.
    # The newest ones: an older one may say nothing that its person has not said anew since.
    some = Interview.objects.filter(held_on__lte=day).order_by("-held_on").values_list("pk", flat=True)[:5]
    Interview.objects.filter(pk__in=list(some)).update(state="cancelled")
    run_job(job_id=keep(client, {"as_of": str(day)}).json()["id"], now=NOON)
    newest = Snapshot.objects.first()
    assert (newest.title, newest.overall != kept.overall) == (f"As of {day}", True)
    assert client.get(circle).json()["overall"]["gap"] == newest.overall


def test_a_day_to_come_or_before_anybody_was_heard_is_refused_by_name(world):
    first = Interview.objects.order_by("held_on").first().held_on
    client = caller("administrator")
    answers = {
        "future": keep(client, {"as_of": "2999-01-01"}),
        "before_program": keep(client, {"as_of": str(first - timedelta(days=1))}),
        "unknown": keep(client, {"as_of": str(TODAY), "reason": "month_end"}),
        "required": keep(client, {}),
    }

    found = {code: [(each["pointer"], each["code"]) for each in one.json()["errors"]] for code, one in answers.items()}
    assert found == {
        "future": [("#/as_of", "future")], "before_program": [("#/as_of", "before_program")],
        "unknown": [("#/reason", "unknown")], "required": [("#/as_of", "required")],
    }  # fmt: skip
    assert f"Nobody was heard before {first}" in answers["before_program"].json()["detail"] + str(
        answers["before_program"].json()["errors"]
    )
    assert keep(caller("head", world.functions[0]), {"as_of": str(TODAY)}).status_code == 403
    assert keep(caller("specialist", scopes=["scores:read"]), {"as_of": str(TODAY)}).status_code == 403
    assert not Job.objects.exists()
    Interview.objects.update(state="cancelled")
    nobody = keep(client, {"as_of": str(TODAY)}).json()
    assert nobody["errors"][0]["code"] == "nobody_heard"


def test_what_was_kept_does_not_move_with_new_evidence(world):
    day = TODAY - timedelta(days=200)
    keep_snapshot(as_of=day, title="then", now=NOON)
    client, address = caller("specialist"), f"/api/v1/circle/?as_of={day}"
    before = client.get(address)
    for _ in range(5):
        world.interview()
    world.drain()

    after = client.get(address)

    assert after.json() == before.json()
    assert after.json()["overall"]["gap"] == Snapshot.objects.get().overall
    assert client.get("/api/v1/snapshots/").json()["results"][0]["as_of"] == day.isoformat()


def test_a_day_that_was_not_kept_is_refused_with_those_that_were(world):
    client, address = caller("viewer"), "/api/v1/requirement-scores/"
    nothing = client.get(f"{address}?as_of=2020-01-01").json()
    keep_snapshot(as_of=TODAY, title="today", now=NOON)

    other = client.get(f"{address}?as_of=2020-01-01").json()
    past = client.get(f"{address}?as_of={TODAY}&lifecycle=past").json()

    way_out = 'A specialist can have this day kept: POST /api/v1/snapshots/ {"as_of": "2020-01-01"}.'
    assert nothing["detail"] == f"No scores are kept yet. The end of each month is kept by itself. {way_out}"
    assert other["detail"] == f"No scores are kept of this day. There are: {TODAY}. {way_out}"
    assert (other["errors"][0]["parameter"], past["errors"][0]["code"]) == ("as_of", "headline_only")
