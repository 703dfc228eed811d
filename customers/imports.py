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
from customers.duplicates import Candidate, Choice, Duplicate, decided, find_duplicates
from customers.import_cells import consent_of, country_of, newer_consent, size_of
from customers.import_changes import Update, bring_up_to_date, errors_of, shown, words
from customers.import_mapping import CustomerMapping
from customers.models import Contact, Customer, Lifecycle, ValueBand
from customers.places import INDUSTRIES, REGIONS
from customers.registering import (
    NewContact,
    NewCustomer,
    Registered,
    customers_by_id,
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
COMPARED_OF_CONTACTS = ("name", "position", "email", "language")
COLUMN_OF = {"size_band": "size", "since_on": "lifecycle_since"}


class Said(NamedTuple):
    """What a row says."""

    row: Row
    customer: NewCustomer
    contact: Mapping[str, Any] | None

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
    sure: Choice | None = None,
) -> Report:
    """Bring the customers of a file in, all or none; raises ValidationError if file or mapping cannot be used.

    `sure`: what to do with rows whose customer surely is one that is there; None: nothing is compared.
    """
    mapping = read_mapping(mapping_path, CustomerMapping)
    table = MappedTable(path, mapping, mapping_path.parent)
    compared: dict[str, Any] = {"choices": {}, "sure": sure} if sure else {}
    return import_table(table=table, mapping=mapping, dry_run=dry_run, now=now, progress=progress, **compared)


