"""Customers and their contacts from a file: new ones are added, known ones changed where the file says something else.

A customer is known by its external id, or by its name if it has none; a contact by its external id at that customer. An
empty cell says nothing, so it changes nothing. docs/importing.md shows mappings.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import prefetch_related_objects
from django.utils.translation import gettext_lazy as _

from customers import services
from customers.import_cells import country_of, size_of
from customers.import_mapping import CustomerMapping
from customers.models import Contact, Customer, Lifecycle, ProductUse, ValueBand
from customers.places import INDUSTRIES, REGIONS
from customers.registering import (
    NewContact,
    NewCustomer,
    Registered,
    customers_by_id,
    kind_of_use,
    register_contacts,
    register_customers,
)
from functions.selectors import program_day
from requirements_catalog.models import Product
from web.cells import choice_of, named
from web.imports import CellError, MappedTable, Report, RowChange, run_import, sentences
from web.mappings import NOWHERE, Source, read_mapping
from web.tables import Row

CUSTOMERS, CONTACTS = "customers", "contacts"
# A function is an internal customer by itself.
LIFECYCLES = [(each.value, each.label) for each in Lifecycle if each != Lifecycle.INTERNAL]
COMPARED = ("name", "industry", "country", "region", "size_band", "value_band", "domain")
COMPARED_OF_CONTACTS = ("name", "position", "email", "language")
COLUMN_OF = {"size_band": "size", "since_on": "lifecycle_since"}


class Said(NamedTuple):
    """What a row says."""

    row: Row
    customer: NewCustomer
    contact: Mapping[str, str] | None

    @property
    def key(self) -> tuple[str, str]:
        """What the customer is known by: its id, or its name."""
        return key_of(self.customer)


@dataclass(frozen=True, slots=True)
class Known:
    """The names that cells may state."""

    products: Mapping[str, Product]
    value_bands: Mapping[str, ValueBand]


def import_customers(
    *,
    path: Path,
    mapping_path: Path,
    dry_run: bool,
    now: datetime,
    progress: Callable[[Report], None] | None = None,
) -> Report:
    """Bring the customers of a file in, all or none; raises ValidationError if file or mapping cannot be used."""
    mapping = read_mapping(mapping_path, CustomerMapping)
    table = MappedTable(path, mapping, mapping_path.parent)
    return import_table(table=table, mapping=mapping, dry_run=dry_run, now=now, progress=progress)


def import_table(
    *,
    table: MappedTable,
    mapping: CustomerMapping,
    dry_run: bool,
    now: datetime,
    progress: Callable[[Report], None] | None = None,
) -> Report:
    """Bring in the rows of a table whose columns mean what the mapping says, all or none."""
    table.require(mapping.named_sources())
    stage = Customers(mapping, table, program_day(now))
    return run_import(rows=table.rows_as_written(), stage=stage, dry_run=dry_run, progress=progress)


class Customers:
    """Stages batches of rows: read, add, change, report."""

    def __init__(self, mapping: CustomerMapping, table: MappedTable, today: date) -> None:
        self.reader, self.today = table.reader, today
        self.customer = mapping.customer.sources()
        self.contact = mapping.contact.sources() if mapping.contact else None
        self.known = Known({each.name: each for each in Product.objects.all()},
                           {each.name: each for each in ValueBand.objects.all()})  # fmt: skip
        # The row that first said something of a customer, and a digest of what it said.
        self.first: dict[tuple[str, str], tuple[int, int]] = {}
        self.people: dict[tuple[tuple[str, str], str], int] = {}
        # Customers without an id that the rows name, by their names.
        self.by_name: dict[str, list[Customer]] = {}

    def __call__(self, rows: list[Row], report: Report) -> None:
        self.by_name = self._without_id(rows)
        said = [each for row in rows if (each := self._read_row(row, report))]
        self._customers([each for each in said if self._is_first(each, report)], report)
        if self.contact:
            self._contacts([each for each in said if each.contact and self._is_first_person(each, report)], report)

    # -- reading

    def _without_id(self, rows: Sequence[Row]) -> dict[str, list[Customer]]:
        of, read = self.customer, self.reader
        names = [read.text(row, of["name"]) for row in rows if not read.text(row, of["external_id"])]
        found: dict[str, list[Customer]] = {}
        for customer in Customer.objects.active().filter(external_id="", name__in=names) if names else ():
            found.setdefault(customer.name, []).append(customer)
        return found

    def _external_id(self, row: Row) -> str:
        """Return the id, '' for the one customer of this name that has none."""
        of, read = self.customer, self.reader
        count = len(self.by_name.get(read.text(row, of["name"]), ()))
        if read.text(row, of["external_id"]) or count == 1:
            return read.text(row, of["external_id"])
        if count:
            raise CellError(of["external_id"].place, "", _("it is missing, and several customers without one have this "
                                                           "name: give them one on their pages"))  # fmt: skip
        return read.required(row, of["external_id"], "the customer's external id")

    def _read_row(self, row: Row, report: Report) -> Said | None:
        """Read everything that can be read, so that one run names every fault of the row."""
        faults: list[CellError] = []

        def attempt(read: Callable[[], Any]) -> Any:
            try:
                return read()
            except CellError as error:
                faults.append(error)
                return None

        values = {name: attempt(read) for name, read in self._readings(row).items()}
        contact = attempt(partial(self._contact, row)) if self.contact else None
        for fault in faults:
            report.refuse(row.number, fault.column, fault.value, fault.reason)
        return None if faults else Said(row, NewCustomer(**values, stated=self._stated(row)), contact)

    def _readings(self, row: Row) -> dict[str, Callable[[], Any]]:
        of, read, known = self.customer, self.reader, self.known

        def text(name: str) -> str:
            return read.text(row, of[name])

        def day(name: str) -> date | None:
            found = read.day(row, of[name]) if text(name) else None
            if found and found > self.today:
                raise CellError(of[name].place, text(name), _("it lies in the future"))
            return found

        def one_of(name: str, choices: Sequence[tuple[str, Any]], noun: str) -> str:
            return choice_of(text(name), of[name].place, choices, noun)

        return {
            "external_id": lambda: self._external_id(row),
            "name": lambda: read.required(row, of["name"], "the customer's name"),
            "lifecycle": lambda: one_of("lifecycle", Lifecycle.choices, "lifecycle") or Lifecycle.CURRENT,
            "lifecycle_since": lambda: day("lifecycle_since"),
            "industry": lambda: one_of("industry", INDUSTRIES, "industry"),
            "country": lambda: country_of(text("country"), of["country"]),
            "region": lambda: one_of("region", REGIONS, "region"),
            "size_band": lambda: size_of(text("size"), of["size"]),
            "value_band": lambda: self._band(text("value_band")),
            "domain": lambda: text("domain"),
            "products": lambda: tuple(named(known.products, each, of["products"].place, "product")
                                      for each in read.parts(row, of["products"])),
            "products_since": lambda: day("products_since"),
        }  # fmt: skip

    def _band(self, text: str) -> ValueBand | None:
        place = self.customer["value_band"].place
        return named(self.known.value_bands, text, place, "value band") if text else None

    def _stated(self, row: Row) -> frozenset[str]:
        """Return the fields of which the row itself says something: an empty cell and a fixed value say nothing."""
        fields = {column: name for name, column in COLUMN_OF.items()}
        return frozenset(
            fields.get(name, name)
            for name, source in self.customer.items()
            if source.columns and self.reader.text(row, source)
        )

    def _contact(self, row: Row) -> dict[str, str] | None:
        sources = self.contact or {}
        cells = {name: self.reader.text(row, source) for name, source in sources.items()}
        if not any(cells.values()):
            return None
        cells["external_id"] = self.reader.required(row, sources["external_id"], "the contact's external id")
        cells["name"] = self.reader.required(row, sources["name"], "the contact's name")
        return cells

    # -- once per file

    def _is_first(self, said: Said, report: Report) -> bool:
        """Whether the row is the first of its customer; a later one may only add a contact and must say the same."""
        key, digest = said.key, hash(said.customer)
        if key not in self.first:
            self.first[key] = said.row.number, digest
            return True
        number, first = self.first[key]
        if not (self.contact and said.contact):
            self._refuse(said, {"external_id": f"row {number} is the same customer"}, report)
        elif digest != first:
            self._refuse(said, {"external_id": f"row {number} says otherwise of the same customer"}, report)
        return False

    def _is_first_person(self, said: Said, report: Report) -> bool:
        key = said.key, (said.contact or {})["external_id"]
        number = self.people.setdefault(key, said.row.number)
        if number != said.row.number:
            self._refuse_contact(said, {"external_id": f"row {number} is the same person"}, report)
        return number == said.row.number

    # -- customers

    def _known(self, said: Sequence[Said]) -> dict[tuple[str, str], Customer]:
        found = customers_by_id(each.customer.external_id for each in said)
        alone = {key_of(customer): customer for (customer, *others) in self.by_name.values() if not others}
        return alone | {key_of(customer): customer for customer in found.values()}

    def _customers(self, said: Sequence[Said], report: Report) -> None:
        known = self._known(said)
        prefetch_related_objects(list(known.values()), "value_band")
        fresh = [each for each in said if each.key not in known]
        for each, result in zip(fresh, register_customers(rows=[new.customer for new in fresh]), strict=True):
            self._report_new(each, result, CUSTOMERS, self._refuse, report)
        for each in said:
            if each.key in known:
                self._change(each, known[each.key], report)

    def _change(self, said: Said, customer: Customer, report: Report) -> None:
        """Bring a known customer to what the file says of it."""
        row, new = said.row.number, said.customer
        changes = dict(self._differing(new, customer))
        is_moved = "lifecycle" in new.stated and new.lifecycle != customer.lifecycle
        if customer.lifecycle == Lifecycle.INTERNAL and (changes or is_moved):
            why = _("It is a function, an internal customer: change it on its page.")
            self._refuse(said, {"external_id": str(why)}, report)
            return
        seen = [RowChange(row, new.name, words(name), shown(customer, name), shown(new, name)) for name in changes]
        try:
            with transaction.atomic():
                if changes:
                    services.update_customer(customer=customer, changes=changes)
                seen += self._follow_lifecycle(row, new, customer)
                seen += self._add_products(row, new, customer)
        except ValidationError as error:
            self._refuse(said, reasons_of(error), report)
        else:
            tell(report, CUSTOMERS, seen)

    def _differing(self, new: NewCustomer, customer: Customer) -> Iterator[tuple[str, Any]]:
        for name in COMPARED:
            is_left_to_country = name == "region" and (new.country or customer.country)
            if name in new.stated and not is_left_to_country and getattr(customer, name) != getattr(new, name):
                yield name, getattr(new, name)

    def _follow_lifecycle(self, row: int, new: NewCustomer, customer: Customer) -> Iterator[RowChange]:
        if "lifecycle" not in new.stated or new.lifecycle == customer.lifecycle:
            return
        before = shown(customer, "lifecycle")
        since = new.lifecycle_since or self.today
        services.change_lifecycle(customer=customer, lifecycle=new.lifecycle, since_on=since, today=self.today)
        yield RowChange(row, new.name, "lifecycle", before, f"{new.lifecycle} ({since.isoformat()})")

    def _add_products(self, row: int, new: NewCustomer, customer: Customer) -> Iterator[RowChange]:
        """Add the products that a customer uses by now; none is taken away, as a file may know a part of them."""
        if not new.products:
            return
        kind = kind_of_use(new)
        there = set(ProductUse.objects.filter(customer=customer, kind=kind).values_list("product_id", flat=True))
        for product in dict.fromkeys(new.products):
            if product.pk not in there:
                since = new.products_since
                services.create_product_use(customer=customer, product=product, kind=kind, since_on=since)
                yield RowChange(row, new.name, "products", "", product.name)

    # -- contacts

    def _contacts(self, said: Sequence[Said], report: Report) -> None:
        customers = self._known(said)
        known = {
            (each.customer_id, each.external_id): each
            for each in Contact.objects.filter(customer__in=customers.values()).exclude(external_id="")
        }
        fresh: list[tuple[Said, NewContact]] = []
        for each in said:
            customer, cells = customers.get(each.key), each.contact or {}
            if customer is None:
                continue  # its customer was refused, which is said already
            contact = known.get((customer.pk, cells["external_id"]))
            if contact is None:
                fresh.append((each, NewContact(customer=customer, **cells)))
            else:
                self._change_contact(each, contact, report)
        results = register_contacts(rows=[new for _said, new in fresh])
        for (each, _new), result in zip(fresh, results, strict=True):
            self._report_new(each, result, CONTACTS, self._refuse_contact, report)

    def _change_contact(self, said: Said, contact: Contact, report: Report) -> None:
        cells = said.contact or {}
        changes = {
            name: cells[name] for name in COMPARED_OF_CONTACTS if cells[name] not in {"", getattr(contact, name)}
        }
        seen = [RowChange(said.row.number, contact.name, name, shown(contact, name), changes[name]) for name in changes]
        try:
            if changes:
                with transaction.atomic():
                    services.update_contact(contact=contact, changes=changes, today=self.today)
        except ValidationError as error:
            self._refuse_contact(said, reasons_of(error), report)
        else:
            tell(report, CONTACTS, seen)

    # -- reporting

    def _report_new(
        self, said: Said, result: Registered, noun: str, refuse: Callable[..., None], report: Report
    ) -> None:
        if result.errors:
            refuse(said, {name: sentences(error) for name, error in result.errors.items()}, report)
        else:
            report.created[noun] += 1

    def _refuse(self, said: Said, reasons: Mapping[str, str], report: Report) -> None:
        self._refuse_by(self.customer, said, reasons, report)

    def _refuse_contact(self, said: Said, reasons: Mapping[str, str], report: Report) -> None:
        self._refuse_by(self.contact or {}, said, reasons, report)

    def _refuse_by(self, sources: Mapping[str, Source], said: Said, reasons: Mapping[str, str], report: Report) -> None:
        for name, reason in reasons.items():
            source = sources.get(COLUMN_OF.get(name, name), NOWHERE)
            value = self.reader.text(said.row, source) if source != NOWHERE else "".join(said.key)
            report.refuse(said.row.number, source.place or name, value, reason)


def key_of(customer: Customer | NewCustomer) -> tuple[str, str]:
    return (customer.external_id, "") if customer.external_id else ("", customer.name)


def tell(report: Report, noun: str, changes: Iterable[RowChange]) -> None:
    if seen := list(changes):
        report.change(noun, seen)
    else:
        report.unchanged[noun] += 1


def words(name: str) -> str:
    field: Any = Customer._meta.get_field(name)  # noqa: SLF001
    return str(field.verbose_name)


def shown(record: Customer | NewCustomer | Contact, name: str) -> str:
    return str(getattr(record, name) or "")


def reasons_of(error: ValidationError) -> dict[str, str]:
    if hasattr(error, "error_dict"):
        return {name: " ".join(ValidationError(found).messages) for name, found in error.error_dict.items()}
    return {"external_id": sentences(error)}
