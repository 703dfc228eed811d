"""Views of lists that people keep: opened by their parameters, own or shared, one of them first."""

from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from accounts.models import DefaultView, SavedView, User
from accounts.saved_views import MOST_VIEWS, save_view
from tests.dashboard.program import somebody
from tests.factories.metrics import MetricFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]
METRICS = "/metrics/"


@pytest.fixture
def people() -> dict[str, User]:
    return {role: somebody(role) for role in ("administrator", "specialist", "viewer")}


@pytest.fixture
def as_(people: dict[str, User]) -> Callable[[str], Client]:
    def client_of(role: str) -> Client:
        client = Client()
        client.force_login(people[role])
        return client

    return client_of


def view_of(user: User, **others: object) -> SavedView:
    fields = {"list_name": "metrics", "name": "Old ones", "query": "cadence=old&sort=-name"} | others
    return save_view(user=user, **fields)  # type: ignore[arg-type]


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_what_a_list_asks_for_is_kept_under_a_name_and_opens_with_its_chips(people, as_):
    client = as_("specialist")

    asked = {"list": "metrics", "query": "sort=-name&cadence=old&page=3&nonsense=1&view=all"}
    form = client.get("/views/new/", asked)
    answer = client.post("/views/new/?" + form.request["QUERY_STRING"], {"name": " Old ones ", "is_shared": "on"})

    view = SavedView.objects.get()
    assert "It keeps: Measured: old; sorted by Metric, from high to low." in form.content.decode()
    assert (view.user, view.list, view.name, view.query, view.is_shared) == (
        people["specialist"], "metrics", "Old ones", "cadence=old&sort=-name", True,
    )  # fmt: skip
    assert answer["Location"] == f"/metrics/?cadence=old&sort=-name&view={view.pk}"
    assert client.get(f"{METRICS}?view={view.pk}")["Location"] == f"?cadence=old&sort=-name&view={view.pk}"
    shown = client.get(answer["Location"])
    assert [chip.value for chip in shown.context["list"].chips] == ["old"]
    assert "View: <b>Old ones</b>" in shown.content.decode()


def test_a_changed_view_says_so_and_can_be_kept_as_it_is_now(people, as_):
    view, client = view_of(people["specialist"]), as_("specialist")
    opened = page(client, f"{METRICS}?{view.address}")
    changed = page(client, f"{METRICS}?cadence=never&view={view.pk}")

    assert '<span class="tag">changed</span>' not in opened
    assert '<span class="tag">changed</span>' in changed
    assert f"/views/{view.pk}/change/?query=cadence%3Dnever" in changed

    client.post(f"/views/{view.pk}/change/?query=cadence%3Dnever", {"name": "Never"})

    view.refresh_from_db()
    assert (view.name, view.query, view.is_shared) == ("Never", "cadence=never", False)


def test_the_default_opens_where_nothing_is_asked_and_only_there(people, as_):
    view, client = view_of(people["viewer"]), as_("viewer")

    client.post(f"/views/{view.pk}/default/")

    assert client.get(METRICS)["Location"] == f"?cadence=old&sort=-name&view={view.pk}"
    assert client.get(f"{METRICS}?view=all").status_code == 200
    assert client.get(f"{METRICS}?format=csv").status_code == 200
    assert as_("specialist").get(METRICS).status_code == 200

    client.post(f"/views/{view.pk}/default/", {"clear": "yes"})

    assert client.get(METRICS).status_code == 200


def test_a_default_without_parameters_does_not_send_in_circles(people, as_):
    view = view_of(people["viewer"], query="", is_default=True)
    client = as_("viewer")

    assert client.get(METRICS)["Location"] == f"?view={view.pk}"
    assert client.get(f"{METRICS}?view={view.pk}").status_code == 200


