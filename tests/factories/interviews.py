from datetime import UTC, date, datetime

import factory
from django.db import transaction

from customers.hearing import hear_anew
from customers.services import stratum_of
from interviews.models import Interview, Round, SamplingPlan, StratumTarget, Verbatim
from tests.factories.customers import ContactFactory

HELD_ON = date(2026, 3, 2)


class RoundFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Round
        skip_postgeneration_save = True

    name = factory.Sequence(lambda number: f"Round {number}")

    @factory.post_generation
    def products(self: Round, create: bool, products: object, **_kwargs: object) -> None:
        self.products.set(products or [])


class SamplingPlanFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = SamplingPlan

    round = factory.SubFactory(RoundFactory)
    changed_at = datetime(2026, 3, 2, 10, tzinfo=UTC)


class StratumTargetFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = StratumTarget

    plan = factory.SubFactory(SamplingPlanFactory)
    lifecycle = "current"
    industry = "*"
    region = "*"
    size_band = "*"
    population = 3
    weight = 300
    target = 2


class InterviewFactory(factory.django.DjangoModelFactory):
    """An interview in progress; `completed=True` closes it."""

    class Meta:
        model = Interview
        skip_postgeneration_save = True

    class Params:
        completed = factory.Trait(state="completed", completed_at=datetime(2026, 3, 2, 10, tzinfo=UTC))

    contact = factory.SubFactory(ContactFactory)
    customer = factory.LazyAttribute(lambda interview: interview.contact.customer)
    stratum = factory.LazyAttribute(lambda interview: stratum_of(customer=interview.customer))
    round = factory.SubFactory(RoundFactory)
    state = "in_progress"
    held_on = HELD_ON

    @factory.post_generation
    def keep_when_heard(self: Interview, create: bool, _given: object, **_kwargs: object) -> None:
        if create and self.state == "completed":
            with transaction.atomic():
                hear_anew({self.customer_id})


class VerbatimFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Verbatim

    interview = factory.SubFactory(InterviewFactory)
    text = "We run at night. If the press stops at ten, I need it back before six."
