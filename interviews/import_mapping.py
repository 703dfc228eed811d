"""What a mapping of interviews can say, and what is wrong with it before any row is read."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import msgspec
from django.core.exceptions import ValidationError

from customers.models import Lifecycle, ValueBand
from interviews.models import Interview, Round
from requirements_catalog.models import Product, RatingScale, Requirement
from scoring.units import UNITS
from web.mappings import (
    NOWHERE,
    Codes,
    From,
    ImportMapping,
    Source,
    hint,
    source_of,
)


class Sourced:
    """A section whose fields all say where a value comes from."""

    def sources(self) -> dict[str, Source]:
        names: tuple[str, ...] = self.__struct_fields__  # type: ignore[attr-defined]
        stated = {name: getattr(self, name) for name in names}
        return {name: source_of(each) for name, each in stated.items() if isinstance(each, str | Source)}


class InterviewColumns(msgspec.Struct, Sourced, kw_only=True, frozen=True, forbid_unknown_fields=True):
    source: From
    external_id: From
    held_on: From
    round: From
    mode: From = Source(value=Interview.Mode.IN_PERSON)
    product: From = NOWHERE


class CustomerColumns(msgspec.Struct, Sourced, kw_only=True, frozen=True, forbid_unknown_fields=True):
    external_id: From
    name: From
    country: From = NOWHERE
    industry: From = NOWHERE
    lifecycle: From = Source(value=Lifecycle.CURRENT)
    lifecycle_since: From = NOWHERE
    size: From = NOWHERE
    value_band: From = NOWHERE
    products: From = NOWHERE
    products_since: From = NOWHERE


class ContactColumns(msgspec.Struct, Sourced, kw_only=True, frozen=True, forbid_unknown_fields=True):
    external_id: From
    name: From
    position: From = NOWHERE
    language: From = NOWHERE


class PartColumns(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """One part of an answer: its column, how a value there is read, and codes of its own."""

    column: str
    scale: str = ""
    points_over: int = 0
    unit: str = ""
    choices: dict[str, str] = {}
    yes: list[str] = []
    no: list[str] = []
    expected: str = ""
    codes: Codes | None = None


class AnswerColumns(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    requirement: str | Source  # a reference; or, with one row per answer, the column that holds it
    product: From = NOWHERE
    importance: PartColumns | None = None
    required: PartColumns | None = None
    perceived: PartColumns | None = None


class KanoColumns(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """The two answers of a Kano pair: 1 to 5, or one of the published wordings."""

    requirement: str
    met: str
    unmet: str
    product: From = NOWHERE
    codes: Codes | None = None


class LoyaltyColumns(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """How a product is rated by NPS (0 to 10), CSAT (1 to 5) and CES (1 to 7): the column of each that was asked."""

    product: From = NOWHERE
    nps: str = ""
    csat: str = ""
    ces: str = ""
    codes: Codes | None = None

    @property
    def asked(self) -> dict[str, str]:
        named = {"nps": self.nps, "csat": self.csat, "ces": self.ces}
        return {measure: column for measure, column in named.items() if column}


class WordsColumns(msgspec.Struct, Sourced, kw_only=True, frozen=True, forbid_unknown_fields=True):
    text: From
    language: From = NOWHERE
    requirements: From = NOWHERE
    coder: From = NOWHERE


class InterviewMapping(ImportMapping, kw_only=True, frozen=True, forbid_unknown_fields=True):
    interview: InterviewColumns
    customer: CustomerColumns
    contact: ContactColumns
    answers: tuple[AnswerColumns, ...] = ()
    words: tuple[WordsColumns, ...] = ()
    kano: tuple[KanoColumns, ...] = ()
    loyalty: tuple[LoyaltyColumns, ...] = ()
    one_row_per: Literal["interview", "answer"] = "interview"


def all_sources(mapping: InterviewMapping) -> dict[str, Source]:
    """Return every place of the mapping that names a column."""
    found: dict[str, Source] = {}
    for name in ("interview", "customer", "contact"):
        found |= {f"{name}.{key}": each for key, each in getattr(mapping, name).sources().items()}
    for number, words in enumerate(mapping.words, start=1):
        found |= {f"words[{number}].{key}": each for key, each in words.sources().items()}
    for number, answer in enumerate(mapping.answers, start=1):
        place = f"answers[{number}]"
        found[f"{place}.product"] = source_of(answer.product)
        if isinstance(answer.requirement, Source):
            found[f"{place}.requirement"] = answer.requirement
        for key in ("importance", "required", "perceived"):
            if part := getattr(answer, key):
                found[f"{place}.{key}"] = Source(column=part.column)
                found[f"{place}.{key}.expected"] = source_of(part.expected)
    for number, pair in enumerate(mapping.kano, start=1):
        places = {
            "product": source_of(pair.product),
            "met": Source(column=pair.met),
            "unmet": Source(column=pair.unmet),
        }
        found |= {f"kano[{number}].{key}": each for key, each in places.items()}
    for number, loyal in enumerate(mapping.loyalty, start=1):
        found[f"loyalty[{number}].product"] = source_of(loyal.product)
        found |= {f"loyalty[{number}].{key}": Source(column=column) for key, column in loyal.asked.items()}
    return found


# ---- The catalogue that a mapping refers to


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything that rows refer to by name, read once."""

    requirements: dict[str, Requirement]
    products: dict[str, Product]
    scales: dict[str, RatingScale]
    rounds: dict[str, Round]
    value_bands: dict[str, ValueBand]


