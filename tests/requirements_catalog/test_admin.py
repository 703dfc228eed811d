import pytest
from django.test import Client
from django.urls import reverse

from functions.services import assign_role
from requirements_catalog.models import Attribute, Product, RatingScale
from tests.factories.accounts import UserFactory
from tests.factories.functions import MembershipFactory
from tests.factories.requirements_catalog import ProductFactory, RatingScaleFactory, RequirementFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator(client: Client) -> Client:
    person = UserFactory()
    assign_role(user=person, role="administrator")
    client.force_login(person)
    return client


def test_an_attribute_is_added_changed_and_deleted(administrator):
    administrator.post(
        reverse("admin:requirements_catalog_attribute_add"), {"name": "Price", "description": "", "position": "9"}
    )
    attribute = Attribute.objects.get(key="price")
    assert (attribute.name, attribute.position, attribute.is_core) == ("Price", 9, False)
    administrator.post(
        reverse("admin:requirements_catalog_attribute_change", args=[attribute.pk]),
        {"name": "Price and value", "description": "", "position": "9"},
    )
    attribute.refresh_from_db()
    assert (attribute.name, attribute.key) == ("Price and value", "price")
    administrator.post(reverse("admin:requirements_catalog_attribute_delete", args=[attribute.pk]), {"post": "yes"})
    assert Attribute.objects.count() == 6


def test_a_name_that_makes_no_key_of_its_own_is_refused(administrator):
    answer = administrator.post(
        reverse("admin:requirements_catalog_attribute_add"),
        {"name": "Ease of use!", "description": "", "position": "9"},
    )

    assert "Choose a name whose letters differ" in answer.content.decode()
    assert Attribute.objects.count() == 6


def test_the_six_attributes_stay(administrator):
    core = Attribute.objects.get(key="documentation")

    answer = administrator.post(reverse("admin:requirements_catalog_attribute_delete", args=[core.pk]), {"post": "yes"})
    administrator.post(
        reverse("admin:requirements_catalog_attribute_changelist"),
        {"action": "delete_selected", "_selected_action": [core.pk], "post": "yes"},
    )

    assert answer.status_code == 403
    assert Attribute.objects.filter(is_core=True).count() == 6


def test_an_attribute_in_use_stays(administrator):
    attribute = Attribute.objects.create(key="price", name="Price")
    RequirementFactory(attribute=attribute)

    administrator.post(reverse("admin:requirements_catalog_attribute_delete", args=[attribute.pk]), {"post": "yes"})

    assert Attribute.objects.filter(pk=attribute.pk).exists()


def test_a_product_is_taken_off_the_lists_not_deleted(administrator):
    administrator.post(reverse("admin:requirements_catalog_product_add"), {"name": "Press", "is_active": "on"})
    product = Product.objects.get()
    administrator.post(reverse("admin:requirements_catalog_product_change", args=[product.pk]), {"name": "Press"})
    answer = administrator.post(
        reverse("admin:requirements_catalog_product_delete", args=[product.pk]), {"post": "yes"}
    )

    assert answer.status_code == 403
    assert not Product.objects.get().is_active


def test_a_changed_rating_scale_is_a_new_version(administrator):
    scale = RatingScaleFactory(name="Smileys", maximum=3, satisfied_from=3)
    data = {"name": "Smileys", "minimum": "1", "maximum": "3", "satisfied_from": "2"}

    answer = administrator.post(reverse("admin:requirements_catalog_ratingscale_change", args=[scale.pk]), data)
    administrator.post(reverse("admin:requirements_catalog_ratingscale_add"), data)

    assert answer.status_code == 403
    versions = RatingScale.objects.filter(name="Smileys").values_list("version", "satisfied_from")
    assert list(versions) == [(1, 3), (2, 2)]


def test_a_specialist_has_no_admin(client):
    product = ProductFactory()
    client.force_login(MembershipFactory(role="specialist").user)

    answer = client.post(reverse("admin:requirements_catalog_product_change", args=[product.pk]), {"name": "Other"})

    assert answer.status_code in {302, 403}
    product.refresh_from_db()
    assert product.name != "Other"
