"""What the register holds of a contact, told and erased."""

from collections.abc import Iterable, Mapping
from typing import Any

from accounts.personal_data import Holding, Outlook, Room, register_room, row_of
from customers.models import Contact

# A shorter id would be found in half of everything.
SHORTEST_ID = 6
HOLDINGS = (
    Holding(
        "customers.Contact",
        contact=(
            "name", "position", "email", "language", "time_zone", "consent_source", "opted_out_source", "external_id",
            "search_text",
        ),
    ),
    Holding("customers.Customer", nothing="an organisation"),
    Holding("customers.LifecyclePeriod", nothing="since when an organisation is a customer"),
    Holding("customers.ProductUse", nothing="which product an organisation uses, and for what"),
    Holding("customers.Stratum", nothing="a segment of organisations"),
    Holding("customers.ValueBand", nothing="a weight"),
)  # fmt: skip


def told(contact_id: int) -> Mapping[str, Any]:
    contact = Contact.objects.select_related("customer").get(pk=contact_id)
    return {"contact": row_of(contact, leave_out=("key",)), "customer": {"name": contact.customer.name}}


def mentions(contact_id: int) -> Iterable[str]:
    contact = Contact.objects.get(pk=contact_id)
    return (contact.name, contact.email, contact.external_id if len(contact.external_id) >= SHORTEST_ID else "")


def outlook(_contact_id: int) -> Outlook:
    return Outlook(
        goes=("Name, position, address, language, time zone, consent and the id of other systems.",),
        stays=("A number without a person, so that figures still know how many were heard.",),
    )


# Erased by `customers.erasing`, last: every other room finds its copies by the name.
register_room(Room(name="customers", holdings=HOLDINGS, told=told, mentions=mentions, outlook=outlook))
