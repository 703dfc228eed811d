"""Interviews from a file: one row is one completed interview. docs/importing.md shows mappings."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError

from customers.import_cells import country_of, size_of
from customers.models import Contact, Customer, Lifecycle
from customers.registering import NewContact, NewCustomer, Registered, register_contacts, register_customers
from functions.selectors import program_day
from interviews.answering import NewAnswer
from interviews.import_mapping import (
    AnswerColumns,
    Catalogue,
    InterviewMapping,
    KanoColumns,
    LoyaltyColumns,
    PartColumns,
    WordsColumns,
    all_sources,
    catalogue_of,
    fault_of_requirement,
)
from interviews.loyalty_words import points_of
from interviews.models import Interview, Part, Round
from interviews.parts import Importance, Perception, RequiredLevel
from interviews.recording import (
    CompletedInterview,
    NewPair,
    NewRating,
    Outcome,
    Recorded,
    Refusal,
    Words,
    record_completed_interviews,
)
from requirements_catalog.models import Product, RatingScale, Requirement
from scoring.kano import point_of
from web.cells import named
from web.imports import (
    ROW_NUMBER,
    CellError,
    MappedTable,
    Reader,
    Report,
    run_import,
    sentences,
)
from web.mappings import (
    NOWHERE,
    Source,
    hint,
    read_mapping,
    source_of,
)
from web.tables import Row


def import_interviews(
    *,
    path: Path,
    mapping_path: Path,
    dry_run: bool,
    now: datetime,
    progress: Callable[[Report], None] | None = None,
    months: int = 0,
) -> Report:
    """Store the interviews of a file, all or none; raises ValidationError if file or mapping cannot be used.

    An interview that is stored already with the same content is left as it is. `months` moves every date.
    """
    mapping = read_mapping(mapping_path, InterviewMapping)
    table = MappedTable(path, mapping, mapping_path.parent, months)
    return import_table(table=table, mapping=mapping, dry_run=dry_run, now=now, progress=progress)


def import_table(
    *,
    table: MappedTable,
    mapping: InterviewMapping,
    dry_run: bool,
    now: datetime,
    progress: Callable[[Report], None] | None = None,
) -> Report:
    """Store the rows of a table whose columns mean what the mapping says, all or none."""
    table.require(all_sources(mapping))
    stage = Interviews(mapping, table.reader, catalogue_of(mapping), now)
    rows = table.rows()
    if mapping.one_row_per == "answer":
        rows = together(rows, stage.interview_of)
    return run_import(rows=rows, stage=stage, dry_run=dry_run, progress=progress)


def together(rows: Iterator[Row], key: Callable[[Row], str]) -> Iterator[Row]:
    """Yield rows that follow each other with the same key as one row with more; one that cannot be read, by itself."""
    for _key, group in groupby(rows, lambda row: f"row {row.number}" if row.problem else f"key {key(row)}"):
        first, *more = group
        yield first._replace(more=tuple(more))


# ---- Rows


class Answered(NamedTuple):
    row: Row
    columns: AnswerColumns
    answer: NewAnswer


class Worded(NamedTuple):
    row: Row
    columns: WordsColumns
    words: Words


class Paired(NamedTuple):
    row: Row
    columns: KanoColumns
    pair: NewPair


class Rated(NamedTuple):
    row: Row
    column: str
    rated: NewRating


class Said(NamedTuple):
    """A row as far as it can be read without the register."""

    row: Row
    customer: NewCustomer
    contact_id: str
    contact_name: str
    position: str
    language: str
    round: Round
    held_on: date
    mode: str
    source: str
    external_id: str
    answers: tuple[Answered, ...]
    words: tuple[Worded, ...]
    pairs: tuple[Paired, ...]
    ratings: tuple[Rated, ...]


@dataclass(slots=True)
class Interviews:
    """Stages batches of rows: read, register customers and contacts, record, report."""

    mapping: InterviewMapping
    reader: Reader
    catalogue: Catalogue
    now: datetime
    today: date = field(init=False)
    sources: dict[str, dict[str, Source]] = field(init=False)

    def __post_init__(self) -> None:
        self.today = program_day(self.now)
        sections = ("interview", "customer", "contact")
        self.sources = {name: getattr(self.mapping, name).sources() for name in sections}

    def __call__(self, rows: list[Row], report: Report) -> None:
        said = [each for row in rows if (each := self._read_row(row, report))]
        customers = self._register(said, register_customers(rows=[each.customer for each in said]), "customer", report)
        contacts = self._register_contacts([(each, found) for each, found in customers], report)
        results = record_completed_interviews(
            rows=[self._interview(each, contact) for each, contact in contacts], now=self.now, today=self.today
        )
        for (each, _contact), result in zip(contacts, results, strict=True):
            self._report(each, result, report)

    # -- reading

    def _read_row(self, row: Row, report: Report) -> Said | None:
        """Read everything that can be read, so that one run names every fault of the row."""
        faults: list[tuple[Row, CellError]] = []

        def attempt(read: Callable[[], Any], place: Row = row) -> Any:
            try:
                return read()
            except CellError as error:
                faults.append((place, error))
                return None

        rows = (row, *row.more)
        for each in row.more:
            attempt(partial(self._check_goes_on, row, each), each)

        interview, contact = self.sources["interview"], self.sources["contact"]
        read = self.reader
        said = Said(
            row,
            attempt(lambda: self._customer(row)),
            attempt(lambda: read.required(row, contact["external_id"], "the contact's external id")),
            attempt(lambda: read.required(row, contact["name"], "the contact's name")),
            attempt(lambda: read.text(row, contact["position"])),
            attempt(lambda: read.text(row, contact["language"])),
            attempt(lambda: self._named(row, interview["round"], self.catalogue.rounds, "round")),
            attempt(lambda: read.day(row, interview["held_on"], "the day of the interview")),
            attempt(lambda: self._one_of(row, interview["mode"], Interview.Mode.values, "mode")),
            attempt(lambda: read.required(row, interview["source"], "the source")),
            attempt(lambda: read.required(row, interview["external_id"], "the external id")),
            tuple(filter(None, (attempt(partial(self._answer, each, answer), each)
                                for each in rows for answer in self.mapping.answers))),
            unique(filter(None, (attempt(partial(self._words, each, words), each)
                                 for each in rows for words in self.mapping.words))),
            tuple(filter(None, (attempt(partial(self._pair, row, columns)) for columns in self.mapping.kano))),
            tuple(filter(None, (attempt(partial(self._rated, row, columns, measure))
                                for columns in self.mapping.loyalty for measure in columns.asked))),
        )  # fmt: skip
        for place, fault in faults:
            report.refuse(place.number, fault.column, fault.value, fault.reason)
        return None if faults else said

    def interview_of(self, row: Row) -> str:
        return self.reader.text(row, self.sources["interview"]["external_id"])

    def _check_goes_on(self, first: Row, row: Row) -> None:
        """Refuse a row that says of its interview, customer or contact what the first one does not."""
        for source in (each for section in self.sources.values() for each in section.values()):
            text = self.reader.text(row, source)
            if text != self.reader.text(first, source) and ROW_NUMBER not in source.columns:
                reason = f"row {first.number} of the same interview says otherwise"
                raise CellError(source.place, text, reason)

    def _requirement(self, row: Row, columns: AnswerColumns) -> Requirement:
        if isinstance(columns.requirement, str):
            return self.catalogue.requirements[columns.requirement]
        found: Requirement = self._named(row, columns.requirement, self.catalogue.requirements, "requirement")
        if fault := fault_of_requirement(found, columns):
            raise CellError(columns.requirement.place, found.reference, fault)
        return found

    def _named(self, row: Row, source: Source, kind: Mapping[str, Any], noun: str) -> Any:
        text = self.reader.required(row, source, f"the {noun}")
        return named(kind, text, source.place, noun)

    def _one_of(self, row: Row, source: Source, known: Sequence[str], noun: str) -> str:
        text = self.reader.required(row, source, f"the {noun}")
        if text not in known:
            reason = f"it is no {noun}.{hint(text, known)} Known: {', '.join(known)}"
            raise CellError(source.place, text, reason)
        return text

    def _customer(self, row: Row) -> NewCustomer:
        sources, read = self.sources["customer"], self.reader
        band, since, used_since = sources["value_band"], sources["lifecycle_since"], sources["products_since"]
        return NewCustomer(
            external_id=read.required(row, sources["external_id"], "the customer's external id"),
            name=read.required(row, sources["name"], "the customer's name"),
            country=country_of(read.text(row, sources["country"]), sources["country"]),
            industry=read.text(row, sources["industry"]),
            lifecycle=self._one_of(row, sources["lifecycle"], Lifecycle.values, "lifecycle"),
            lifecycle_since=read.day(row, since) if read.text(row, since) else None,
            size_band=size_of(read.text(row, sources["size"]), sources["size"]),
            value_band=self._named(row, band, self.catalogue.value_bands, "value band")
            if read.text(row, band)
            else None,
            products=tuple(
                named(self.catalogue.products, name, sources["products"].place, "product")
                for name in read.parts(row, sources["products"])
            ),
            products_since=read.day(row, used_since) if read.text(row, used_since) else None,
            stated=STATED_ALWAYS | {STATED[name] for name in STATED if sources[name] != NOWHERE},
        )

    def _answer(self, row: Row, columns: AnswerColumns) -> Answered | None:
        """Return an answer, or None where the row holds nothing of it."""
        answer = NewAnswer(
            requirement=self._requirement(row, columns),
            product=self._product(row, columns),
            importance=self._importance(row, columns.importance),
            level=self._level(row, columns.required),
            perception=self._perception(row, columns.perceived),
        )
        parts = (answer.importance, answer.level, answer.perception)
        return None if all(part.state == Part.NOT_ASKED for part in parts) else Answered(row, columns, answer)

    def _product(self, row: Row, columns: AnswerColumns | KanoColumns | LoyaltyColumns) -> Product:
        source = source_of(columns.product)
        source = source if source != NOWHERE else self.sources["interview"]["product"]
        found: Product = self._named(row, source, self.catalogue.products, "product")
        return found

    def _pair(self, row: Row, columns: KanoColumns) -> Paired | None:
        """Return a Kano pair, or None where neither question was asked."""
        parts = [PartColumns(column=name, codes=columns.codes) for name in (columns.met, columns.unmet)]
        nothings = [self._nothing(row, part) for part in parts]
        if all(nothing == Part.NOT_ASKED for nothing in nothings):
            return None
        said = NewPair(
            requirement=self.catalogue.requirements[columns.requirement], product=self._product(row, columns)
        )
        for nothing, part in zip(nothings, parts, strict=True):
            if nothing == Part.NOT_ASKED:
                raise CellError(part.column, "", "only the other question of the pair has an answer")
            if nothing is not None:
                return Paired(row, columns, replace(said, state=nothing))
        functional, dysfunctional = (self._feeling(row, part.column) for part in parts)
        return Paired(row, columns, replace(said, functional=functional, dysfunctional=dysfunctional))

    def _rated(self, row: Row, columns: LoyaltyColumns, measure: str) -> Rated | None:
        """Return how a product is rated, or None where that was not asked."""
        part = PartColumns(column=columns.asked[measure], codes=columns.codes)
        nothing = self._nothing(row, part)
        if nothing == Part.NOT_ASKED:
            return None
        said = NewRating(product=self._product(row, columns), measure=measure)
        if nothing is not None:
            return Rated(row, part.column, replace(said, state=nothing))
        number, points = self.reader.number_in(row.cells[part.column], part.column), points_of(measure)
        if number not in points:
            reason = f"{measure.upper()} goes from {points[0]} to {points[-1]}, in whole points"
            raise CellError(part.column, row.cells[part.column], reason)
        return Rated(row, part.column, replace(said, rating=int(number)))

    def _feeling(self, row: Row, column: str) -> int:
        text = row.cells[column]
        point = int(text) if text in set("12345") else point_of(text)
        if point is None:
            reason = "it is none of 1 to 5, and no published wording of 'like it' to 'dislike it'"
            raise CellError(column, text, reason)
        return point

    def _nothing(self, row: Row, part: PartColumns) -> Part | None:
        """Return which nothing the cell states; None for a value."""
        text, codes = row.cells[part.column], part.codes or self.mapping.codes
        if not text or text in codes.blank or text in codes.not_asked:
            return Part.NOT_ASKED
        if text in codes.not_applicable:
            return Part.NOT_APPLICABLE
        return Part.DOES_NOT_KNOW if text in codes.does_not_know else None

    def _importance(self, row: Row, part: PartColumns | None) -> Importance:
        if part is None:
            return Importance()
        if (nothing := self._nothing(row, part)) is not None:
            return Importance.nothing(nothing)
        number = self._number(row, part)
        if part.points_over:
            return Importance.points(number, part.points_over)
        return Importance.rated(number, self._scale(part))

    def _level(self, row: Row, part: PartColumns | None) -> RequiredLevel:
        if part is None:
            return RequiredLevel()
        if (nothing := self._nothing(row, part)) is not None:
            return RequiredLevel.nothing(nothing)
        return RequiredLevel.known(self._number(row, part), part.unit)

    def _perception(self, row: Row, part: PartColumns | None) -> Perception:
        if part is None:
            return Perception()
        if (nothing := self._nothing(row, part)) is not None:
            return Perception.nothing(nothing)
        if part.yes or part.no:
            return Perception.fixed(self._yes_or_no(row, part))
        if not part.scale:
            return Perception.at_level(self._number(row, part), part.unit)
        expected = None
        if part.expected and not self._is_blank(row, part.expected, part):
            expected = self.reader.whole(row, Source(column=part.expected))
        return Perception.rated(self.reader.whole(row, Source(column=part.column)), self._scale(part), expected)

    def _is_blank(self, row: Row, column: str, part: PartColumns) -> bool:
        return self._nothing(row, PartColumns(column=column, codes=part.codes)) is not None

    def _scale(self, part: PartColumns) -> RatingScale:
        if not part.scale:
            raise CellError(part.column, "", "the mapping names no scale for this column")
        return self.catalogue.scales[part.scale]

    def _number(self, row: Row, part: PartColumns) -> Any:
        text = row.cells[part.column]
        if not part.choices:
            return self.reader.number_in(text, part.column)
        if text not in part.choices:
            known = ", ".join(f"'{each}'" for each in part.choices)
            raise CellError(part.column, text, f"it is none of the choices {known}")
        return self.reader.number_in(part.choices[text], part.column)

    def _yes_or_no(self, row: Row, part: PartColumns) -> bool:
        text = row.cells[part.column]
        if text not in (*part.yes, *part.no):
            known = ", ".join(f"'{each}'" for each in (*part.yes, *part.no))
            raise CellError(part.column, text, f"it is none of {known}")
        return text in part.yes

    def _words(self, row: Row, columns: WordsColumns) -> Worded | None:
        sources = columns.sources()
        text = self.reader.text(row, sources["text"])
        if not text:
            return None
        found = sources["requirements"]
        words = Words(
            text=text,
            language=self.reader.text(row, sources["language"]),
            requirements=tuple(
                named(self.catalogue.requirements, reference, found.place, "requirement")
                for reference in self.reader.parts(row, found)
            ),
            coder_name=self.reader.text(row, sources["coder"]),
        )
        return Worded(row, columns, words)

    # -- registering

    def _register(
        self, said: Sequence[Said], results: Sequence[Registered], noun: str, report: Report
    ) -> list[tuple[Said, Any]]:
        """Report what became of each customer or contact, and go on with those that are in the register."""
        going_on: list[tuple[Said, Any]] = []
        known: set[int] = set()
        for each, result in zip(said, results, strict=True):
            for name, error in result.errors.items():
                self._refuse(each.row, self.sources[noun].get(FIELDS.get(name, name), NOWHERE), name, error, report)
            if result.record is None or result.errors:
                continue
            going_on.append((each, result.record))
            if result.record.pk not in known:
                (report.created if result.is_new else report.unchanged)[f"{noun}s"] += 1
                known.add(result.record.pk)
        return going_on

    def _register_contacts(self, found: list[tuple[Said, Customer]], report: Report) -> list[tuple[Said, Contact]]:
        rows = [
            NewContact(
                customer=customer,
                external_id=each.contact_id,
                name=each.contact_name,
                position=each.position,
                language=each.language,
            )
            for each, customer in found
        ]
        return self._register([each for each, _customer in found], register_contacts(rows=rows), "contact", report)

    def _interview(self, said: Said, contact: Contact) -> CompletedInterview:
        return CompletedInterview(
            contact=contact,
            round=said.round,
            held_on=said.held_on,
            mode=said.mode,
            source=said.source,
            external_id=said.external_id,
            answers=tuple(each.answer for each in said.answers),
            words=tuple(each.words for each in said.words),
            pairs=tuple(each.pair for each in said.pairs),
            ratings=tuple(each.rated for each in said.ratings),
        )

    # -- reporting

    def _report(self, said: Said, result: Recorded, report: Report) -> None:
        for refusal in result.refusals:
            row, source = self._place_of(said, refusal)
            self._refuse(row, source, refusal.field, refusal.reason, report)
        if result.outcome is not Outcome.REFUSED:
            counts = report.created if result.outcome is Outcome.CREATED else report.unchanged
            counts["interviews"] += 1
            counts["answers"] += len(said.answers)
            counts["verbatims"] += len(said.words)
            if said.pairs:
                counts["Kano pairs"] += len(said.pairs)
            if said.ratings:
                counts["NPS, CSAT, CES"] += len(said.ratings)
            counts["codings"] += sum(len(each.words.requirements) for each in said.words)

    def _place_of(self, said: Said, refusal: Refusal) -> tuple[Row, Source]:
        """Return the row and the column that a refusal is about."""
        if refusal.answer is not None:
            row, columns, _answer = said.answers[refusal.answer]
            part = {"importance": columns.importance, "level": columns.required, "perception": columns.perceived}.get(
                refusal.field
            )
            return row, Source(column=part.column) if part else source_of(columns.product)
        if refusal.words is not None:
            row, words, _said = said.words[refusal.words]
            return row, words.sources()["text"]
        if refusal.pair is not None:
            paired = said.pairs[refusal.pair]
            return paired.row, Source(column=paired.columns.met)
        if refusal.rating is not None:
            rated = said.ratings[refusal.rating]
            return rated.row, Source(column=rated.column)
        return said.row, self.sources["interview"].get(refusal.field, NOWHERE)

    def _refuse(self, row: Row, source: Source, name: str, error: ValidationError, report: Report) -> None:
        column = source.place or name
        report.refuse(row.number, column, self.reader.text(row, source), sentences(error))


def unique(words: Iterator[Worded]) -> tuple[Worded, ...]:
    """Return each saying once: with a row per answer, a file repeats the customer's words in each."""
    return tuple({each.words: each for each in reversed(list(words))}.values())[::-1]


STATED = {
    "country": "country", "industry": "industry", "size": "size_band", "value_band": "value_band_id",
    "lifecycle": "lifecycle",
}  # fmt: skip
STATED_ALWAYS = frozenset({"name"})
FIELDS = {"size_band": "size"}
