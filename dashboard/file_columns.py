"""What the columns of an uploaded file may mean, what each probably means, and the mapping that follows."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import SequenceMatcher
from functools import partial
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _

from functions.catalogue_file import FUNCTIONS
from jobs.models import FileImport
from metrics.catalogue_file import METRICS
from requirements_catalog.catalogue_file import REQUIREMENTS
from web.catalogue import CatalogueFile

# The catalogues that come by file: one description of each one's columns, for the way in and for the way out.
CATALOGUES: dict[str, CatalogueFile] = {
    FileImport.Kind.REQUIREMENTS: REQUIREMENTS,
    FileImport.Kind.FUNCTIONS: FUNCTIONS,
    FileImport.Kind.METRICS: METRICS,
}
UNUSED = ""
SURE, LIKELY = 0.95, 0.75
ANSWER = "answer."
PER_ROW = "answer.requirement"
RATED = "loyalty."


class Role(NamedTuple):
    """One meaning: its key in the mapping, its plain words, and how people head such a column."""

    key: str
    group: Any
    label: Any
    names: tuple[str, ...]


MEASUREMENT = _("Measurement")
FIGURES = _("Figures")
INTERVIEW, CUSTOMER, CONTACT = _("Interview"), _("Customer"), _("Person asked")
ANSWERS, LOYALTY, WORDS = _("Answer"), _("Loyalty to the product"), _("Words")
PERSON = _("Contact")

ROLES: dict[str, tuple[Role, ...]] = {
    FileImport.Kind.MEASUREMENTS: (
        Role("metric", MEASUREMENT, _("name of the metric"), ("metric", "measure", "kpi", "indicator", "metric name")),
        Role("external_id", MEASUREMENT, _("id of the measurement"), ("id", "external id", "key", "reference", "number",
                                                                      "ticket", "invoice", "measurement id")),
        Role("month", MEASUREMENT, _("month (any day in it)"), ("month", "period month")),
        Role("period_start", MEASUREMENT, _("first day of the period"), ("start", "from", "period start", "begin",
                                                                         "start date")),
        Role("period_end", MEASUREMENT, _("day, or last day of the period"), ("day", "date", "end", "until", "to", "on",
                                                                              "period end", "end date")),
        Role("part", MEASUREMENT, _("part of the breakdown"), ("part", "breakdown", "segment", "country", "region",
                                                               "site", "product")),
        Role("value", FIGURES, _("value"), ("value", "level", "result", "measured", "measured value", "duration",
                                            "amount")),
        Role("numerator", FIGURES, _("numerator: how many of them"), ("numerator", "good", "on time", "successes")),
        Role("denominator", FIGURES, _("denominator: of how many"), ("denominator", "of", "total", "all", "base")),
        Role("defects", FIGURES, _("defects"), ("defects", "faults", "errors", "defect count")),
        Role("units", FIGURES, _("units"), ("units", "pieces", "units delivered")),
        Role("opportunities", FIGURES, _("opportunities per unit"), ("opportunities", "opportunities per unit")),
        Role("events", FIGURES, _("events"), ("events", "incidents", "calls", "event count")),
        Role("counts", FIGURES, _("counts: how many on each step of a worded scale"), ("counts", "steps")),
        Role("exposure", FIGURES, _("exposure: over how much"), ("exposure", "machine hours", "hours of use")),
    ),
    FileImport.Kind.INTERVIEWS: (
        Role("interview.external_id", INTERVIEW, _("id of the interview"), ("id", "interview", "interview id", "number",
                                                                            "respondent", "response id", "key")),
        Role("interview.held_on", INTERVIEW, _("day of the interview"), ("day", "date", "held on", "interview date",
                                                                         "on", "interviewed on")),
        Role("interview.round", INTERVIEW, _("name of the round"), ("round", "wave")),
        Role("interview.mode", INTERVIEW, _("mode: in_person, phone, video, self_service"), ("mode", "channel")),
        Role("interview.product", INTERVIEW, _("product talked about"), ("product",)),
        Role("customer.external_id", CUSTOMER, _("id of the customer"), ("customer id", "customer number", "firm id",
                                                                         "account", "company id")),
        Role("customer.name", CUSTOMER, _("name of the customer"), ("customer", "company", "firm", "organisation",
                                                                    "organization", "customer name", "company name")),
        Role("customer.country", CUSTOMER, _("country"), ("country", "land")),
        Role("customer.industry", CUSTOMER, _("industry (ISIC section)"), ("industry", "sector", "isic")),
        Role("customer.size", CUSTOMER, _("number of employees"), ("employees", "size", "staff", "headcount")),
        Role("customer.lifecycle", CUSTOMER, _("lifecycle: current, past, prospective"), ("lifecycle", "status")),
        Role("customer.lifecycle_since", CUSTOMER, _("lifecycle since"), ("lifecycle since", "status since")),
        Role("customer.value_band", CUSTOMER, _("value band"), ("value band", "band", "revenue band")),
        Role("customer.products", CUSTOMER, _("products used, parted by ;"), ("products", "uses", "products used")),
        Role("customer.products_since", CUSTOMER, _("products used since"), ("used since", "products since")),
        Role("contact.external_id", CONTACT, _("id of the person"), ("contact id", "person id", "contact number")),
        Role("contact.name", CONTACT, _("name of the person"), ("contact", "person", "name", "contact name",
                                                                "respondent name")),
        Role("contact.position", CONTACT, _("position"), ("position", "role", "job title", "function", "title")),
        Role("contact.language", CONTACT, _("language"), ("language", "contact language")),
        Role("answer.requirement", ANSWERS, _("reference of the requirement (one row per answer)"), (
            "requirement", "requirement reference", "reference", "question", "item")),
        Role("answer.importance", ANSWERS, _("importance"), ("importance", "weight", "important", "i")),
        Role("answer.required", ANSWERS, _("required level"), ("required", "required level", "needs", "target", "t")),
        Role("answer.perceived", ANSWERS, _("rating of how it is"), ("perceived", "rating", "satisfaction", "score",
                                                                     "felt", "q")),
        Role("answer.expected", ANSWERS, _("rating of what was expected"), ("expected", "expectation", "e")),
        Role("loyalty.nps", LOYALTY, _("NPS: would recommend, 0 to 10"), ("nps", "nps score", "net promoter score",
                                                                          "would recommend", "recommend")),
        Role("loyalty.csat", LOYALTY, _("CSAT: satisfied, 1 to 5"), ("csat", "csat score", "customer satisfaction")),
        Role("loyalty.ces", LOYALTY, _("CES: easy, 1 to 7"), ("ces", "ces score", "customer effort score", "effort",
                                                              "easy")),
        Role("words.text", WORDS, _("the customer's own words"), ("words", "comment", "verbatim", "said", "comments",
                                                                  "remark", "quote")),
        Role("words.requirements", WORDS, _("requirements the words are about"), ("about", "coded", "codes")),
        Role("words.coder", WORDS, _("who coded the words"), ("coder", "coded by")),
        Role("words.language", WORDS, _("language of the words"), ("words language", "language of the words")),
    ),
    FileImport.Kind.CUSTOMERS: (
        Role("customer.external_id", CUSTOMER, _("id of the customer"), ("id", "external id", "customer id", "number",
                                                                         "customer number", "customer no", "account",
                                                                         "company id", "firm id", "key")),
        Role("customer.name", CUSTOMER, _("name of the customer"), ("name", "customer", "company", "firm",
                                                                    "organisation", "organization", "customer name",
                                                                    "company name")),
        Role("customer.lifecycle", CUSTOMER, _("lifecycle: current, past, prospective"), ("lifecycle", "status")),
        Role("customer.lifecycle_since", CUSTOMER, _("lifecycle since"), ("lifecycle since", "status since", "since")),
        Role("customer.industry", CUSTOMER, _("industry: section of ISIC, or its name"), ("industry", "sector",
                                                                                          "isic")),
        Role("customer.country", CUSTOMER, _("country"), ("country", "land")),
        Role("customer.region", CUSTOMER, _("region, where no country is known"), ("region",)),
        Role("customer.size", CUSTOMER, _("number of employees"), ("employees", "size", "staff", "headcount")),
        Role("customer.value_band", CUSTOMER, _("value band"), ("value band", "band", "revenue band")),
        Role("customer.domain", CUSTOMER, _("web domain"), ("domain", "web domain", "website", "web site")),
        Role("customer.products", CUSTOMER, _("products used, parted by ;"), ("products", "uses", "products used")),
        Role("customer.products_since", CUSTOMER, _("products used since"), ("used since", "products since")),
        Role("contact.external_id", PERSON, _("id of the person"), ("contact id", "person id", "contact number")),
        Role("contact.name", PERSON, _("name of the person"), ("contact", "person", "contact name", "person name")),
        Role("contact.position", PERSON, _("position"), ("position", "role", "job title", "title")),
        Role("contact.email", PERSON, _("e-mail address"), ("email", "e mail", "mail", "email address",
                                                            "contact email")),
        Role("contact.language", PERSON, _("language"), ("language", "contact language")),
        Role("contact.consent_on", PERSON, _("day on which the person agreed to be asked"), (
            "consent", "consent on", "consent date", "consent given on", "consent given", "agreed on", "opt in date")),
        Role("contact.consent_source", PERSON, _("how the person agreed"), (
            "consent source", "source of consent", "source of the consent", "agreed how", "opt in source")),
    ),
}  # fmt: skip
ROLES |= {
    kind: tuple(
        Role(column.key, FileImport.Kind(kind).label, column.label, (column.key.replace("_", " "), *column.heads))
        for column in file.columns
    )
    for kind, file in CATALOGUES.items()
}


def names_a_column(kind: str) -> Callable[[str], bool]:
    """Return whether a cell is a usual heading in a file of this kind."""
    known = {name for role in ROLES[kind] for name in role.names}
    return lambda cell: plain(cell) in known


def roles_in_groups(kind: str) -> list[tuple[Any, Any]]:
    """Return the choices of a column, in groups."""
    groups: dict[Any, list[tuple[str, Any]]] = {}
    for role in ROLES[kind]:
        groups.setdefault(role.group, []).append((role.key, role.label))
    return [(UNUSED, _("not used")), *groups.items()]


# ---- What a column probably means


class Guess(NamedTuple):
    role: str = UNUSED
    requirement: str = ""
    confidence: float = 0.0

    @property
    def words(self) -> Any:
        if not self.role:
            return ""
        return _("sure") if self.confidence >= SURE else _("likely") if self.confidence >= LIKELY else _("a guess")


def plain(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text).lower()))


def likeness(header: str, names: Iterable[str]) -> float:
    """Return 1 for a known heading, less for one that holds it or is spelled nearly so, 0 for anything else."""
    words = set(header.split())
    best = 0.0
    for name in names:
        if header == name:
            return 1.0
        if len(name) > 2 and set(name.split()) <= words:
            best = max(best, 0.8)
        elif len(name) > 3:
            ratio = SequenceMatcher(None, header, name).ratio()
            best = max(best, 0.9 * ratio if ratio >= 0.8 else 0.0)
    return best


def guesses(kind: str, columns: Sequence[str], references: Iterable[str]) -> list[Guess]:
    """Return the likeliest meaning of each column; the surest column gets a meaning that several could have."""
    known = {plain(reference): reference for reference in references} if kind == FileImport.Kind.INTERVIEWS else {}
    found = [_answer_guess(plain(column), known) for column in columns]
    is_wide = any(guess.role for guess in found)
    ranked = sorted(
        (
            (likeness(plain(column), role.names), -order, place, role.key)
            for place, column in enumerate(columns)
            for order, role in enumerate(ROLES[kind])
            # Answers are one per column, which names its requirement, or one per row.
            if not (is_wide and role.key.startswith(ANSWER)) and not found[place].role
        ),
        reverse=True,
    )
    taken: set[str] = set()
    for confidence, _order, place, key in ranked:
        if confidence and key not in taken and not found[place].role:
            found[place] = Guess(key, "", confidence)
            taken.add(key)
    return found


def _answer_guess(header: str, references: Mapping[str, str]) -> Guess:
    """Read headings such as 'R-22 importance': which requirement, and which part of the answer."""
    for name in sorted(references, key=len, reverse=True):
        if re.search(rf"\b{re.escape(name)}\b", header):
            rest = re.sub(rf"\b{re.escape(name)}\b", "", header).strip()
            scores = [(likeness(rest, role.names), role.key) for role in ROLES[FileImport.Kind.INTERVIEWS]
                      if role.key.startswith(ANSWER) and role.key != PER_ROW]  # fmt: skip
            confidence, key = max(scores)
            return Guess(key if confidence else f"{ANSWER}perceived", references[name], confidence or 0.5)
    return Guess()


# ---- The mapping

Meanings = Mapping[str, Any]  # {"roles": [...], "requirements": [...], "settings": {...}}


def mapping_of(kind: str, columns: Sequence[str], meanings: Meanings, layout: Mapping[str, str]) -> dict[str, Any]:
    """Return the mapping as a mapping file would state it."""
    build = BUILDS[kind]
    settings = meanings["settings"]
    file = dict(layout) | {name: settings[name] for name in ("decimal", "date_format") if name in settings}
    return {"file": file} | build(columns, meanings, settings)


def _measurements(columns: Sequence[str], meanings: Meanings, settings: Mapping[str, Any]) -> dict[str, Any]:
    block: dict[str, Any] = {role: column for column, role in zip(columns, meanings["roles"], strict=True) if role}
    block.setdefault("metric", {"value": settings.get("metric", "")})
    # Without an id of its own, a measurement is known by what it is about.
    about = [block[role] for role in ("month", "period_start", "period_end", "part") if role in block]
    metric = f"{{{block['metric']}}}" if isinstance(block["metric"], str) else block["metric"]["value"]
    block.setdefault("external_id", {"template": " / ".join([metric, *(f"{{{name}}}" for name in about)])})
    return {"source": settings["source"], "measurements": [block]}


def _interviews(columns: Sequence[str], meanings: Meanings, settings: Mapping[str, Any]) -> dict[str, Any]:
    sections: dict[str, dict[str, Any]] = {
        name: {} for name in ("interview", "customer", "contact", "loyalty", "words")
    }
    parts: dict[str, dict[str, str]] = {}
    for column, role, reference in zip(columns, meanings["roles"], meanings["requirements"], strict=True):
        section, _dot, key = role.partition(".")
        if section == "answer":
            parts.setdefault(reference, {})[key] = column
        elif role:
            sections[section][key] = column
    interview, customer, contact = sections["interview"], sections["customer"], sections["contact"]
    interview["source"] = {"value": settings["source"]}
    for key in ("round", "mode", "product"):
        if settings.get(key):
            interview.setdefault(key, {"value": settings[key]})
    # A file that names customers and people only, or only by their ids, is understood too.
    customer.setdefault("external_id", customer.get("name"))
    customer.setdefault("name", customer["external_id"])
    contact.setdefault("external_id", interview.get("external_id"))
    contact.setdefault("name", contact["external_id"])
    loyalty = [sections["loyalty"]] if sections["loyalty"] else []
    words = [sections["words"]] if "text" in sections["words"] else []
    codes = {name: split_codes(settings.get(name, "")) for name in ("not_applicable", "does_not_know")}
    is_long = PER_ROW in meanings["roles"]
    answers = [
        _answer({"column": found.pop("requirement")} if is_long else reference, found, settings)
        for reference, found in parts.items()
    ]
    return {
        "codes": codes, "interview": interview, "customer": customer, "contact": contact, "answers": answers,
        "loyalty": loyalty, "words": words, "one_row_per": "answer" if is_long else "interview",
    }  # fmt: skip


def _answer(reference: Any, found: Mapping[str, str], settings: Mapping[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = {"requirement": reference}
    if "importance" in found:
        answer["importance"] = {"column": found["importance"], "scale": settings["importance_scale"]}
    if "required" in found:
        answer["required"] = {"column": found["required"], "unit": settings["unit"]}
    if "perceived" in found:
        answer["perceived"] = {"column": found["perceived"], "scale": settings["rating_scale"]}
        if "expected" in found:
            answer["perceived"]["expected"] = found["expected"]
    return answer


def _customers(columns: Sequence[str], meanings: Meanings, settings: Mapping[str, Any]) -> dict[str, Any]:
    sections: dict[str, dict[str, Any]] = {"customer": {}, "contact": {}}
    for column, role in zip(columns, meanings["roles"], strict=True):
        section, _dot, key = role.partition(".")
        if role:
            sections[section][key] = column
    for found in filter(None, sections.values()):
        # A file that knows names only, or only ids, is understood too.
        found.setdefault("external_id", found.get("name"))
        found.setdefault("name", found["external_id"])
    sections["customer"].setdefault("lifecycle", {"value": settings.get("lifecycle") or "current"})
    return {section: found for section, found in sections.items() if found}


def _catalogue(columns: Sequence[str], meanings: Meanings, _settings: Mapping[str, Any]) -> dict[str, Any]:
    return {"columns": {role: column for column, role in zip(columns, meanings["roles"], strict=True) if role}}


BUILDS: dict[str, Callable[[Sequence[str], Meanings, Mapping[str, Any]], dict[str, Any]]] = {
    FileImport.Kind.MEASUREMENTS: _measurements,
    FileImport.Kind.INTERVIEWS: _interviews,
    FileImport.Kind.CUSTOMERS: _customers,
    **dict.fromkeys(CATALOGUES, _catalogue),
}


def split_codes(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def faults(kind: str, meanings: Meanings) -> list[str]:
    """Return what is missing or said twice, in sentences."""
    roles, requirements = meanings["roles"], meanings["requirements"]
    labels = {role.key: role.label for role in ROLES[kind]}
    said = list(zip(roles, requirements, strict=True))
    single = [role for role in roles if role and not role.startswith(ANSWER)]
    found = [
        str(_("Two columns are '%(role)s'. Keep one.") % {"role": labels[role]})
        for role in labels if single.count(role) > 1
    ]  # fmt: skip
    if PER_ROW in roles:
        if any(requirements):
            found.append(
                str(_("A column names the requirement of each row, so no other column can have one of its own."))
            )
    elif any(role.startswith(ANSWER) and not reference for role, reference in said):
        found.append(str(_("A column with answers needs its requirement, or a column that names it in each row.")))
    answers = [each for each in said if each[0].startswith(ANSWER)]
    if len(set(answers)) < len(answers):
        found.append(str(_("Two columns hold the same part of the answer on one requirement. Keep one.")))
    return found + [str(each) for each in CHECKS[kind](set(roles), said, meanings["settings"])]


def _measurement_faults(
    roles: set[str], _said: Sequence[tuple[str, str]], settings: Mapping[str, Any]
) -> Iterable[Any]:
    if "metric" not in roles and not settings.get("metric"):
        yield _("Which metric is it? Name the column that says so, or choose one for the whole file.")
    if ("month" in roles) == ("period_end" in roles):
        yield _("When was it? Name either a column with the month, or one with the day.")
    if not roles & {"value", "numerator", "defects", "events"}:
        yield _("Where are the figures? Name the column with the value, the numerator, the defects or the events.")


def _interview_faults(
    roles: set[str], said: Sequence[tuple[str, str]], settings: Mapping[str, Any]
) -> Iterable[Any]:  # fmt: skip
    if "interview.external_id" not in roles:
        yield _("Which column is the id of the interview? By it a second upload changes nothing.")
    if "interview.held_on" not in roles:
        yield _("Which column is the day of the interview?")
    if not roles & {"customer.name", "customer.external_id"}:
        yield _("Which column is the customer: the name, or the id?")
    if "interview.round" not in roles and not settings.get("round"):
        yield _("Which round is it? Name the column that says so, or choose one for the whole file.")
    has_product = "interview.product" in roles or settings.get("product")
    if not has_product and any(role.startswith((ANSWER, RATED)) for role in roles):
        yield _("Which product are the answers about? Name the column that says so, or choose one for the whole file.")
    for role, setting, what in (
        ("answer.importance", "importance_scale", _("On which scale was importance asked?")),
        ("answer.perceived", "rating_scale", _("On which scale were the ratings asked?")),
        ("answer.required", "unit", _("In which unit are the required levels?")),
    ):
        if role in roles and not settings.get(setting):
            yield what
    rated = {reference for role, reference in said if role == "answer.perceived"}
    if any(role == "answer.expected" and reference not in rated for role, reference in said):
        yield _("An expected rating stands beside the rating of how it is; name that column too.")


def _customer_faults(
    roles: set[str], _said: Sequence[tuple[str, str]], _settings: Mapping[str, Any]
) -> Iterable[Any]:  # fmt: skip
    if not roles & {"customer.name", "customer.external_id"}:
        yield _("Which column is the customer: the name, or the id?")
    if any(role.startswith("contact.") for role in roles) and not roles & {"contact.name", "contact.external_id"}:
        yield _("Which column is the contact: the name, or the id?")
    if "contact.consent_source" in roles and "contact.consent_on" not in roles:
        yield _("A consent needs its day: name the column that has it, too.")


def _catalogue_faults(file: CatalogueFile, roles: set[str], *_others: Any) -> Iterable[Any]:
    if file.key not in roles:
        yield _("Which column is the %(key)s? By it a row is known.") % {"key": file.by_key[file.key].label}
    if file.alternatives and roles.issuperset(file.alternatives):
        names = " / ".join(str(file.by_key[key].label) for key in file.alternatives)
        yield _("Name one of these two, they say the same from both ends: %(names)s.") % {"names": names}


CHECKS: dict[str, Callable[[set[str], Sequence[tuple[str, str]], Mapping[str, Any]], Iterable[Any]]] = {
    FileImport.Kind.MEASUREMENTS: _measurement_faults,
    FileImport.Kind.INTERVIEWS: _interview_faults,
    FileImport.Kind.CUSTOMERS: _customer_faults,
    **{kind: partial(_catalogue_faults, file) for kind, file in CATALOGUES.items()},
}