def catalogue_of(mapping: InterviewMapping) -> Catalogue:
    """Read the catalogue; raise ValidationError for what the mapping names and the catalogue does not have."""
    catalogue = Catalogue(
        requirements={each.reference: each for each in Requirement.objects.select_related("current_scale")},
        products={each.name: each for each in Product.objects.all()},
        # In the order of their versions, so that the newest one stands for the name.
        scales={each.name: each for each in RatingScale.objects.order_by("version")},
        rounds={each.name: each for each in Round.objects.all()},
        value_bands={each.name: each for each in ValueBand.objects.all()},
    )
    faults = [
        f"answers[{number}]{'' if isinstance(answer.requirement, Source) else f' {answer.requirement}'}: {fault}"
        for number, answer in enumerate(mapping.answers, start=1)
        for fault in faults_of_answer(answer, catalogue)
    ]
    faults += [
        f"kano[{number}] {pair.requirement}: {fault}"
        for number, pair in enumerate(mapping.kano, start=1)
        if (fault := fault_of_reference(pair.requirement, AnswerColumns(requirement=pair.requirement), catalogue))
    ]
    if faults:
        raise ValidationError([ValidationError("%(fault)s", "mapping", {"fault": fault}) for fault in faults])
    return catalogue


def faults_of_answer(answer: AnswerColumns, catalogue: Catalogue) -> Iterable[str]:
    if isinstance(answer.requirement, str) and (fault := fault_of_reference(answer.requirement, answer, catalogue)):
        yield fault
    for part in (answer.importance, answer.required, answer.perceived):
        if part:
            yield from faults_of_part(part, catalogue)


def fault_of_reference(reference: str, answer: AnswerColumns, catalogue: Catalogue) -> str:
    requirement = catalogue.requirements.get(reference)
    if requirement is None:
        return f"there is no such requirement.{hint(reference, catalogue.requirements)}"
    return fault_of_requirement(requirement, answer)


def fault_of_requirement(requirement: Requirement, answer: AnswerColumns) -> str:
    if requirement.state == Requirement.State.RETIRED or requirement.merged_into_id:
        return "the requirement was retired or merged, so it takes no new answers. Take it out."
    if requirement.current_scale is None and states_level(answer):
        return "the requirement has no scale, so no level can be stated. Give it a scale first."
    return ""


def states_level(answer: AnswerColumns) -> bool:
    perceived = answer.perceived
    return answer.required is not None or bool(perceived and not (perceived.scale or perceived.yes or perceived.no))


def faults_of_part(part: PartColumns, catalogue: Catalogue) -> Iterable[str]:
    if part.scale and part.scale not in catalogue.scales:
        known = ", ".join(catalogue.scales)
        yield f"there is no scale '{part.scale}'.{hint(part.scale, catalogue.scales)} Known scales: {known}."
    if part.unit and part.unit not in UNITS:
        yield f"there is no unit '{part.unit}'.{hint(part.unit, UNITS)} Known units: {', '.join(UNITS)}."
