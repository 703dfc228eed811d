"""Deliveries: signed, once for each event and endpoint, tried again and given up, and never sent inside."""

import base64
import hashlib
import hmac
import socket
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from ipaddress import ip_network
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.http import Http404

from accounts.models import AuditEntry
from notices import endpoints, sending, tasks
from notices.models import SENT, Delivery, Endpoint, Event, Kind, Notice
from notices.sending import WAITS, claim, endpoints_due, send_to, settle
from notices.telling import tell
from tests.conftest import NOON
from tests.factories.accounts import UserFactory
from tests.factories.functions import MembershipFactory
from tests.factories.notices import DeliveryFactory, EndpointFactory
from tests.web.https_server import Source, https_source
from web.fetching import Limits

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def _served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Source]:
    with https_source(tmp_path_factory.mktemp("hook")) as source:
        yield source


@pytest.fixture
def server(_served: Source, settings: Any, noon: datetime) -> Source:
    """A receiver whose address and certificate the settings open."""
    settings.WEBHOOK_ALLOWED_NETWORKS = [ip_network("127.0.0.1")]
    settings.PULL_CA_FILE = str(_served.certificate)
    settings.PUBLIC_BASE_URL = "https://quality.example"
    _served.sent.clear()
    return _served


def made(url: str = "https://hooks.example.org/", **others: Any) -> tuple[Endpoint, str]:
    fields = {"url": url, "description": "Chat", "types": list(SENT), "by": None, "now": NOON}
    return endpoints.create_endpoint(**fields | others)


def happened(occasion: str = "1", **others: Any) -> Event:
    return tell(
        kind=Kind.EFFECTIVE, about=7, occasion=occasion, page="/actions/7/", data={"action": 7}, now=NOON, **others
    )


def due_to(endpoint: Endpoint, *, now: datetime = NOON) -> int:
    return send_to(endpoint_id=endpoint.pk, now=now)


# ---- What is sent


def test_what_happened_is_sent_signed_and_the_receiver_can_check_it(server: Source) -> None:
    endpoint, secret = made(server.says("/hook", "Thank you", "text/plain", 202))
    event = happened()

    assert (due_to(endpoint), due_to(endpoint)) == (1, 0)
    ((path, headers, body),) = server.sent
    sent = {name.lower(): value for name, value in headers.items()}
    signed = f"{sent['webhook-id']}.{sent['webhook-timestamp']}.".encode() + body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert (path, sent["webhook-signature"], sent["webhook-id"]) == ("/hook", f"v1,{expected}", event.message_id)
    assert body == (
        b'{"data":{"action":7,"page":"https://quality.example/actions/7/"},'
        b'"timestamp":"%s","type":"action.effective"}' % NOON.strftime("%Y-%m-%dT%H:%M:%S.000Z").encode()
    )
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts, delivery.status, delivery.answer) == ("taken", 1, 202, "Thank you")


def test_the_same_thing_told_twice_is_one_delivery_and_one_notice(server: Source) -> None:
    made(types=["action.effective"])
    made(types=["metric.signal"])
    made(is_enabled=False)
    person = UserFactory()

    first, again = (happened(people=[person]) for _time in range(2))

    assert (first.pk, Delivery.objects.count(), Notice.objects.count()) == (again.pk, 1, 1)


def test_two_workers_do_not_send_one_delivery_twice_and_a_claim_of_a_dead_one_ends(server: Source) -> None:
    delivery = DeliveryFactory()

    mine, other = claim(delivery.pk, now=NOON), claim(delivery.pk, now=NOON)

    assert (mine is not None, other) == (True, None)
    # It may hang: nothing else is begun there meanwhile.
    DeliveryFactory(endpoint=delivery.endpoint)
    assert due_to(delivery.endpoint, now=NOON + MINUTE) == 0
    assert endpoints_due(now=NOON + MINUTE) == []
    # Its sender died: it goes out again under the same id, and the dead one's word comes too late.
    assert endpoints_due(now=NOON + 2 * MINUTE) == [delivery.endpoint_id]
    late = NOON + 3 * MINUTE
    assert mine is not None
    assert claim(delivery.pk, now=late) is not None
    settle(mine, sending.Tried(None, "too late", 1.0), now=late)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts, delivery.reason) == ("sending", 2, "")


