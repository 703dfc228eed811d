import pytest

from functions.selectors import NOBODY, Access
from requirements_catalog.models import Responsibility
from requirements_catalog.selectors import requirement_ids_for
from tests.factories.functions import FunctionFactory
from tests.factories.requirements_catalog import RequirementFactory

pytestmark = pytest.mark.django_db


def test_a_head_sees_what_the_own_function_owns_or_contributes_to(django_assert_num_queries):
    service, sales = FunctionFactory(), FunctionFactory()
    owned, contributed, _foreign = (RequirementFactory(owner=owner) for owner in (service, sales, sales))
    Responsibility.objects.create(requirement=contributed, function=service, strength=1)
    Responsibility.objects.create(requirement=owned, function=sales, strength=9)

    with django_assert_num_queries(1):
        ids = requirement_ids_for(Access(user_id=1, roles=frozenset({"head"}), functions=frozenset({service.pk})))

    assert ids == {owned.pk, contributed.pk}


@pytest.mark.parametrize("role", ["specialist", "administrator"])
def test_who_works_on_the_program_sees_all(role):
    assert requirement_ids_for(Access(user_id=1, roles=frozenset({role}))) is None


def test_a_viewer_sees_none():
    RequirementFactory()

    assert requirement_ids_for(Access(user_id=1, roles=frozenset({"viewer"}))) == set()
    assert requirement_ids_for(NOBODY) == set()
