import pytest
from django.urls import reverse

from tests.factories.customers import CustomerFactory
from tests.factories.functions import FunctionFactory, MembershipFactory
from tests.factories.metrics import MetricFactory
from tests.factories.requirements_catalog import RequirementFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def press(db):
    """Return one of each kind that holds the word 'press', all of one function."""
    owner = FunctionFactory(name="Press hall")
    return {
        "requirement_detail": RequirementFactory(statement="The press runs when we planned to run it", owner=owner),
        "function_detail": owner,
        "customer_detail": CustomerFactory(name="Press and Sons"),
        "metric_detail": MetricFactory(name="Hours until the press runs again", function=owner),
    }


def found(client, text: str, press) -> set[str]:
    html = client.get(reverse("search"), {"q": text}).content.decode()
    return {page for page, record in press.items() if f'href="{reverse(page, args=[record.pk])}"' in html}


def test_a_specialist_finds_every_kind(client, press):
    client.force_login(MembershipFactory(role="specialist").user)

    assert found(client, "PRESS", press) == set(press)


def test_a_viewer_finds_neither_customers_nor_metrics(client, press):
    client.force_login(MembershipFactory(role="viewer").user)

    assert found(client, "press", press) == {"requirement_detail", "function_detail"}


def test_a_head_finds_the_metrics_of_the_own_function_only(client, press):
    MetricFactory(name="press waste")
    client.force_login(MembershipFactory(function=press["function_detail"]).user)

    html = client.get(reverse("search"), {"q": "press"}).content.decode()

    assert found(client, "press", press) == {"requirement_detail", "function_detail", "metric_detail"}
    assert "press waste" not in html


def test_every_word_must_be_found(client, press):
    client.force_login(MembershipFactory(role="specialist").user)

    assert found(client, "press hours", press) == {"metric_detail"}
    assert "Nothing is called 'press nothing'" in client.get(reverse("search"), {"q": "press nothing"}).content.decode()


def test_no_more_than_ten_of_a_kind_are_shown_and_the_list_is_linked(client):
    for _ in range(11):
        FunctionFactory(purpose="", name=f"Team {_}")
    client.force_login(MembershipFactory(role="viewer").user)

    html = client.get(reverse("search"), {"q": "team"}).content.decode()

    assert "More than 10 things match 'team'" in html
    assert f'href="{reverse("function_list")}?q=team"' in html


@pytest.mark.parametrize("text", ["", "   ", "\x00", "%", "x" * 5000, "' OR 1=1 --", "<script>alert(1)</script>"])
def test_no_text_breaks_the_search(client, press, text):
    client.force_login(MembershipFactory(role="specialist").user)

    answer = client.get(reverse("search"), {"q": text})

    assert answer.status_code == 200
    assert "<script>alert" not in answer.content.decode()


def test_the_search_is_for_members(client):
    assert client.get(reverse("search")).url == "/accounts/login/?next=/search/"