def test_a_shared_view_is_in_everybodys_menu_and_only_its_owner_or_an_administrator_changes_it(people, as_):
    shared = view_of(people["specialist"], name="For all", is_shared=True)
    private = view_of(people["specialist"], name="Mine alone")

    menu = page(as_("viewer"), f"{METRICS}?{shared.address}")
    assert "For all" in menu
    assert "Mine alone" not in menu
    assert f"/views/{shared.pk}/change/" not in menu
    assert f"/views/{shared.pk}/change/" in page(as_("administrator"), f"{METRICS}?{shared.address}")

    told = {
        (role, name): as_(role).get(f"/views/{view.pk}/change/").status_code
        for role in people
        for name, view in (("shared", shared), ("private", private))
    }
    assert told == {
        ("administrator", "shared"): 200, ("administrator", "private"): 404,
        ("specialist", "shared"): 200, ("specialist", "private"): 200,
        ("viewer", "shared"): 404, ("viewer", "private"): 404,
    }  # fmt: skip


def test_a_view_of_somebody_else_reads_like_one_that_does_not_exist(people, as_):
    private = view_of(people["specialist"])
    foreign, missing = (page(as_("viewer"), f"{METRICS}?view={pk}") for pk in (private.pk, 999_999))

    assert "There is no such view." in foreign
    assert "Old ones" not in foreign
    assert ("There is no such view." in missing, "Old ones" in missing) == (True, False)


def test_who_stops_sharing_takes_the_view_from_everybodys_menu_and_default(people, as_):
    view = view_of(people["specialist"], is_shared=True)
    as_("viewer").post(f"/views/{view.pk}/default/")

    as_("specialist").post(f"/views/{view.pk}/change/", {"name": view.name})

    assert as_("viewer").get(METRICS).status_code == 200


def test_a_viewer_keeps_views_and_cannot_share_them(as_):
    as_("viewer").post("/views/new/?list=metrics", {"name": "All of them", "is_shared": "on"})

    assert SavedView.objects.get().is_shared is False


@pytest.mark.parametrize("name", ["customers", "people", "nothing", ""])
def test_views_of_a_list_that_a_person_may_not_open_do_not_exist(people, as_, name):
    view = view_of(people["administrator"], list_name=name or "x", is_shared=True)

    assert as_("viewer").get("/views/new/", {"list": name}).status_code == 404
    assert as_("viewer").post(f"/views/{view.pk}/default/").status_code == 404


def test_what_a_list_no_longer_knows_is_named_and_the_rest_holds(people, as_):
    view = view_of(people["viewer"], query="cadence=never&colour=red&function=0")
    MetricFactory(name="Never measured")

    shown = as_("viewer").get(f"{METRICS}?{view.address}")

    assert [row.metric.name for row in shown.context["list"].page] == []
    assert [problem.split(":")[0] for problem in shown.context["list"].problems] == [
        "'colour' was left out",
        "'function' was left out",
    ]


def test_deleting_asks_first_and_forgets_who_opened_the_list_with_it(people, as_):
    view = view_of(people["specialist"], is_shared=True, is_default=True)
    client = as_("specialist")

    asked = page(client, f"/views/{view.pk}/delete/")
    assert "It disappears from everybody&#x27;s menu." in asked
    assert SavedView.objects.count() == 1

    client.post(f"/views/{view.pk}/delete/")
    assert (SavedView.objects.count(), DefaultView.objects.count()) == (0, 0)


def test_a_name_is_used_once_and_there_is_an_end_to_views(people, as_):
    view_of(people["viewer"])

    answer = as_("viewer").post("/views/new/?list=metrics", {"name": "Old ones"})
    assert answer.status_code == 422
    assert "There is a view named &#x27;Old ones&#x27; already." in answer.content.decode()

    SavedView.objects.bulk_create(
        SavedView(user=people["viewer"], list="metrics", name=f"View {number}") for number in range(MOST_VIEWS - 1)
    )
    with pytest.raises(ValidationError, match=f"You have {MOST_VIEWS} views of this list"):
        view_of(people["viewer"], name="One more")
