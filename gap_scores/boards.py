"""What was read last, kept in the process: most pages show the board that the page before showed, and most programs
ask for the list that another asked for."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any, Final, TypeVar

from django.db import connection

from gap_scores.board import Board, Scope
from gap_scores.last_used import LastUsed
from gap_scores.locking import one_snapshot
from gap_scores.versions import read_version

T = TypeVar("T")
MOST: Final = 16  # a board of 600 requirements takes about a megabyte

_boards: Final[LastUsed[Board]] = LastUsed(MOST)
_others: Final[LastUsed[Any]] = LastUsed(MOST)
_beside: Final[LastUsed[Any]] = LastUsed(4 * MOST)  # parts of pages: small, and some for each board
# By requirement, of one kind and scope: the key under which a piece was made, and the piece. What was said of 600
# requirements in 16 levels takes about 15 MB, and what was read from it as much.
_pieces: Final[LastUsed[dict[int, tuple[Hashable, Any]]]] = LastUsed(MOST // 2)
_answers: Final[LastUsed[tuple[bytes, str]]] = LastUsed(64)  # 200 scores take about 70 kB


def board_at_version(scope: Scope, work_out: Callable[[], Board]) -> Board:
    """Return the board of a scope as it stands, worked out only if anything that it depends on changed since.

    To be called inside one snapshot, or the version could be newer than what is read with it.
    """
    key = connection.settings_dict["NAME"], scope, read_version()
    return _kept_in(_boards, key, lambda: replace(work_out(), version=sha256(repr(key).encode()).hexdigest()))


def kept_at_version(key: Hashable, work_out: Callable[[], T]) -> T:
    """Return what depends on nothing but the scores and this key, worked out only if they changed since."""
    if connection.in_atomic_block:
        # What this transaction wrote may be taken back, and its numbers given out again.
        return work_out()
    with one_snapshot():
        return _kept_in(_others, (connection.settings_dict["NAME"], key, read_version()), work_out)


def _kept_in(store: LastUsed[T], key: Hashable, work_out: Callable[[], T]) -> T:
    kept = store.get(key)
    if kept is None:
        kept = work_out()
        store.keep(key, kept)
    return kept


def kept_with_board(board: Board, key: Hashable, work_out: Callable[[], T]) -> T:
    """Return what depends on nothing but what a board depends on and this key, without a query where it is kept.

    One that is newer than its board does no harm: a version that is over is asked for no more.
    """
    return _kept_in(_beside, (board.version, key), work_out) if board.version else work_out()


def kept_pieces(
    board: Board, kind: str, keys: Mapping[int, Hashable], work_out: Callable[[Sequence[int]], Mapping[int, T]]
) -> dict[int, T]:
    """Return a piece for each of these requirements, those that are not kept worked out together.

    Each key names all that its piece depends on but the program and the scope, so a piece outlives the board that it
    was made for, until the next one of its requirement.
    """
    if not board.version:
        return dict(work_out(list(keys)))
    place = connection.settings_dict["NAME"], kind, board.scope
    kept = _pieces.get(place) or {}
    found: dict[int, T] = {each: kept[each][1] for each, key in keys.items() if each in kept and kept[each][0] == key}
    missing = [each for each in keys if each not in found]
    if missing:
        made = work_out(missing)
        _pieces.keep(place, kept | {each: (keys[each], made[each]) for each in missing})
        found |= made
    return found


def kept_answer(key: Hashable) -> tuple[bytes, str] | None:
    """Return the content and its type that were answered under a key that names all that they depend on."""
    return _answers.get((connection.settings_dict["NAME"], key))


def keep_answer(key: Hashable, content: bytes, content_type: str) -> None:
    """Keep an answer. One that is newer than its key does no harm: a version that is over is asked for no more."""
    _answers.keep((connection.settings_dict["NAME"], key), (content, content_type))


def forget_boards() -> None:
    """Forget everything: after a restore, numbers may come again with another meaning."""
    _boards.clear()
    _others.clear()
    _beside.clear()
    _pieces.clear()
    _answers.clear()
