import factory

from accounts.ciphers import encrypted
from notices.endpoints import PURPOSE
from notices.models import SENT, Delivery, Endpoint, Event, Kind, Notice
from tests.conftest import NOON
from tests.factories.accounts import UserFactory
from tests.factories.metrics import MetricFactory

# As the documents of Standard Webhooks have it.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class EventFactory(factory.django.DjangoModelFactory):
    """A signal for the worse of a metric."""

    class Meta:
        model = Event

    kind = Kind.SIGNAL
    about = factory.LazyFunction(lambda: MetricFactory().pk)
    key = factory.Sequence(lambda number: f"signal:{number}")
    way = "worse"
    day = factory.LazyFunction(NOON.date)
    happened_at = NOON
    body = '{"type":"metric.signal"}'


class NoticeFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Notice

    event = factory.SubFactory(EventFactory)
    person = factory.SubFactory(UserFactory)
    told_at = NOON


class EndpointFactory(factory.django.DjangoModelFactory):
    """Its address is one that no network has, so that nobody is sent anything."""

    class Meta:
        model = Endpoint

    url = "https://192.0.2.1/hook"
    description = factory.Sequence(lambda number: f"Endpoint {number}")
    types = factory.LazyFunction(lambda: list(SENT))
    secret = factory.LazyFunction(lambda: encrypted(PURPOSE, SECRET))
    made_at = NOON


class DeliveryFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Delivery

    event = factory.SubFactory(EventFactory)
    endpoint = factory.SubFactory(EndpointFactory)
    written_at = next_try_at = NOON
