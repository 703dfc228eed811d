"""What the rows of a file say of customers who are there: found row by row, written many at a time."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from customers import services
from customers.models import Contact, Customer, Lifecycle
from customers.registering import Errors, NewCustomer, add_product_uses, change_customers
from web.imports import RowChange

COMPARED = ("name", "industry", "country", "region", "size_band", "value_band", "domain")


class Update(NamedTuple):
    """A row about a customer who is there; one that was found to be the same only fills what is blank."""

    row: int
    new: NewCustomer
    customer: Customer
    is_found: bool = False

    def changes(self) -> dict[str, Any]:
        changes = dict(differing(self.new, self.customer))
        if self.is_found:
            changes = {name: value for name, value in changes.items() if not getattr(self.customer, name)}
            if self.new.external_id and not self.customer.external_id:
                changes["external_id"] = self.new.external_id
        return changes

    @property
    def is_moved(self) -> bool:
        return not self.is_found and "lifecycle" in self.new.stated and self.new.lifecycle != self.customer.lifecycle

    def refusal(self) -> Errors:
        """Return why this customer cannot be changed by a file: it is a function."""
        if self.customer.lifecycle != Lifecycle.INTERNAL or not (self.is_moved or self.changes()):
            return {}
        return {"external_id": ValidationError(_("It is a function, an internal customer: change it on its page."))}

    def change(self, what: str, before: str, after: str) -> RowChange:
        return RowChange(self.row, self.customer.name if self.is_found else self.new.name, what, before, after)


class Updated(NamedTuple):
    """What became of an update: what it changed, or what is wrong by field."""

    changes: list[RowChange]
    errors: Errors


def differing(new: NewCustomer, customer: Customer) -> Iterator[tuple[str, Any]]:
    """Yield the fields of which a row says something else than the register."""
    for name in COMPARED:
        is_left_to_country = name == "region" and (new.country or customer.country)
        if name in new.stated and not is_left_to_country and getattr(customer, name) != getattr(new, name):
            yield name, getattr(new, name)


def bring_up_to_date(*, updates: Sequence[Update], today: date) -> list[Updated]:
    """Bring customers to what rows say of them. Several rows of one customer follow each other, as in the file."""
    refusals = [each.refusal() for each in updates]
    allowed = [each for each, refusal in zip(updates, refusals, strict=True) if not refusal]
    done = iter(_bring_up_to_date(allowed, today))
    return [Updated([], refusal) if refusal else next(done) for refusal in refusals]


def _bring_up_to_date(updates: Sequence[Update], today: date) -> Iterator[Updated]:
    wanted: list[tuple[Customer, dict[str, Any]]] = []
    seen: list[list[RowChange]] = []
    for each in updates:
        changes = each.changes()
        seen.append([each.change(words(name), shown(each.customer, name), shown(each.new, name)) for name in changes])
        wanted.append((each.customer, changes))
        for name, value in changes.items():
            setattr(each.customer, name, value)
    refused = change_customers(rows=wanted)
    moves = [_follow_lifecycle(each, today) for each in updates]
    # What somebody uses or considers follows from where the customer stands after the row.
    added = add_product_uses(rows=[(each.customer, each.new) for each in updates])
    for each, changed, errors, (moved, more), products in zip(updates, seen, refused, moves, added, strict=True):
        named = [each.change("products", "", product.name) for product in products]
        yield Updated(changed + moved + named, errors | more)


def _follow_lifecycle(update: Update, today: date) -> tuple[list[RowChange], Errors]:
    new, customer = update.new, update.customer
    if not update.is_moved:
        return [], {}
    before, since = shown(customer, "lifecycle"), new.lifecycle_since or today
    try:
        with transaction.atomic():
            services.change_lifecycle(customer=customer, lifecycle=new.lifecycle, since_on=since, today=today)
            check_moved(customer, new.lifecycle)
    except ValidationError as error:
        return [], errors_of(error)
    customer.lifecycle = new.lifecycle
    return [update.change("lifecycle", before, f"{new.lifecycle} ({since.isoformat()})")], {}


def check_moved(customer: Customer, lifecycle: str) -> None:
    """Refuse a day before one that the register knows of: the customer would stay where it is."""
    if Customer.objects.values_list("lifecycle", flat=True).get(pk=customer.pk) != lifecycle:
        message = _("The register knows a later change. State a later day, or correct the entry on its page.")
        raise ValidationError({"since_on": ValidationError(message, code="order")})


def errors_of(error: ValidationError) -> Errors:
    """Return what is wrong by field; what is wrong with the whole stands at the id."""
    if hasattr(error, "error_dict"):
        return {name: ValidationError(found) for name, found in error.error_dict.items()}
    return {"external_id": error}


def words(name: str, noun: type[Customer | Contact] = Customer) -> str:
    field: Any = noun._meta.get_field(name)  # noqa: SLF001
    return str(field.verbose_name)


def shown(record: Customer | NewCustomer | Contact, name: str) -> str:
    return str(getattr(record, name) or "")
