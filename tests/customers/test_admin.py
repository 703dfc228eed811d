import pytest
from django.test import Client
from django.urls import reverse

from customers.models import ValueBand
from functions.services import assign_role
from jobs.models import Marker
from tests.factories.accounts import UserFactory
from tests.factories.customers import CustomerFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator(client: Client) -> Client:
    person = UserFactory()
    assign_role(user=person, role="administrator")
    client.force_login(person)
    return client


def test_a_weight_that_is_changed_in_the_admin_leaves_its_markers(administrator):
    administrator.post(reverse("admin:customers_valueband_add"), {"name": "Key", "weight": "400", "position": "1"})
    band = ValueBand.objects.get()
    customer = CustomerFactory(value_band=band)

    administrator.post(
        reverse("admin:customers_valueband_change", args=[band.pk]), {"name": "Key", "weight": "500", "position": "1"}
    )

    band.refresh_from_db()
    assert band.weight == 500
    assert list(Marker.objects.values_list("kind", "key1")) == [
        (Marker.Kind.CUSTOMER, customer.pk),
        (Marker.Kind.REGISTER, 0),
    ]


def test_a_weight_above_1000_is_refused(administrator):
    answer = administrator.post(
        reverse("admin:customers_valueband_add"), {"name": "Key", "weight": "1001", "position": "1"}
    )

    assert "less than or equal to 1000" in answer.content.decode()
    assert ValueBand.objects.count() == 0


def test_a_band_in_use_stays_and_another_goes(administrator):
    used, unused = (ValueBand.objects.create(name=name, weight=100) for name in ("Used", "Unused"))
    CustomerFactory(value_band=used)

    for band in (used, unused):
        administrator.post(reverse("admin:customers_valueband_delete", args=[band.pk]), {"post": "yes"})

    assert list(ValueBand.objects.all()) == [used]
