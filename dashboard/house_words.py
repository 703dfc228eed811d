"""What a house says in sentences: who carries most, what is served by nothing, and whether another scale changes it."""

from collections.abc import Sequence

from dashboard.house import CLASSIC, Column, House, Stands
from dashboard.words import count_word, counted, sentence, share_words
from web.templatetags.show import listed

NAMED = 3
NO_RANK = "none"


def answer(house: House, *, noun: str, narrowed: bool) -> str:
    """Which column carries most of the points of the rows shown, and what serves nothing."""
    if not house.rows:
        return "No requirement matches these filters." if narrowed else "There is no active requirement yet."
    many = len(house.weighed)
    these = "this requirement" if many == 1 else f"these {counted(many, 'requirement')}"
    if not house.weighed or not house.points:
        first = "No requirement here has points yet, so no share can be worked out."
    elif not house.first:
        first = f"{'None of those shown here' if house.is_first_unseen else 'Nothing'} serves {these}."
    else:
        first = f"{'Of those shown here, ' if house.is_first_unseen else ''}{_most(house)} {_of_what(house)} {these}."
    return " ".join(filter(None, (first, missing(house, noun=noun))))


def _most(house: House) -> str:
    stands = house.standing[house.first[0].key]
    # Points that nothing serves are points of these requirements too; the technical importance leaves them out.
    share = share_words(stands.share if house.method == CLASSIC else stands.importance / house.points)
    if len(house.first) == 1:
        return f"{house.first[0].name} carries most: {share}"
    if len(house.first) <= NAMED:
        return f"{listed([column.name for column in house.first])} carry most, {share} each,"
    tied = count_word(len(house.first))
    return f"{tied if house.is_first_unseen else sentence(tied)} are tied with most, {share} each,"


def _of_what(house: House) -> str:
    return "of the technical importance for" if house.method == CLASSIC else "of the points of"


def missing(house: House, *, noun: str) -> str:
    """Which columns serve no requirement, and how many requirements nothing serves."""
    parts = []
    if idle := [column for column in house.idle if column.seen]:
        names = listed([column.name for column in idle])
        who = names if len(idle) <= NAMED else sentence(counted(len(idle), noun))
        parts.append(f"{who} {'serves' if len(idle) == 1 else 'serve'} none.")
    if house.unserved:
        few = len(house.unserved) <= NAMED
        which = listed([row.reference for row in house.unserved])
        parts.append(f"No {noun} serves {which if few else f'{len(house.unserved)} of all {len(house.rows)}'}.")
    return " ".join(parts)


def notes(house: House) -> list[str]:
    """What must be known beside the answer: what is only felt, what has no points."""
    found = []
    felt = sum(not row.measured for row in house.rows if row.weight is not None)
    if felt:
        verb = "has" if felt == 1 else "have"
        whose = "The requirement" if len(house.weighed) == 1 else f"{sentence(count_word(felt))} of them"
        found.append(f"{whose} {verb} no metric that measures the level: we know only what is felt.")
    if few := sum(row.few for row in house.rows):
        found.append(f"{sentence(counted(few, 'requirement'))} with too few customers to show {_are_in_no_sum(few)}.")
    if silent := sum(row.weight is None and not row.few for row in house.rows):
        found.append(f"{sentence(counted(silent, 'requirement'))} without points {_are_in_no_sum(silent)}.")
    return found


def _are_in_no_sum(count: int) -> str:
    return "is in no sum" if count == 1 else "are in no sum"


def stability(house: House) -> str:
    """Whether the order of the columns hangs on the scale."""
    if house.carried.shares is None:
        return "There are no shares to rank yet."
    if not house.unstable:
        return "The order is the same under 5/3/1: it does not hang on the scale."
    moved = [f"{column.label} ({_moves(house.standing[column.key])})" for column in house.unstable[:NAMED]]
    more = len(house.unstable) - len(moved)
    said = listed([*moved, f"{count_word(more)} more"] if more else moved)
    verb = "changes place" if len(house.unstable) == 1 else "change places"
    return f"Under 5/3/1 {said} {verb}: do not build on ranks that near each other."


def _moves(stands: Stands) -> str:
    return f"{stands.rank or NO_RANK} to {stands.rank_mild or NO_RANK}"


def share_cell(stands: Stands) -> str:
    """The share in whole per cent; 'none' where the column serves no requirement at all."""
    if stands.empty:
        return "none"
    return "no data" if stands.share is None or stands.silent else share_words(stands.share).removesuffix("%").strip()


def rank_cell(stands: Stands) -> str:
    return f"{_rank(stands.rank, stands.tied)}, {_rank(stands.rank_mild, stands.tied_mild)}" if stands.rank else NO_RANK


def _rank(rank: int | None, tied: bool) -> str:
    return f"{rank}{'=' if tied else ''}" if rank else NO_RANK


def method_words(method: str) -> str:
    return "classic" if method == CLASSIC else "row-normalised"


def by_share(house: House, columns: Sequence[Column]) -> list[Column]:
    """Return the columns, largest share first."""
    return sorted(columns, key=lambda column: -house.standing[column.key].importance)
