"""What was read last, kept in the process: most pages show the board that the page before showed, and most programs
ask for the list that another asked for."""

from collections.abc import Callable, Hashable
from dataclasses import replace
from hashlib import sha256
from typing import Final

from django.db import connection

from gap_scores.board import Board, Scope
from gap_scores.last_used import LastUsed
from gap_scores.versions import read_version

MOST: Final = 16  # a board of 600 requirements takes about a megabyte

_boards: Final[LastUsed[Board]] = LastUsed(MOST)
_answers: Final[LastUsed[tuple[bytes, str]]] = LastUsed(64)  # 200 scores take about 70 kB


def board_at_version(scope: Scope, work_out: Callable[[], Board]) -> Board:
    """Return the board of a scope as it stands, worked out only if anything that it depends on changed since.

    To be called inside one snapshot, or the version could be newer than what is read with it.
    """
    key = connection.settings_dict["NAME"], scope, read_version()
    board = _boards.get(key)
    if board is None:
        board = replace(work_out(), version=sha256(repr(key).encode()).hexdigest())
        _boards.keep(key, board)
    return board


def kept_answer(key: Hashable) -> tuple[bytes, str] | None:
    """Return the content and its type that were answered under a key that names all that they depend on."""
    return _answers.get((connection.settings_dict["NAME"], key))


def keep_answer(key: Hashable, content: bytes, content_type: str) -> None:
    """Keep an answer. One that is newer than its key does no harm: a version that is over is asked for no more."""
    _answers.keep((connection.settings_dict["NAME"], key), (content, content_type))


def forget_boards() -> None:
    """Forget everything: after a restore, numbers may come again with another meaning."""
    _boards.clear()
    _answers.clear()
