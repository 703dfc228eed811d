import re

import pytest
from django.urls import reverse

from functions.models import Function, Program
from functions.services import set_up_program
from jobs.models import Job, Marker
from requirements_catalog.models import Product
from tests.factories.functions import FunctionFactory, MembershipFactory
from tests.factories.requirements_catalog import RequirementFactory

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def signed_in(client):
    """Return a function that signs somebody with a role in."""

    def sign_in(role: str):
        client.force_login(MembershipFactory(role=role).user)
        return client

    return sign_in


def settings_of(**others) -> dict[str, object]:
    return {
        "name": "ABC",
        "time_zone": "Europe/Berlin",
        "currency": "EUR",
        "wanted_share": 80,
        "watch_from": 10,
        "gap_from": 25,
        "severe_from": 50,
        "half_life_months": 12,
        "ask_again_days": 90,
        "ambassador_rest_days": 90,
        "ambassador_asks_a_year": 3,
        "ambassador_met_from": 60,
    } | others


def setup_of(**others) -> dict[str, object]:
    return {
        "name": "ABC quality program",
        "time_zone": "Europe/Berlin",
        "currency": "eur",
        "products": "ABC press\n\nABC press\nABC ink",
        "functions": "Sales\nTraining",
    } | others


# ---- The settings home


@pytest.mark.parametrize(
    ("role", "pages"),
    [
        ("viewer", {"settings_tokens"}),
        ("specialist", {"settings_tokens", "settings_jobs"}),
        ("administrator", {"settings_tokens", "settings_jobs", "settings_people", "settings_program", "settings_data"}),
    ],
)
def test_the_settings_link_to_what_a_role_may_open(signed_in, role, pages):
    client = signed_in(role)

    html = client.get(reverse("settings_home")).content.decode()

    for name in ("settings_tokens", "settings_jobs", "settings_people", "settings_program", "settings_data"):
        assert (f'href="{reverse(name)}"' in html) == (name in pages)
        assert (client.get(reverse(name)).status_code == 404) == (name not in pages)


# ---- The program


def test_the_bands_are_changed_without_recomputing_anything(signed_in):
    set_up_program(name="ABC")
    client = signed_in("administrator")

    answer = client.post(reverse("settings_program"), settings_of(watch_from=15))

    assert answer.url == reverse("settings_program")
    assert Program.objects.get().watch_from == 15
    assert not Marker.objects.exists()


def test_another_half_life_marks_the_requirements_that_follow_it(signed_in):
    set_up_program(name="ABC")
    follows = RequirementFactory()
    RequirementFactory(half_life_months=6)
    Marker.objects.all().delete()

    answer = signed_in("administrator").post(reverse("settings_program"), settings_of(half_life_months=24), follow=True)

    assert "Saved. All scores will be recomputed." in answer.content.decode()
    marked = Marker.objects.filter(kind=Marker.Kind.REQUIREMENT).values_list("key1", flat=True)
    assert list(marked) == [follows.pk]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"gap_from": 5}, "The three band edges must rise: watch, then gap, then severe, at most 100."),
        ({"currency": "euro"}, "Ensure this value has at most 3 characters (it has 4)."),
        ({"currency": "eu1"}, "Enter three capital letters, for example EUR."),
        ({"time_zone": "Mars/Olympus"}, "Select a valid choice."),
        ({"wanted_share": 101}, "Ensure this value is less than or equal to 100."),
        ({"half_life_months": 0}, "Ensure this value is greater than or equal to 1."),
    ],
)
def test_settings_that_make_no_sense_change_nothing(signed_in, change, problem):
    set_up_program(name="Before")

    answer = signed_in("administrator").post(reverse("settings_program"), settings_of(**change))

    assert answer.status_code == 422
    assert problem in answer.content.decode()
    assert Program.objects.get().name == "Before"


# ---- The first run


def test_home_leads_an_administrator_to_the_setup_while_there_is_no_program(signed_in):
    assert signed_in("administrator").get("/").url == reverse("setup")


def test_the_setup_makes_the_program_its_products_and_its_circle(signed_in):
    answer = signed_in("administrator").post(reverse("setup"), setup_of())

    program = Program.objects.get()
    assert answer.url == "/"
    assert (program.name, program.time_zone, program.currency) == ("ABC quality program", "Europe/Berlin", "EUR")
    assert list(Product.objects.values_list("name", flat=True)) == ["ABC ink", "ABC press"]
    assert list(Function.objects.values_list("name", flat=True)) == ["Sales", "Training"]


def test_a_function_that_is_there_already_is_kept(signed_in):
    sales = FunctionFactory(name="Sales")

    signed_in("administrator").post(reverse("setup"), setup_of())

    assert Function.objects.get(name="Sales") == sales
    assert Function.objects.count() == 2