def import_table(
    *,
    table: MappedTable,
    mapping: CustomerMapping,
    dry_run: bool,
    now: datetime,
    progress: Callable[[Report], None] | None = None,
    choices: Mapping[str, str] | None = None,
    sure: Choice = Choice.SAME,
) -> Report:
    """Bring in the rows of a table whose columns mean what the mapping says, all or none.

    `choices`: what to do with rows (by number) whose customer looks like one that is there; None: nothing is compared.
    `sure`: the same for sure ones of which nothing was chosen.
    """
    table.require(mapping.named_sources())
    stage = Customers(mapping, table, program_day(now))
    if choices is not None:
        stage.compare(table, choices, sure)
    report = run_import(rows=table.rows_as_written(), stage=stage, dry_run=dry_run, progress=progress)
    report.duplicates = list(stage.duplicates.values())
    report.decided.update(each.choice for each in report.duplicates)
    return report


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
        # What looks like somebody who is there, by its key; and the customers of rows that others are the same as.
        self.duplicates: dict[tuple[str, str], Duplicate] = {}
        self.wanted: set[tuple[str, str]] = set()
        self.made: dict[tuple[str, str], int] = {}
        # What cells mean: there are few of them, and each has words looked up.
        self.meanings: dict[tuple[str, str], str] = {}

    def compare(self, table: MappedTable, choices: Mapping[str, str], sure: Choice) -> None:
        """Find the rows whose customer looks like one that is there, and what was decided of them."""
        found = decided(find_duplicates(partial(self._candidates, table)), choices, sure)
        self.duplicates = {each.key: each for each in found}
        self.wanted = {each.of_key for each in found if each.of_key and each.choice == Choice.SAME}

    def _candidates(self, table: MappedTable) -> Iterator[Candidate]:
        """Yield who the rows name; what cannot be read is told when the row is checked."""
        for row in table.rows_as_written():
            if not row.problem:
                external_id, name, domain, country = (
                    self._text(row, name) for name in ("external_id", "name", "domain", "country")
                )
                yield Candidate(row.number, key_named(external_id, name), name, domain, self._code(country))

    def _text(self, row: Row, name: str) -> str:
        try:
            return self.reader.text(row, self.customer[name])
        except CellError:
            return ""

    def _code(self, country: str) -> str:
        try:
            return self._meaning("country", country, country_of)
        except CellError:
            return ""

    def _meaning(self, name: str, text: str, read: Callable[[str, Source], str]) -> str:
        key = name, text
        if key not in self.meanings:
            self.meanings[key] = read(text, self.customer[name])
        return self.meanings[key]

    def __call__(self, rows: list[Row], report: Report) -> None:
        self.by_name = self._without_id(rows)
        said = [each for row in rows if (each := self._read_row(row, report)) and not self._is_left_out(each, report)]
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
            return self._meaning(name, text(name), lambda cell, of: choice_of(cell, of.place, choices, noun))

        return {
            "external_id": lambda: self._external_id(row),
            "name": lambda: read.required(row, of["name"], "the customer's name"),
            "lifecycle": lambda: one_of("lifecycle", Lifecycle.choices, "lifecycle") or Lifecycle.CURRENT,
            "lifecycle_since": lambda: day("lifecycle_since"),
            "industry": lambda: one_of("industry", INDUSTRIES, "industry"),
            "country": lambda: self._meaning("country", text("country"), country_of),
            "region": lambda: one_of("region", REGIONS, "region"),
            "size_band": lambda: self._meaning("size", text("size"), size_of),
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

    def _contact(self, row: Row) -> dict[str, Any] | None:
        sources = self.contact or {}
        cells = {name: self.reader.text(row, source) for name, source in sources.items()}
        if not any(cells[name] for name, source in sources.items() if source.columns):
            return None
        cells["external_id"] = self.reader.required(row, sources["external_id"], "the contact's external id")
        cells["name"] = self.reader.required(row, sources["name"], "the contact's name")
        return cells | consent_of(row, sources, self.reader, self.today)

    # -- once per file

    def _is_left_out(self, said: Said, report: Report) -> bool:
        duplicate = self.duplicates.get(said.key)
        is_left_out = duplicate is not None and duplicate.choice == Choice.SKIP
        if is_left_out:
            report.left_out["rows"] += 1
        return is_left_out

    def _same_as(self, said: Said) -> Duplicate | None:
        duplicate = self.duplicates.get(said.key)
        return duplicate if duplicate and duplicate.choice == Choice.SAME else None

    def _targets(self, said: Sequence[Said]) -> dict[tuple[str, str], Customer]:
        """Return the customers that rows are the same as, by the keys of the rows; one customer is one object.

        One that is missing was refused with its own row, which holds the whole file back and says why.
        """
        ids: dict[tuple[str, str], int] = {}
        for each in said:
            duplicate = self._same_as(each)
            pk = duplicate and (duplicate.customer or self.made.get(duplicate.of_key or each.key))
            if pk:
                # A later row may be the same as this one.
                ids[each.key] = self.made[each.key] = pk
        there = Customer.objects.select_related("value_band").in_bulk(set(ids.values()))
        return {key: there[pk] for key, pk in ids.items() if pk in there}

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
        fresh = [each for each in said if each.key not in known and not self._same_as(each)]
        for each, result in zip(fresh, register_customers(rows=[new.customer for new in fresh]), strict=True):
            self._report_new(each, result, CUSTOMERS, self._refuse, report)
            if each.key in self.wanted and result.record:
                self.made[each.key] = result.record.pk
        self.made |= {key: customer.pk for key, customer in known.items() if key in self.wanted}
        self._update([each for each in said if each.key in known], known, report)
        same = [each for each in said if each.key not in known and self._same_as(each)]
        self._update(same, self._targets(same), report, is_found=True)

    def _update(
        self,
        said: Sequence[Said],
        there: Mapping[tuple[str, str], Customer],
        report: Report,
        *,
        is_found: bool = False,
    ) -> None:
        rows = [each for each in said if each.key in there]
        updates = [Update(each.row.number, each.customer, there[each.key], is_found) for each in rows]
        for each, updated in zip(rows, bring_up_to_date(updates=updates, today=self.today), strict=True):
            if updated.errors:
                self._refuse(each, {name: sentences(error) for name, error in updated.errors.items()}, report)
            else:
                tell(report, CUSTOMERS, updated.changes)

    # -- contacts

    def _contacts(self, said: Sequence[Said], report: Report) -> None:
        customers = self._known(said) | self._targets(said)
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
        changes |= newer_consent(contact, cells)
        if cells["consent_on"] and contact.is_opted_out:
            report.left_out["consents of people who do not want to be asked"] += 1
        seen = [
            RowChange(said.row.number, contact.name, words(name, Contact), shown(contact, name), str(changes[name]))
            for name in changes
        ]
        try:
            if changes:
                with transaction.atomic():
                    services.update_contact(contact=contact, changes=changes, today=self.today)
        except ValidationError as error:
            reasons = {name: sentences(found) for name, found in errors_of(error).items()}
            self._refuse_contact(said, reasons, report)
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
    return key_named(customer.external_id, customer.name)


def key_named(external_id: str, name: str) -> tuple[str, str]:
    return (external_id, "") if external_id else ("", name)


def tell(report: Report, noun: str, changes: Iterable[RowChange]) -> None:
    if seen := list(changes):
        report.change(noun, seen)
    else:
        report.unchanged[noun] += 1
