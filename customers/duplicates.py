"""Which rows of a file look like a customer that is there already, in the register or further up in the file.

The file is read twice and the register once, and only rows and customers of which there may be two are kept: memory
grows with the duplicates, and by two numbers a row. What to do with each is a person's choice, with a default.
"""

from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.likeness import Likeness, Mark, likeness, mark_of
from customers.models import Customer, Lifecycle

Key = tuple[str, str]
AT_ONCE = 5_000


class Choice(models.TextChoices):
    SAME = "same", _("the same customer: use the one that is there")
    APART = "apart", _("another customer: keep both")
    SKIP = "skip", _("leave this row out")


DEFAULTS = {Likeness.SURE: Choice.SAME, Likeness.PERHAPS: Choice.APART}


class Candidate(NamedTuple):
    """A row of the file as it names its customer, before anything of it is checked."""

    row: int
    key: Key
    name: str
    domain: str
    country: str


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A row whose customer looks like another one: that of `customer` in the register, or that of an earlier row.

    `key`: what the row's customer is known by; `of_key`: the same of the earlier row.
    """

    row: int
    key: Key
    name: str
    country: str
    domain: str
    likeness: Likeness
    why: str
    of_name: str
    customer: int | None = None
    of_row: int | None = None
    of_key: Key | None = None
    choice: str = ""

    @property
    def of_place(self) -> str:
        return f"row {self.of_row}" if self.of_row else "the register"


@dataclass(frozen=True, slots=True)
class _Entry:
    """Somebody whom a row may be: a customer of the register, or the customer of an earlier row."""

    mark: Mark
    name: str
    customer: int | None = None
    candidate: Candidate | None = None


def find_duplicates(candidates: Callable[[], Iterable[Candidate]]) -> list[Duplicate]:
    """Return the duplicates of a file in its order; `candidates` is called once for each reading of it."""
    hashes = array("q", sorted(each for candidate in candidates() for each in _hashes(_mark(candidate))))
    if not hashes:
        return []
    hot = {each for each, following in pairwise(hashes) if each == following}
    entries = _of_register(hashes, hot)
    del hashes
    return list(_compared(candidates(), entries, hot))


def _mark(candidate: Candidate) -> Mark:
    return mark_of(name=candidate.name, domain=candidate.domain, country=candidate.country)


def _hashes(mark: Mark) -> Iterator[int]:
    """Yield numbers of which two alike customers share one; that others share it, too, is only more to compare."""
    if mark.name:
        yield hash(("name", mark.name))
    if mark.domain:
        yield hash(("domain", mark.domain))


def _of_register(hashes: "array[int]", hot: set[int]) -> "dict[int, list[_Entry]]":
    """Return customers of the register that a row of the file may be, by hash; their hashes become hot (1 query)."""
    found: defaultdict[int, list[_Entry]] = defaultdict(list)
    there = Customer.objects.active().exclude(lifecycle=Lifecycle.INTERNAL).order_by()
    columns = there.values_list("pk", "name", "domain", "country")
    for pk, name, domain, country in columns.iterator(chunk_size=AT_ONCE):
        mark = mark_of(name=name, domain=domain, country=str(country or ""))
        for each in _hashes(mark):
            if _holds(hashes, each):
                found[each].append(_Entry(mark, name, customer=pk))
                hot.add(each)
    return found


def _holds(hashes: "array[int]", wanted: int) -> bool:
    at = bisect_left(hashes, wanted)
    return at < len(hashes) and hashes[at] == wanted


def _compared(
    candidates: Iterable[Candidate], entries: "dict[int, list[_Entry]]", hot: Collection[int]
) -> Iterator[Duplicate]:
    by_hash: defaultdict[int, list[_Entry]] = defaultdict(list, entries)
    seen: set[Key] = set()
    batch: list[Candidate] = []
    for candidate in candidates:
        if any(each in hot for each in _hashes(_mark(candidate))):
            batch.append(candidate)
        if len(batch) >= AT_ONCE:
            yield from _of_batch(batch, by_hash, hot, seen)
            batch = []
    yield from _of_batch(batch, by_hash, hot, seen)


def _of_batch(
    batch: list[Candidate], by_hash: "defaultdict[int, list[_Entry]]", hot: Collection[int], seen: set[Key]
) -> Iterator[Duplicate]:
    known = _known_keys(batch)
    for candidate in batch:
        if candidate.key in seen:
            continue  # The same customer once more: its other people, or a fault that the import names.
        seen.add(candidate.key)
        mark = _mark(candidate)
        hashes = [each for each in _hashes(mark) if each in hot]
        found = (
            None
            if candidate.key in known
            else _best(candidate, mark, (each for key in hashes for each in by_hash[key]))
        )
        if found is not None:
            yield found
        if (found is None or found.likeness is not Likeness.SURE) and candidate.key not in known:
            for each in hashes:
                by_hash[each].append(_Entry(mark, candidate.name, candidate=candidate))


def _known_keys(batch: Iterable[Candidate]) -> set[Key]:
    """Return the keys of rows whose customer the register knows by its id, or by its name where it has none."""
    rows = list(batch)
    ids, names = {each.key[0] for each in rows} - {""}, {each.key[1] for each in rows} - {""}
    there = Customer.objects.active().order_by()
    by_id = there.filter(external_id__in=ids).exclude(external_id="").values_list("external_id", flat=True)
    by_name = there.filter(external_id="", name__in=names).values_list("name", flat=True)
    return {(each, "") for each in by_id} | {("", each) for each in by_name}


def _best(candidate: Candidate, mark: Mark, entries: Iterable[_Entry]) -> Duplicate | None:
    """Return the likeliest of those whom a row may be: the surest, of the register first, then the first one."""
    best: Duplicate | None = None
    for entry in entries:
        how, why = likeness(mark, entry.mark)
        if how and (best is None or (how, entry.customer is not None) > (best.likeness, best.customer is not None)):
            best = Duplicate(
                row=candidate.row,
                key=candidate.key,
                name=candidate.name,
                country=candidate.country,
                domain=candidate.domain,
                likeness=how,
                why=why,
                of_name=entry.name,
                customer=entry.customer,
                of_row=entry.candidate.row if entry.candidate else None,
                of_key=entry.candidate.key if entry.candidate else None,
            )
    return best


def decided(
    duplicates: Iterable[Duplicate], choices: Mapping[str, str], sure: Choice = DEFAULTS[Likeness.SURE]
) -> list[Duplicate]:
    """Return the duplicates with what was chosen for their rows, and the default where nothing was: `sure` for the
    sure ones.

    A row that is the same as one that is left out stands for itself: there is nothing that it could use.
    """
    found: list[Duplicate] = []
    left_out: set[Key] = set()
    for each in duplicates:
        default = sure if each.likeness is Likeness.SURE else DEFAULTS[each.likeness]
        choice = choices.get(str(each.row), default)
        if choice == Choice.SAME and each.of_key in left_out:
            choice = Choice.APART
        if choice == Choice.SKIP:
            left_out.add(each.key)
        found.append(replace(each, choice=str(choice)))
    return found