def test_a_name_that_is_too_long_is_named_and_nothing_is_made(signed_in):
    answer = signed_in("administrator").post(reverse("setup"), setup_of(functions="Sales\n" + "x" * 81))

    assert answer.status_code == 422
    assert "Ensure this value has at most 80 characters (it has 81)." in answer.content.decode()
    assert (Program.objects.count(), Product.objects.count(), Function.objects.count()) == (0, 0, 0)


@pytest.mark.parametrize("field", ["name", "products", "functions"])
def test_a_character_that_no_text_has_is_refused(signed_in, field):
    answer = signed_in("administrator").post(reverse("setup"), setup_of(**{field: "Sales\x00"}))

    assert answer.status_code == 422
    assert "Null characters are not allowed." in answer.content.decode()
    assert not Program.objects.exists()


@pytest.mark.parametrize("missing", ["name", "products", "functions"])
def test_a_program_has_a_name_a_product_and_a_function(signed_in, missing):
    answer = signed_in("administrator").post(reverse("setup"), setup_of(**{missing: " \n "}))

    assert answer.status_code == 422
    assert not Program.objects.exists()


def test_others_are_told_to_wait_for_an_administrator(signed_in):
    client = signed_in("viewer")

    assert "The program is not set up yet" in client.get(reverse("setup")).content.decode()
    client.post(reverse("setup"), setup_of())
    assert not Program.objects.exists()


def test_the_setup_is_gone_once_there_is_a_program(signed_in):
    set_up_program(name="ABC")
    client = signed_in("administrator")

    assert client.get(reverse("setup")).url == "/"
    assert client.post(reverse("setup"), setup_of()).url == "/"
    assert Program.objects.get().name == "ABC"


def test_an_anonymous_person_cannot_set_up(client):
    assert client.get(reverse("setup")).url == "/accounts/login/?next=/setup/"


# ---- Jobs


def test_the_jobs_page_says_that_nothing_waits(signed_in):
    html = signed_in("specialist").get(reverse("settings_jobs")).content.decode()

    assert "Nothing waits: the scores follow from all evidence" in html


def test_the_jobs_page_says_how_long_the_oldest_change_waits(signed_in, noon):
    Marker.objects.create(kind=Marker.Kind.CIRCLE, enqueued_at=noon.replace(hour=11))
    Job.objects.create(kind="rebuild", title="Rebuild of all scores", state="done", done=3, total=3)

    html = signed_in("specialist").get(reverse("settings_jobs")).content.decode()

    assert "1 change waits, the oldest for 60\u00a0min: no worker is folding them" in html
    assert "Rebuild of all scores" in html
    assert "3 of 3" in html


# ---- What is stored


def test_the_example_is_removed_once_its_name_is_typed(signed_in):
    set_up_program(name="ABC quality program", is_example=True)
    RequirementFactory()
    client = signed_in("administrator")

    refused = client.post(reverse("settings_data"), {"typed_name": "ABC"})
    assert refused.status_code == 422
    assert "This is not the name. Nothing was removed." in refused.content.decode()
    assert Function.objects.count() == 1

    answer = client.post(reverse("settings_data"), {"typed_name": "ABC quality program"})
    assert answer.url == reverse("setup")
    assert (Program.objects.count(), Function.objects.count()) == (0, 0)
    assert client.get(reverse("settings_home")).status_code == 200


def test_a_program_of_ones_own_cannot_be_removed(signed_in):
    set_up_program(name="ABC quality program")
    client = signed_in("administrator")

    answer = client.post(reverse("settings_data"), {"typed_name": "ABC quality program"})

    assert answer.status_code == 422
    assert "Remove the example" not in client.get(reverse("settings_data")).content.decode()
    assert Program.objects.exists()


def test_the_data_page_counts_what_is_stored(signed_in):
    set_up_program(name="ABC")
    FunctionFactory()
    FunctionFactory()

    html = signed_in("administrator").get(reverse("settings_data")).content.decode()

    assert re.search(r'<dt>Functions</dt>\s*<dd>\s*<span class="fig-value">2</span>', html)


# ---- What the pages cost


@pytest.mark.parametrize(
    ("name", "budget"),
    # One of them counts, for specialists, what waits in the side; one what waits for the person, in the bar.
    [
        ("settings_home", 7),
        ("settings_tokens", 10),  # a list since: rows counted, saved views
        ("settings_jobs", 12),  # a list since: rows counted, saved views
        ("settings_program", 7),
        ("settings_data", 15),
        ("search", 10),
        ("person_create", 8),
        ("token_create", 6),
    ],
)
def test_a_page_costs_no_more_queries_than_its_budget(signed_in, django_assert_max_num_queries, name, budget):
    set_up_program(name="ABC")
    RequirementFactory(statement="The press runs")
    client = signed_in("administrator")
    client.get(reverse(name))

    with django_assert_max_num_queries(budget):
        assert client.get(reverse(name), {"q": "press"}).status_code == 200
