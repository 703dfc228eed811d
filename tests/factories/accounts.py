from datetime import timedelta

import factory
from django.utils import timezone

from accounts.models import Invitation, User


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = User

    username = factory.Sequence(lambda number: f"person{number}")


class InvitationFactory(factory.django.DjangoModelFactory):
    """An invitation that is open for a week, with a link that nobody knows."""

    class Meta:
        model = Invitation

    person = factory.SubFactory(UserFactory)
    made_at = factory.LazyFunction(timezone.now)
    expires_at = factory.LazyAttribute(lambda made: made.made_at + timedelta(days=7))
