"""Many customers and contacts at once: what an import brings is compared with the register, and added if it is new."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.erasures import erased_marks
from customers.models import Contact, Customer, Lifecycle, LifecyclePeriod, ProductUse, Stratum, ValueBand
from customers.places import REGION_OF
from customers.services import (
    PLACING_FIELDS,
    check_comes_back_by_consent,
    check_not_merged,
    follow_country,
    set_changes,
)
from jobs.models import Marker
from jobs.services import leave_markers, mark_register
from requirements_catalog.models import Product
from web.changes import apply_changes

Errors = dict[str, ValidationError]
SAME = ("name", "lifecycle", "industry", "country", "size_band", "value_band_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCustomer:
    """A customer as a file states it; `stated` names the fields that the file has, only those are compared."""

    external_id: str
    name: str
    lifecycle: str = Lifecycle.CURRENT
    lifecycle_since: date | None = None
    industry: str = ""
    country: str = ""
    region: str = ""
    size_band: str = ""
    value_band: ValueBand | None = None
    domain: str = ""
    products: tuple[Product, ...] = ()
    products_since: date | None = None
    stated: frozenset[str] = frozenset()

    @property
    def value_band_id(self) -> int | None:
        return self.value_band.pk if self.value_band else None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewContact:
    customer: Customer
    external_id: str
    name: str
    position: str = ""
    language: str = ""
    email: str = ""
    consent_on: date | None = None
    consent_source: str = ""


@dataclass(frozen=True, slots=True)
class Registered:
    """What became of one item: the record, whether it is new, or what is wrong by field."""

    record: Any = None
    is_new: bool = False
    errors: Errors = field(default_factory=dict)


@transaction.atomic
def register_customers(*, rows: Sequence[NewCustomer]) -> list[Registered]:
    """Add the customers whose external id is new; one that is there with other values is an error of its row."""
    known = customers_by_id(row.external_id for row in rows)
    results: list[Registered] = []
    fresh: list[NewCustomer] = []
    for row in rows:
        customer = known.get(row.external_id)
        if customer is not None:
            results.append(Registered(customer, errors=differences(row, customer)))
            continue
        customer = unsaved_customer(row)
        if errors := errors_in(customer):
            results.append(Registered(errors=errors))
            continue
        known[row.external_id] = customer
        fresh.append(row)
        results.append(Registered(customer, is_new=True))
    if fresh:
        store_customers(fresh, known)
    return results


def customers_by_id(external_ids: Iterable[str]) -> dict[str, Customer]:
    # The condition of the partial index: PostgreSQL does not see by itself that none of many ids is empty.
    found = Customer.objects.filter(external_id__in=sorted(set(external_ids))).exclude(external_id="").order_by()
    return {customer.external_id: customer for customer in found}


def unsaved_customer(row: NewCustomer) -> Customer:
    return Customer(
        external_id=row.external_id,
        name=row.name,
        lifecycle=row.lifecycle,
        industry=row.industry,
        country=row.country,
        region=REGION_OF.get(row.country, "") if row.country else row.region,
        size_band=row.size_band,
        value_band=row.value_band,
        domain=row.domain,
    )


def errors_in(record: Customer | Contact) -> Errors:
    """Return what the fields refuse; an internal customer is a function, which no file can state."""
    errors: Errors = {}
    # Looked for among the names of all countries, in a language, once a row: the code alone says as much.
    known = {"country"} if isinstance(record, Customer) and str(record.country or "") in REGION_OF else set()
    try:
        record.clean_fields(exclude={"value_band", "customer", "function", "merged_into"} | known)
    except ValidationError as error:
        errors |= {name: ValidationError(found) for name, found in error.error_dict.items()}
    if isinstance(record, Customer) and record.lifecycle == Lifecycle.INTERNAL:
        message = _("An internal customer is a function. Add it in the register instead.")
        errors["lifecycle"] = ValidationError(message, code="internal")
    return errors


def differences(row: NewCustomer, customer: Customer) -> Errors:
    """Return the stated fields in which the register has another value."""
    return {
        name.removesuffix("_id"): other_value_error(_("customer"), row.external_id, getattr(customer, name))
        for name in SAME
        if name in row.stated and str(getattr(customer, name) or "") != str(getattr(row, name) or "")
    }


def other_value_error(noun: Any, external_id: str, value: Any) -> ValidationError:
    return ValidationError(
        _("The %(noun)s '%(id)s' is registered with '%(value)s'. Correct one of the two."),
        code="other_value",
        params={"noun": noun, "id": external_id, "value": value or ""},
    )


def store_customers(rows: Sequence[NewCustomer], unsaved: Mapping[str, Customer]) -> None:
    # The objects that the results hold get their ids here.
    Customer.objects.bulk_create([unsaved[row.external_id] for row in rows])
    LifecyclePeriod.objects.bulk_create(
        LifecyclePeriod(customer=unsaved[row.external_id], lifecycle=row.lifecycle, since_on=row.lifecycle_since)
        for row in rows
        if row.lifecycle_since
    )
    add_product_uses(rows=[(unsaved[row.external_id], row) for row in rows])
    mark_register()


@transaction.atomic
def add_product_uses(*, rows: Sequence[tuple[Customer, NewCustomer]]) -> list[list[Product]]:
    """Add the products that customers use by now and return the new ones; none is taken away.

    A file may know a part of them.
    """
    users = {customer.pk for customer, row in rows if row.products}
    known = ProductUse.objects.filter(customer__in=users).values_list("customer_id", "product_id", "kind")
    there = set(known) if users else set()
    added: list[list[Product]] = []
    uses: list[ProductUse] = []
    for customer, row in rows:
        kind = kind_of_use(customer.lifecycle)
        new = [each for each in dict.fromkeys(row.products) if (customer.pk, each.pk, kind) not in there]
        there |= {(customer.pk, each.pk, kind) for each in new}
        uses += [ProductUse(customer=customer, product=each, kind=kind, since_on=row.products_since) for each in new]
        added.append(new)
    if uses:
        ProductUse.objects.bulk_create(uses)
        mark_register()
    return added


def kind_of_use(lifecycle: str) -> ProductUse.Kind:
    return ProductUse.Kind.CONSIDERED if lifecycle == Lifecycle.PROSPECTIVE else ProductUse.Kind.USED


@transaction.atomic
def change_customers(*, rows: Sequence[tuple[Customer, Mapping[str, Any]]]) -> list[Errors]:
    """Change customers as `services.update_customer` changes one, in a few statements for all of them.

    Return what is wrong by field, row by row; a row with errors changes nothing.
    """
    locked = _locked({customer.pk for customer, changes in rows if changes})
    holders = _holders_of(changes.get("external_id", "") for _customer, changes in rows)
    results: list[Errors] = []
    changed: dict[int, set[str]] = {}
    for customer, changes in rows:
        results.append({})
        if changes:
            record = locked[customer.pk]
            before = {name: getattr(record, name) for name in (*changes, "region")}
            names = set_changes(record, changes)
            follow_country(record)
            results[-1] = errors_in(record) | _errors_of_place(record, holders)
            if results[-1]:
                apply_changes(record, before, allowed=before)
            else:
                changed[record.pk] = changed.get(record.pk, set()) | names
    _store_changed(locked, changed)
    return results


def _locked(ids: Collection[int]) -> dict[int, Customer]:
    """Read customers anew under row locks, in one order for everybody."""
    if not ids:
        return {}
    rows = Customer.objects.select_for_update(of=("self",)).select_related("value_band", "merged_into")
    return {customer.pk: customer for customer in rows.filter(pk__in=ids).order_by("pk")}


def _holders_of(external_ids: Iterable[str]) -> dict[str, int]:
    wanted = {each for each in external_ids if each}
    return {each: customer.pk for each, customer in customers_by_id(wanted).items()} if wanted else {}


def _errors_of_place(record: Customer, holders: dict[str, int]) -> Errors:
    """Return why a customer cannot change here: it was merged away, or another one has its new id."""
    try:
        check_not_merged(record)
    except ValidationError as error:
        return {"external_id": error}
    if record.external_id and holders.setdefault(record.external_id, record.pk) != record.pk:
        message = _("Another customer has this external id.")
        return {"external_id": ValidationError(message, code="unique")}
    return {}


def _store_changed(locked: Mapping[int, Customer], changed: Mapping[int, set[str]]) -> None:
    names = set().union(*changed.values())
    if not names:
        return
    Customer.objects.bulk_update([locked[pk] for pk in changed], sorted(names | {"region"}))
    leave_markers(kind=Marker.Kind.CUSTOMER, keys=[(pk, 0) for pk, each in changed.items() if "value_band" in each])
    if names & PLACING_FIELDS:
        mark_register()


@transaction.atomic
def register_contacts(*, rows: Sequence[NewContact]) -> list[Registered]:
    """Add the contacts whose external id is new at their customer; the same id under another name is an error."""
    found = Contact.objects.filter(customer__in={row.customer.pk for row in rows})
    known = {(contact.customer_id, contact.external_id): contact for contact in found if contact.external_id}
    unsaved = [unsaved_contact(row) for row in rows]
    erased = erased_marks({mark for contact in unsaved for mark in contact.marks})
    fresh: list[Contact] = []
    results: list[Registered] = []
    for row, contact in zip(rows, unsaved, strict=True):
        key = row.customer.pk, row.external_id
        if there := known.get(key):
            errors = {} if there.name == row.name else {"name": other_name_error(row, there)}
            results.append(Registered(there, errors=errors))
            continue
        if errors := errors_in(contact) or errors_of_erased(contact, erased):
            results.append(Registered(errors=errors))
            continue
        known[key] = contact
        fresh.append(contact)
        results.append(Registered(contact, is_new=True))
    Contact.objects.bulk_create(fresh)
    return results


def unsaved_contact(row: NewContact) -> Contact:
    return Contact(
        customer=row.customer,
        external_id=row.external_id,
        name=row.name,
        position=row.position,
        language=row.language,
        email=row.email,
        consent_on=row.consent_on,
        consent_source=row.consent_source,
    )


def errors_of_erased(contact: Contact, erased: Mapping[str, datetime]) -> Errors:
    try:
        check_comes_back_by_consent(contact, erased)
    except ValidationError as error:
        return {name: ValidationError(found) for name, found in error.error_dict.items()}
    return {}


def other_name_error(row: NewContact, contact: Contact) -> ValidationError:
    return other_value_error(_("contact"), row.external_id, contact.name)


def strata_of(*, days: Iterable[tuple[Customer, date]]) -> dict[tuple[int, date], Stratum]:
    """Return the segment in which each customer stood on a day, as `services.stratum_of` does for one (2 queries)."""
    wanted = {(customer.pk, day): customer for customer, day in days}
    periods: defaultdict[int, list[tuple[date, str]]] = defaultdict(list)
    rows = LifecyclePeriod.objects.filter(customer__in={pk for pk, _day in wanted}).order_by("since_on")
    for pk, since_on, lifecycle in rows.values_list("customer_id", "since_on", "lifecycle"):
        periods[pk].append((since_on, lifecycle))
    known = {segment_of(stratum, stratum.lifecycle): stratum for stratum in Stratum.objects.all()}
    found: dict[tuple[int, date], Stratum] = {}
    for (pk, day), customer in wanted.items():
        stood = [lifecycle for since_on, lifecycle in periods[pk] if since_on <= day]
        segment = segment_of(customer, stood[-1] if stood else customer.lifecycle)
        if segment not in known:
            lifecycle, industry, region, size_band = segment
            known[segment] = Stratum.objects.create(
                lifecycle=lifecycle, industry=industry, region=region, size_band=size_band
            )
        found[pk, day] = known[segment]
    return found


def segment_of(record: Customer | Stratum, lifecycle: str) -> tuple[str, str, str, str]:
    return lifecycle, record.industry, record.region, record.size_band
