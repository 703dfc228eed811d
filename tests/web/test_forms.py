"""Fields of forms that Django's own do not quite cover."""

import pytest
from django.core.exceptions import ValidationError

from functions.models import Function
from tests.factories.functions import FunctionFactory
from web.forms import SeveralField

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("number", ["9223372036854775808", "9" * 5000, "999999999999999999", "-1"])
def test_several_records_are_never_looked_up_by_a_number_that_no_id_has(number):
    field, sales = SeveralField(queryset=Function.objects.all()), FunctionFactory()

    assert list(field.clean([str(sales.pk)])) == [sales]
    with pytest.raises(ValidationError) as refused:
        field.clean([str(sales.pk), number])
    assert refused.value.code == "invalid_choice"
