"""Whose answers the views of requirements read, and for how much each of them speaks."""

from datetime import date
from fractions import Fraction

import pytest

from customers.models import ValueBand
from interviews.models import Part
from interviews.opinions import (
    ONE,
    Asked,
    expectation_rows,
    heard_on_scales,
    heard_with_expectations,
    importance_rows,
    kano_pairs,
    rating_rows,
)
from interviews.parts import Importance, Perception
from interviews.services import record_answer
from requirements_catalog.models import RatingScale
from requirements_catalog.services import merge_requirements
from tests.conftest import NOON
from tests.factories.customers import ContactFactory, CustomerFactory
from tests.factories.functions import FunctionFactory
from tests.factories.interviews import InterviewFactory
from tests.factories.requirements_catalog import ProductFactory, RatingScaleFactory, RequirementFactory

pytestmark = pytest.mark.django_db
TODAY = NOON.date()
CURRENT = Asked("current", None, TODAY)


@pytest.fixture
def product(noon):
    return ProductFactory()


@pytest.fixture
def requirement(product):
    return RequirementFactory(products=[product])


def felt(requirement, product, pair, *, contact=None, on=TODAY, completed=True):
    interview = InterviewFactory(contact=contact or ContactFactory(), held_on=on, completed=completed)
    functional, dysfunctional = pair or (None, None)
    interview.kano_answers.create(
        requirement=requirement,
        product=product,
        functional=functional,
        dysfunctional=dysfunctional,
        state=Part.KNOWN if pair else Part.DOES_NOT_KNOW,
    )
    return interview


def pairs(asked=CURRENT, by=""):
    rows, heard = kano_pairs(asked, by=by)
    return [row[1:] for row in rows], {key[1]: (each.contacts, each.customers) for key, each in heard.items()}


def test_a_contact_s_newest_pair_counts_and_colleagues_share_one_voice(requirement, product):
    customer = CustomerFactory()
    first, second = ContactFactory(customer=customer), ContactFactory(customer=customer)
    felt(requirement, product, (1, 5), contact=first, on=date(2026, 1, 5))
    felt(requirement, product, (2, 5), contact=first)
    felt(requirement, product, (3, 3), contact=second)
    felt(requirement, product, (3, 3))

    assert pairs() == ([("", 2, 5, 2, 1), ("", 3, 3, 1, 1), ("", 3, 3, 2, 1)], {"": (3, 2)})


def test_what_is_not_known_now_takes_the_place_of_what_was_said(requirement, product):
    contact = ContactFactory()
    felt(requirement, product, (1, 5), contact=contact, on=date(2026, 1, 5))
    felt(requirement, product, None, contact=contact)

    assert pairs() == ([], {})


def test_only_completed_interviews_of_the_scope_up_to_the_day_count(requirement, product):
    other = ProductFactory()
    requirement.products.add(other)
    felt(requirement, product, (1, 1), completed=False)
    felt(requirement, product, (2, 2), contact=ContactFactory(customer__lifecycle="past"))
    felt(
        requirement,
        product,
        (4, 4),
        contact=ContactFactory(customer__lifecycle="internal", customer__function=FunctionFactory()),
    )
    felt(requirement, other, (3, 3), on=date(2026, 1, 5))
    felt(requirement, product, (5, 5))

    def said(**scope):
        return [row[1] for row in pairs(Asked(**{"lifecycle": "current", "product": None, "as_of": TODAY} | scope))[0]]

    assert said() == [3, 5]
    assert said(lifecycle="past") == [2]
    assert said(lifecycle="") == [2, 3, 5]
    assert said(product=product.pk) == [5]
    assert said(as_of=date(2026, 1, 31)) == [3]


