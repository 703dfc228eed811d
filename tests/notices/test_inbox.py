"""The inbox: a signal is told once to who answers for it, read by nobody else, and mailed once to who wants that."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core import mail
from django.urls import reverse

from accounts.models import User
from functions.models import Membership, Program
from improvements import actions as action_services
from improvements.reminders import remind
from jobs.models import OutboxMessage
from jobs.outbox import send_waiting
from metrics.models import Metric
from notices.inbox import choose_digest, mark_all_read, next_day, write_digests
from notices.models import Endpoint, Event, Kind, Notice, SignalWatch
from notices.watching import Seen, look_for_signals, newly
from tests.api.callers import caller, with_token
from tests.conftest import NOON
from tests.factories.actions import ActionFactory
from tests.factories.functions import FunctionFactory, MembershipFactory
from tests.factories.metrics import MeasurementFactory, MetricFactory
from tests.factories.notices import DeliveryFactory, EndpointFactory, NoticeFactory
from tests.factories.people import person_of, signed_in

pytestmark = pytest.mark.django_db
TODAY = NOON.date()
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
CANARY = "Kanarienvogel"
QUIET = [10, 11, 10, 9, 10, 11, 9, 10, 11, 10, 9, 10]


@pytest.fixture(autouse=True)
def _program(noon: Any) -> None:
    Program.objects.create(name="ABC")


def measured(metric: Metric, values: list[float], *, from_on: date = TODAY - 20 * DAY) -> None:
    for offset, value in enumerate(values):
        day = from_on + offset * DAY
        MeasurementFactory(metric=metric, value=Decimal(str(value)), period_start=day, period_end=day)


def daily(**others: Any) -> Metric:
    return MetricFactory(cadence_days=1, **others)


def looked(days: int = 0) -> int:
    """Look at the charts, so many days later."""
    return look_for_signals(now=NOON + days * DAY)


def looked_on(day: date) -> int:
    return look_for_signals(now=NOON + (day - TODAY))


# ---- Signals


def seen(*ways: str) -> list[Seen]:
    days = [date(2026, 1, 1) + offset * DAY for offset in range(len(ways))]
    return [Seen(day, day.isoformat(), way) for day, way in zip(days, ways, strict=True)]


@pytest.mark.parametrize(
    ("ways", "until", "standing", "begun", "stands"),
    [
        (("", "worse"), None, "", 1, "worse"),
        (("worse", ""), None, "", None, ""),  # history is no news
        (("worse", "worse"), None, "", None, "worse"),  # it began before anybody looked
        (("", "worse"), 0, "worse", 1, "worse"),  # the one that stood there was corrected away
        (("", "worse", "worse"), 1, "worse", None, "worse"),  # it goes on
        (("worse", "", "worse"), 0, "worse", 2, "worse"),  # another one begins
        (("worse", "better"), 0, "worse", 1, "better"),  # it turned round
        (("", "worse", ""), 0, "", 1, ""),  # over already, and told all the same
        (("worse", "worse"), 1, "worse", None, "worse"),  # nothing new was measured
        ((), None, "", None, ""),
    ],
)  # fmt: skip
def test_a_signal_is_news_where_it_begins(
    ways: tuple[str, ...], until: int | None, standing: str, begun: int | None, stands: str
) -> None:
    points = seen(*ways)

    found = newly(points, until=None if until is None else points[until].day, standing=standing)

    assert found == (None if begun is None else points[begun], stands)


def test_a_signal_is_told_once_and_again_only_when_a_new_one_begins() -> None:
    metric = daily()
    head = MembershipFactory(function=metric.function).user
    MembershipFactory(function=FunctionFactory())
    MembershipFactory(role="viewer")
    specialist = MembershipFactory(role="specialist").user
    endpoint = EndpointFactory()
    measured(metric, QUIET)
    assert (looked(), Event.objects.count()) == (0, 0)

    measured(metric, [40], from_on=TODAY - 8 * DAY)
    assert (looked(), looked(), looked(2)) == (1, 0, 0)
    event = Event.objects.get()
    assert (event.kind, event.about, event.way, event.day) == ("signal", metric.pk, "worse", TODAY - 8 * DAY)
    assert {notice.person for notice in Notice.objects.all()} == {head, specialist}
    assert endpoint.deliveries.get().event == event
    assert f'"metric":{metric.pk}' in event.body
    assert metric.name not in event.body

    measured(metric, [41], from_on=TODAY - 7 * DAY)
    assert looked(3) == 0
    measured(metric, [10, 42], from_on=TODAY - 6 * DAY)
    assert (looked(4), Event.objects.count(), SignalWatch.objects.get().standing) == (1, 2, "worse")


def test_a_month_that_is_not_over_is_not_judged_by_the_limits_of_whole_ones() -> None:
    metric = daily()
    MembershipFactory(function=metric.function)
    first = TODAY.replace(day=1)
    months = [(first - 31 * back * DAY).replace(day=1) for back in range(12, 0, -1)]
    for month, value in zip(months, QUIET, strict=True):
        measured(metric, [value - 2, value, value + 2, value - 1, value, value + 1], from_on=month)
    looked()
    measured(metric, [40, 41, 42], from_on=first)

    assert (looked(), looked_on(first + 25 * DAY), looked_on(first + 32 * DAY)) == (0, 0, 1)
    assert Event.objects.get().key == f"signal:{metric.pk}:worse:{first:%Y-%m}"


def test_a_look_ends_in_time_and_the_next_one_begins_with_what_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    for _number in range(2):
        measured(daily(), [*QUIET, 40])
    monkeypatch.setattr("notices.watching.MOST_SECONDS", 0.0)

    assert [looked() for _time in range(3)] == [1, 1, 0]


def test_a_chart_that_cannot_be_drawn_keeps_no_other_from_being_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    broken, fine = daily(), daily()
    for metric in (broken, fine):
        measured(metric, [*QUIET, 40])
    real = look_for_signals.__globals__["charted"]

    def draw(metric: Metric, *rows: Any, **others: Any) -> Any:
        return real(metric, *rows, **others) if metric == fine else 1 / 0

    monkeypatch.setattr("notices.watching.charted", draw)

    assert (looked(), Event.objects.get().about) == (1, fine.pk)


# ---- The loop's own news


def test_what_happens_to_actions_is_told_and_digests_leave_out_what_has_a_letter() -> None:
    action = ActionFactory(due_on=TODAY - 8 * DAY, title="Mend the van")
    head = MembershipFactory(function=action.function, user__email="head@example.org", user__username="jonas").user
    choose_digest(person=head, every="day", now=NOON)

    for _time in range(2):
        remind(now=NOON)
    action_services.add_comment(action=action, text="Ask @jonas", by=None, by_name="Ines", now=NOON)

    assert sorted(Notice.objects.values_list("event__kind", "has_letter")) == [
        ("action_overdue", True), ("mention", False),
    ]  # fmt: skip
    assert write_digests(now=NOON + DAY) == 1
    send_waiting(now=NOON + DAY)
    digest = next(each for each in mail.outbox if "since you looked" in each.subject)
    assert (digest.subject, digest.body.count("Mend the van")) == ("1 thing happened since you looked", 1)
    action_services.see_mentions(person=head, now=NOON)
    assert Notice.objects.get(event__kind="mention").read_at == NOON


# ---- Reading


def test_a_person_reads_the_own_notices_and_of_what_may_not_be_read_any_more_only_that_it_was() -> None:
    client = signed_in("head", function=FunctionFactory())
    me = person_of(client)
    own = Membership.objects.get(user=me).function
    mine = NoticeFactory(person=me, event__about=daily(function=own, name="Late invoices").pk)
    NoticeFactory(person=me, event__about=daily(name=f"Foreign {CANARY}").pk)
    NoticeFactory(event__about=daily(function=own, name=f"Of another {CANARY}").pk)

    pages = [client.get(reverse("inbox")), client.get(reverse("inbox"), {"format": "csv"})]
    answered = with_token(me).get("/api/v1/notices/").json()

    shown = [b"".join(page).decode() if page.streaming else page.content.decode() for page in pages]
    assert all("Late invoices" in text and CANARY not in text for text in shown)
    assert (answered["count"], CANARY in str(answered)) == (2, False)
    assert sorted((row["about"] or 0, row["name"] or "") for row in answered["results"]) == [
        (0, ""), (mine.event.about, "Late invoices"),
    ]  # fmt: skip
    assert '<span class="count">2</span>' in shown[0]
    opened = client.post(reverse("notice_read", args=[mine.pk]), {"open": "1", "asked": "q=late&page=1"})
    back = client.post(reverse("notice_read", args=[mine.pk]), {"asked": "q=late&page=1&next=//elsewhere.example"})
    assert opened["Location"] == reverse("metric_detail", args=[mine.event.about])
    assert back["Location"] == reverse("inbox") + "?q=late&page=1&next=%2F%2Felsewhere.example"
    assert [row.pk for row in client.get(reverse("inbox")).context["list"].page][-1] == mine.pk
    assert "count" not in client.post(reverse("notices_read"), follow=True).content.decode().split("Inbox")[1][:200]
    assert Notice.objects.filter(read_at=None).exclude(person=me).count() == 1


def test_so_many_notices_are_listed_the_unread_first(monkeypatch: pytest.MonkeyPatch) -> None:
    client = signed_in("head", function=FunctionFactory())
    old = NoticeFactory(person=person_of(client), told_at=NOON - DAY)
    NoticeFactory(person=person_of(client), read_at=NOON)
    monkeypatch.setattr("notices.views.MOST_LINES", 1)

    page = client.get(reverse("inbox"))

    assert [line.pk for line in page.context["list"].page] == [old.pk]
    assert "These are 1, the unread" in page.content.decode()


def test_what_came_since_the_page_was_drawn_stays_unread() -> None:
    old, new = NoticeFactory(), NoticeFactory(told_at=NOON + HOUR)
    Notice.objects.update(person=old.person)

    assert mark_all_read(person=old.person, until=NOON, now=NOON + 2 * HOUR) == 1
    new.refresh_from_db()
    assert new.read_at is None


def test_the_inbox_asks_as_many_queries_for_many_notices_as_for_two(django_assert_max_num_queries: Any) -> None:
    client = signed_in("head", function=FunctionFactory())
    me = person_of(client)
    own = Membership.objects.get(user=me).function
    for _number in range(30):
        NoticeFactory(person=me, event__about=daily(function=own).pk)
        NoticeFactory(person=me, event__kind=Kind.OVERDUE, event__about=ActionFactory(function=own).pk)

    with django_assert_max_num_queries(15):
        client.get(reverse("inbox"))


# ---- The digest


@pytest.fixture
def reader() -> User:
    metric = daily(name="Late invoices")
    person = MembershipFactory(function=metric.function, user__email="reader@example.org").user
    NoticeFactory(person=person, event__about=metric.pk)
    return person


def test_a_digest_is_written_once_and_nothing_new_is_no_mail(reader: User) -> None:
    choose_digest(person=reader, every="day", now=NOON)
    assert write_digests(now=NOON) == 0

    assert [write_digests(now=NOON + DAY) for _time in range(2)] == [1, 0]
    for _time in range(2):
        send_waiting(now=NOON + DAY)
    assert write_digests(now=NOON + 2 * DAY) == 0
    (letter,) = mail.outbox
    assert letter.to == ["reader@example.org"]
    assert "Late invoices\nA signal for the worse" in letter.body


@pytest.mark.parametrize("case", ["read meanwhile", "left the function", "ended", "off", "no address"])
def test_who_may_not_read_it_or_wants_none_gets_no_digest(reader: User, case: str) -> None:
    choose_digest(person=reader, every="off" if case == "off" else "week", now=NOON)
    if case == "no address":
        User.objects.filter(pk=reader.pk).update(email="")
    write_digests(now=NOON + 7 * DAY)
    if case == "read meanwhile":
        Notice.objects.update(read_at=NOON)
    elif case == "left the function":
        Membership.objects.update(function=FunctionFactory())
    elif case == "ended":
        User.objects.filter(pk=reader.pk).update(is_active=False)

    send_waiting(now=NOON + 7 * DAY)

    assert mail.outbox == []
    assert not OutboxMessage.objects.exclude(state="cancelled").exists()


@pytest.mark.parametrize(("today", "expected"), [("2026-03-01", "2026-03-02"), ("2026-03-02", "2026-03-09")])
def test_a_weekly_digest_comes_on_the_next_monday(today: str, expected: str) -> None:
    assert next_day("week", date.fromisoformat(today)).isoformat() == expected


# ---- Pages and API of endpoints


def test_a_specialist_adds_an_endpoint_sees_its_secret_once_tests_it_and_reads_what_became_of_it() -> None:
    client = signed_in("specialist")
    sent = {"description": "Chat", "url": "https://hooks.example.org/", "types": ["metric.signal"], "is_enabled": "on"}

    refused = client.post(reverse("webhook_create"), sent | {"url": "https://10.0.0.1/"})
    entry = {"entry": "0123456789abcdef" * 2}
    made = client.post(reverse("webhook_create"), sent | entry).content.decode()
    again = client.post(reverse("webhook_create"), sent | entry)
    secret = made.split('<code class="secret">')[1].partition("<")[0]
    pk = int(client.get(reverse("webhook_list")).context["list"].page[0].pk)
    tested = client.post(reverse("webhook_test", args=[pk]), follow=True)

    assert (again["Location"], Endpoint.objects.count()) == (reverse("webhook_detail", args=[pk]), 1)
    assert (refused.status_code, "private network" in refused.content.decode()) == (422, True)
    assert secret.startswith("whsec_")
    pages = (reverse("webhook_detail", args=[pk]), reverse("webhook_update", args=[pk]), reverse("delivery_list"))
    assert all(secret not in client.get(page).content.decode() for page in pages)
    assert "It is on its way" in tested.content.decode()
    other = client.post(reverse("webhook_rotate", args=[pk])).content.decode()
    assert secret not in other
    assert "second signature" in other


def test_machines_keep_endpoints_with_a_secret_of_their_own_and_never_read_it() -> None:
    client = caller("specialist")
    secret = "whsec_" + "A" * 32
    body = {"url": "https://hooks.example.org/", "description": "ERP", "types": ["metric.signal"], "secret": secret}

    made = client.post("/api/v1/endpoints/", body, content_type="application/json")
    refused = client.post(
        "/api/v1/endpoints/", body | {"url": "https://[::ffff:10.0.0.1]/"}, content_type="application/json"
    )
    delivery = DeliveryFactory(endpoint_id=made.json()["id"], state="given_up", attempts=10)
    again = client.post(f"/api/v1/deliveries/{delivery.pk}/again/", content_type="application/json")
    twice = client.post(f"/api/v1/deliveries/{delivery.pk}/again/", content_type="application/json")

    assert (made.status_code, secret in made.content.decode()) == (201, False)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "#/url")
    assert (again.status_code, again.json()["state"], again.json()["attempts"]) == (200, "waiting", 0)
    assert twice.status_code == 400
