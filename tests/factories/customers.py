import factory

from customers.models import Contact, Customer, Lifecycle


class CustomerFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Customer

    name = factory.Sequence(lambda number: f"Customer {number}")
    lifecycle = Lifecycle.CURRENT


class ContactFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Contact

    customer = factory.SubFactory(CustomerFactory)
    name = factory.Sequence(lambda number: f"Contact {number}")