def test_pairs_are_told_apart_by_segment_and_merged_requirements_are_one(requirement, product):
    merged = RequirementFactory(products=[product], attribute=requirement.attribute, owner=requirement.owner)
    felt(merged, product, (1, 5), contact=ContactFactory(customer__region="europe-west"))
    felt(requirement, product, (1, 5), contact=ContactFactory(customer__region="europe-south"))
    merge_requirements(requirement=merged, into=requirement)

    rows, heard = pairs(by="region")

    assert [row[0] for row in rows] == ["europe-south", "europe-west"]
    assert heard == {"europe-south": (1, 1), "europe-west": (1, 1)}


# ---- Importance and perception


def rate(requirement, product, scale, *, contact=None, importance=None, perceived=None, expected=None):
    interview = InterviewFactory(contact=contact or ContactFactory(), held_on=TODAY, completed=True)
    record = {}
    if importance is not None:
        record["importance"] = Importance.rated(importance, scale)
    if perceived is not None:
        record["perception"] = Perception.rated(perceived, scale, expected)
    interview.state = "in_progress"
    interview.save()
    record_answer(interview=interview, requirement=requirement, product=product, **record)
    interview.state = "completed"
    interview.save()


def test_an_answer_speaks_for_its_customer_s_value_shared_with_colleagues(requirement, product):
    scale = RatingScaleFactory()
    band = ValueBand.objects.create(name="Large", weight=300, position=1)
    customer = CustomerFactory(value_band=band)
    for rating in (4, 8):
        rate(
            requirement, product, scale, contact=ContactFactory(customer=customer), importance=rating, perceived=rating
        )
    rate(requirement, product, scale, importance=10, perceived=10, expected=9)

    rows, heard = importance_rows(CURRENT)
    assert [(row.num / row.den, row.voice.mass, row.voice.of_customer, row.times) for row in rows] == [
        (4.0, 150, 300, 1), (8.0, 150, 300, 1), (10.0, 100, 100, 1)
    ]  # fmt: skip
    assert (rows[0].minimum, rows[0].maximum) == (1, 10)
    assert (heard[requirement.pk].contacts, heard[requirement.pk].customers) == (3, 2)

    rated, _heard = rating_rows(CURRENT)
    assert [(row.perceived, row.expected, row.voice.mass) for row in rated] == [
        (4, None, 150), (8, None, 150), (10, 9, 100)
    ]  # fmt: skip
    assert [row.voice_expected.shared for row in rated] == [0, 0, 1]


def test_who_weighs_nothing_stands_behind_no_number(requirement, product):
    scale, nothing = RatingScaleFactory(), ValueBand.objects.create(name="Lost", weight=0, position=1)
    for number in range(3):
        contact = ContactFactory(customer__value_band=nothing) if number else ContactFactory()
        rate(requirement, product, scale, contact=contact, importance=5, perceived=5, expected=6)

    pk = requirement.pk
    heard = (
        importance_rows(CURRENT)[1][pk],
        rating_rows(CURRENT)[1][pk],
        expectation_rows(CURRENT)[1][requirement.attribute_id],
        heard_with_expectations(CURRENT)[pk],
        heard_on_scales(CURRENT, [scale.pk])[pk],
    )

    assert {(each.contacts, each.customers) for each in heard} == {(1, 1)}
    assert heard_on_scales(CURRENT, [scale.pk + 1]) == heard_on_scales(CURRENT, []) == {}


def test_gaps_of_one_person_add_up_over_the_requirements_of_an_attribute(requirement, product):
    ten, five = RatingScaleFactory(), RatingScale.objects.get(name="1 to 5")
    second = RequirementFactory(products=[product], attribute=requirement.attribute)
    contact = ContactFactory()
    rate(requirement, product, ten, contact=contact, perceived=6, expected=9)
    rate(second, product, five, contact=contact, perceived=5, expected=4)
    rate(second, product, five, perceived=5)

    rows, heard = expectation_rows(CURRENT)

    # Three points of ten less, and one of five more.
    assert [(row.attribute, row.total, row.items, row.voice.mass) for row in rows] == [
        (requirement.attribute_id, Fraction(-1), 2, 100)
    ]
    assert heard[requirement.attribute_id].customers == 1
    assert rows[0].voice.factor == ONE
