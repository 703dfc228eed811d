import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from functions.models import Membership
from tests.factories.accounts import UserFactory
from tests.factories.functions import FunctionFactory, MembershipFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator(client) -> User:
    """Return the one administrator, signed in."""
    person = MembershipFactory(role="administrator", user__username="ada").user
    client.force_login(person)
    return person


def fields(**others) -> dict[str, object]:
    return {"username": "ines", "first_name": "Ines", "last_name": "Moreau", "email": "", "is_active": "on"} | others


def held(person: User) -> set[tuple[str, int | None, bool]]:
    return set(Membership.objects.filter(user=person).values_list("role", "function_id", "may_see_names"))


# ---- Who may


@pytest.mark.parametrize("role", ["specialist", "viewer"])
@pytest.mark.parametrize("name", ["settings_people", "person_create", "settings_program"])
def test_only_administrators_find_the_pages_of_people(client, role, name):
    client.force_login(MembershipFactory(role=role).user)

    assert client.get(reverse(name)).status_code == 404


def test_somebody_without_a_role_is_told_to_ask_for_one(client):
    client.force_login(UserFactory(username="new"))

    answer = client.get(reverse("settings_home"))

    assert answer.status_code == 403
    assert "Ask an administrator to give you a role" in answer.content.decode()


def test_an_anonymous_person_is_asked_to_sign_in(client):
    answer = client.get(reverse("settings_people"))

    assert answer.url == "/accounts/login/?next=/settings/people/"


# ---- The list


def test_the_list_names_people_with_their_roles(client, administrator, django_assert_max_num_queries):
    sales = FunctionFactory(name="Sales")
    MembershipFactory(user=UserFactory(first_name="Ines", last_name="Moreau"), function=sales, may_see_names=True)

    # One of them counts the words that wait for a coder.
    with django_assert_max_num_queries(11):
        html = client.get(reverse("settings_people")).content.decode()

    assert "2 people have an account" in html
    assert "head of Sales, sees names" in html


def test_the_list_is_filtered_by_role_and_can_be_taken_along(client, administrator):
    MembershipFactory(role="viewer", user__username="vera")

    answer = client.get(reverse("settings_people"), {"role": "viewer", "format": "csv"})
    lines = b"".join(answer.streaming_content).decode().splitlines()

    assert lines == ["\ufeffname,username,email,roles,last_login,may_sign_in,invitation", "vera,vera,,viewer,,True,"]


# ---- Inviting


def test_an_invitation_makes_an_account_with_its_roles(client, administrator):
    sales = FunctionFactory()

    answer = client.post(reverse("person_create"), fields(roles=["specialist"], head_of=[sales.pk]))

    ines = User.objects.get(username="ines")
    assert held(ines) == {("specialist", None, False), ("head", sales.pk, False)}
    assert "Hand this link to Ines Moreau now: it is not shown again" in answer.content.decode()


def test_a_user_name_that_is_taken_leaves_nothing_written(client, administrator):
    UserFactory(username="ines")

    answer = client.post(reverse("person_create"), fields(roles=["viewer"]))

    assert answer.status_code == 422
    assert "A user with that username already exists." in answer.content.decode()
    assert Membership.objects.count() == 1


def test_a_second_head_of_a_function_is_refused_and_no_account_is_made(client, administrator):
    headed = MembershipFactory(function=FunctionFactory()).function

    answer = client.post(reverse("person_create"), fields(head_of=[headed.pk]))

    assert answer.status_code == 422
    assert "This function has a head and a deputy already: end that role first." in answer.content.decode()
    assert not User.objects.filter(username="ines").exists()


# ---- Changing


def test_roles_are_changed_to_exactly_those_that_were_ticked(client, administrator):
    sales, training = FunctionFactory(), FunctionFactory()
    ines = MembershipFactory(function=sales, user__username="ines").user
    MembershipFactory(user=ines, role="viewer")

    answer = client.post(
        reverse("person_update", args=[ines.pk]),
        fields(roles=["viewer"], deputy_of=[training.pk], may_see_names="on"),
    )

    assert answer.url == reverse("settings_people")
    assert held(ines) == {("viewer", None, True), ("deputy", training.pk, True)}


def test_the_form_shows_what_a_person_is_now(client, administrator):
    sales = FunctionFactory(name="Sales")
    ines = MembershipFactory(function=sales).user
    MembershipFactory(user=ines, role="specialist")

    html = client.get(reverse("person_update", args=[ines.pk])).content.decode()

    assert re.search(r'name="roles" value="specialist"[^>]*checked', html)
    assert not re.search(r'name="roles" value="viewer"[^>]*checked', html)
    assert re.search(rf'name="head_of" value="{sales.pk}"[^>]*checked', html)


def test_nobody_is_head_and_deputy_of_one_function(client, administrator):
    sales = FunctionFactory(name="Sales")
    ines = UserFactory(username="ines")

    answer = client.post(reverse("person_update", args=[ines.pk]), fields(head_of=[sales.pk], deputy_of=[sales.pk]))

    assert answer.status_code == 422
    assert "Nobody is both head and deputy of one function." in answer.content.decode()
    assert held(ines) == set()


def test_an_ended_account_is_out_at_its_next_click(client, administrator):
    ines = MembershipFactory(user__username="ines", role="viewer").user
    inside = Client()
    inside.force_login(ines, backend="django.contrib.auth.backends.ModelBackend")
    assert inside.get(reverse("settings_home")).status_code == 200

    client.post(reverse("person_update", args=[ines.pk]), fields(roles=["viewer"], is_active=""))

    ines.refresh_from_db()
    assert not ines.is_active
    assert inside.get(reverse("settings_home")).url == "/accounts/login/?next=/settings/"


@pytest.mark.parametrize("change", [{"roles": ["viewer"]}, {"roles": ["administrator"], "is_active": ""}])
def test_the_last_administrator_stays(client, administrator, change):
    answer = client.post(reverse("person_update", args=[administrator.pk]), fields(username="ada", **change))

    administrator.refresh_from_db()
    assert answer.status_code == 422
    assert "is the last administrator. Make somebody else an administrator first." in answer.content.decode()
    assert administrator.is_active
    assert held(administrator) == {("administrator", None, False)}


def test_one_of_two_administrators_may_step_down(client, administrator):
    MembershipFactory(role="administrator")

    client.post(reverse("person_update", args=[administrator.pk]), fields(username="ada", roles=["viewer"]))

    assert held(administrator) == {("viewer", None, False)}


def test_the_admin_of_reference_data_opens_for_administrators_only(client, administrator):
    ines = UserFactory(username="ines")
    change = reverse("person_update", args=[ines.pk])

    client.post(change, fields(roles=["administrator"]))
    ines.refresh_from_db()
    assert (ines.is_staff, ines.is_superuser) == (True, True)

    client.post(change, fields(roles=["specialist"]))
    ines.refresh_from_db()
    assert (ines.is_staff, ines.is_superuser) == (False, False)


def test_the_last_sign_in_is_shown_with_its_age(client, administrator):
    administrator.last_login = timezone.now()
    administrator.save()

    assert ">just now</time>" in client.get(reverse("settings_people")).content.decode()