# ---- What does not answer as it should


def test_a_delivery_is_tried_again_more_and_more_rarely_and_given_up(server: Source) -> None:
    endpoint, _secret = made(server.says("/hook", "x" * 2_000, status=500))
    happened()
    now, tries = NOON, []

    for _try in range(len(WAITS) + 1):
        due_to(endpoint, now=now)
        delivery = Delivery.objects.get()
        tries.append((delivery.state, (delivery.next_try_at - now) // MINUTE))
        Endpoint.objects.update(failing_since=None)  # that it is switched off is another test
        now = delivery.next_try_at + timedelta(seconds=1)

    waits = [1, 5, 30, 120, 300, 600, 840, 1_200, 1_440]
    assert tries == [*(("waiting", wait) for wait in waits), ("given_up", 0)]
    assert (len(server.sent), len({body for _path, _headers, body in server.sent})) == (10, 1)
    assert (delivery.status, len(delivery.answer)) == (500, 1_000)
    endpoints.send_again(delivery=delivery, now=now)
    server.says("/hook", "")
    assert due_to(endpoint, now=now) == 1
    ids = {{name.lower(): value for name, value in headers.items()}["webhook-id"] for _, headers, _ in server.sent}
    assert len(ids) == 1


def test_one_that_hangs_is_left_in_time_and_the_others_go_on(server: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = threading.Event()
    hanging, _one = made(server.does("/hangs", lambda _handler: gone.wait(20)))  # type: ignore[arg-type, return-value]
    fine, _two = made(server.says("/hook", ""))
    happened("1")
    happened("2")
    with monkeypatch.context() as short:
        short.setattr(sending, "LIMITS", Limits(most_bytes=1_000, seconds=0.3, connect=0.3, silence=0.3))
        taken = [due_to(hanging)]
    gone.set()
    taken += [due_to(fine), due_to(hanging)]

    assert taken == [0, 2, 0]
    # The first try failed, so the second delivery was not even begun, nor within the same minute.
    first, second = Delivery.objects.filter(endpoint=hanging).order_by("pk")
    assert (first.state, first.attempts, second.attempts, first.status) == ("waiting", 1, 0, None)
    assert "127.0.0.1" in first.reason


def test_a_redirect_is_an_answer_and_is_not_followed(server: Source) -> None:
    endpoint, _secret = made(server.leads("/away", server.url("/hook")))
    happened()

    due_to(endpoint)

    assert [path for path, _headers, _body in server.sent] == ["/away"]
    assert Delivery.objects.get().status == 302


def test_an_endpoint_that_fails_for_days_is_switched_off_and_specialists_are_told(server: Source) -> None:
    specialist = MembershipFactory(role="specialist").user
    endpoint, _secret = made(server.says("/hook", "", status=503))
    happened("1")
    due_to(endpoint)
    due_to(endpoint, now=NOON + timedelta(days=6))
    endpoint.refresh_from_db()

    assert (endpoint.is_enabled, endpoint.off_because) == (False, f"It has failed since {NOON:%Y-%m-%d}.")
    assert Notice.objects.get().person == specialist
    happened("2")
    assert (Delivery.objects.count(), endpoints_due(now=NOON + timedelta(days=20))) == (1, [])
    # Switched on again, what waited is sent at once, and has all its tries.
    later = NOON + timedelta(days=6, minutes=1)
    endpoints.change_endpoint(endpoint=endpoint, changes={"is_enabled": True}, now=later)
    assert Delivery.objects.get().attempts == 0
    server.says("/hook", "")
    assert due_to(endpoint, now=later) == 1


@pytest.mark.parametrize(("secret", "waiting", "fails"), [("", 0, None), ("", 1, NOON), ("gone", 1, None)])
def test_an_endpoint_fails_while_something_waits_that_it_did_not_take(
    server: Source, secret: str, waiting: int, fails: datetime | None
) -> None:
    """A later failure is one of its own, and one of ours (a secret that cannot be read) is none of the endpoint's."""
    endpoint, _secret = made(server.says("/hook", "", status=503))
    DeliveryFactory(endpoint=endpoint, attempts=len(WAITS))
    for _number in range(waiting):
        DeliveryFactory(endpoint=endpoint, next_try_at=NOON + MINUTE)
    Endpoint.objects.update(secret=secret or endpoint.secret)

    due_to(endpoint)

    endpoint.refresh_from_db()
    assert (Delivery.objects.filter(state="given_up").count(), endpoint.failing_since is None) == (1, fails is None)


def test_one_that_says_that_it_is_gone_is_switched_off_at_once(server: Source) -> None:
    endpoint, _secret = made(server.says("/hook", "", status=410))
    happened()

    due_to(endpoint)

    endpoint.refresh_from_db()
    assert (endpoint.is_enabled, endpoint.off_because) == (False, "It says that it is gone (410).")


def test_a_test_goes_to_its_own_endpoint_also_where_that_is_off_and_is_tried_once(server: Source) -> None:
    endpoint, _secret = made(server.says("/hook", "", status=500), is_enabled=False)
    made()

    delivery = endpoints.send_test(endpoint=endpoint, by=None, now=NOON)

    assert endpoints_due(now=NOON) == [endpoint.pk]
    due_to(endpoint)
    delivery.refresh_from_db()
    endpoint.refresh_from_db()
    assert (delivery.state, endpoint.failing_since, Delivery.objects.count()) == ("given_up", None, 1)


# ---- Where nothing is sent


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/", "https://127.1/", "https://2130706433/", "https://0x7f000001/", "https://0177.0.0.1/",
        "https://169.254.169.254/latest/meta-data/", "https://[::1]/", "https://[::ffff:10.0.0.1]/",
        "https://[64:ff9b::a00:1]/", "https://[2002:7f00:1::]/", "https://[fe80::1]/", "https://[::]/",
        "https://0.0.0.0/", "https://10.1.2.3/", "https://224.0.0.1/", "https://100.64.0.1/", "https://localhost/",
        "https://localhost./", "https://db.internal/", "https://printer.local/", "https://intranet/",
        "http://hooks.example.org/", "ftp://hooks.example.org/", "https://", "https://user:secret@hooks.example.org/",
        "hooks.example.org", "https://[", "javascript:alert(1)", "https://hooks.example.org/" + "x" * 500,
    ],
)  # fmt: skip
def test_an_address_that_is_not_public_is_refused_when_it_is_set(url: str, noon: datetime) -> None:
    with pytest.raises(ValidationError) as caught:
        made(url)

    assert list(caught.value.error_dict) == ["url"]
    assert Endpoint.objects.count() == 0


def test_names_of_networks_that_were_opened_are_taken(settings: Any, noon: datetime) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = [ip_network("10.0.0.0/8")]

    assert made("HTTPS://hooks.corp.internal/")[0].url == "https://hooks.corp.internal/"
    with pytest.raises(ValidationError):
        made("https://192.168.0.1/")


def test_a_name_that_leads_inside_when_it_is_sent_to_reaches_nobody(
    server: Source, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name was public when it was set, and leads to this machine by now: the server here is asked nothing."""
    settings.WEBHOOK_ALLOWED_NETWORKS = []
    server.says("/hook", "")
    endpoint = EndpointFactory(url=f"https://flips.example.org:{server.port}/hook")
    happened()
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", server.port))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)

    due_to(endpoint)

    delivery = Delivery.objects.get()
    assert (server.sent, delivery.state, delivery.status) == ([], "waiting", None)
    assert "leads into a private network" in delivery.reason


def test_the_connection_goes_to_the_address_that_was_checked(noon: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, reached = [], []

    def resolve(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1" if asked[1:] else "93.184.215.14", port))]

    def connect(address: tuple[str, int], **_: Any) -> socket.socket:
        reached.append(address)
        raise ConnectionRefusedError

    endpoint = EndpointFactory(url="https://flips.example.org/hook")
    happened()
    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket, "create_connection", connect)

    due_to(endpoint)

    assert (asked, reached) == (["flips.example.org"], [("93.184.215.14", 443)])


# ---- Secrets, and what is kept of them


def test_a_rotated_secret_signs_beside_the_new_one_for_a_day_and_neither_is_stored_in_the_clear(noon: datetime) -> None:
    endpoint, first = made()
    endpoint, second = endpoints.rotate_secret(endpoint=endpoint, now=NOON)

    assert endpoints.secrets_of(endpoint, now=NOON + timedelta(hours=23)) == [second, first]
    assert endpoints.secrets_of(endpoint, now=NOON + timedelta(hours=24)) == [second]
    # Another one at once, by a page that was loaded anew: what the receiver has goes on signing.
    endpoint, third = endpoints.rotate_secret(endpoint=endpoint, now=NOON + timedelta(hours=1))
    endpoint = endpoints.change_endpoint(endpoint=endpoint, changes={"secret": third}, now=NOON + timedelta(hours=2))
    assert endpoints.secrets_of(endpoint, now=NOON + timedelta(hours=23)) == [third, first]
    endpoint.secret = "kept under another key"
    assert endpoints.secrets_of(endpoint, now=NOON + timedelta(hours=23)) == [first]
    kept = str(Endpoint.objects.values().get()) + str(AuditEntry.objects.values())
    assert all(secret not in kept for secret in (first, second, third))
    kinds = list(AuditEntry.objects.order_by("number").values_list("kind", flat=True))
    assert kinds == ["endpoint.made", *["endpoint.changed"] * 3]


def test_the_audit_says_where_an_endpoint_leads_and_not_by_which_path(noon: datetime) -> None:
    endpoint, _secret = made("https://one.example.org/T0/secret")
    endpoints.change_endpoint(endpoint=endpoint, changes={"url": "https://two.example.org/T1/secret"}, now=NOON)

    hosts = [(each["details"]["host"], each["details"].get("host_before")) for each in AuditEntry.objects.values()]
    assert sorted(hosts) == [("one.example.org", None), ("two.example.org", "one.example.org")]


def test_an_endpoint_that_somebody_removed_meanwhile_is_not_found(noon: datetime) -> None:
    endpoint, _secret = made()
    endpoints.delete_endpoint(endpoint=Endpoint.objects.get())

    for work in (
        lambda: endpoints.delete_endpoint(endpoint=endpoint),
        lambda: endpoints.change_endpoint(endpoint=endpoint, changes={}, now=NOON),
        lambda: endpoints.send_test(endpoint=endpoint, by=None, now=NOON),
    ):
        with pytest.raises(Http404):
            work()


def test_a_secret_of_another_key_of_the_installation_is_said_and_sends_nothing(server: Source) -> None:
    delivery = DeliveryFactory(endpoint__url=server.says("/hook", ""), endpoint__secret="gone")

    due_to(delivery.endpoint)

    delivery.refresh_from_db()
    assert (server.sent, delivery.reason[:20]) == ([], "Its secret was kept ")


def test_what_is_over_is_forgotten_and_what_waits_is_not(noon: datetime) -> None:
    old = NOON - timedelta(days=201)
    DeliveryFactory(state="taken", tried_at=old)
    kept = [DeliveryFactory(state="taken", tried_at=NOON), DeliveryFactory(next_try_at=old)]

    tasks.forget_told()

    assert sorted(Delivery.objects.values_list("pk", flat=True)) == sorted(each.pk for each in kept)
    # An event keeps the same thing from being told again for as long as a chart may show it.
    assert Event.objects.count() == 3
