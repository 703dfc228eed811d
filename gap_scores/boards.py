"""The boards read last, kept in the process: most pages show the one that the page before showed."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from threading import Lock

from django.db import connection

from gap_scores.board import Board, Scope
from gap_scores.versions import read_version

MOST = 16  # a board of 600 requirements takes about a megabyte

_kept: OrderedDict[tuple[object, ...], Board] = OrderedDict()
_lock = Lock()


def board_at_version(scope: Scope, work_out: Callable[[], Board]) -> Board:
    """Return the board of a scope as it stands, worked out only if anything that it depends on changed since.

    To be called inside one snapshot, or the version could be newer than what is read with it.
    """
    key = connection.settings_dict["NAME"], scope, read_version()
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    board = replace(work_out(), version=sha256(repr(key).encode()).hexdigest())
    with _lock:
        _kept[key] = board
        while len(_kept) > MOST:
            _kept.popitem(last=False)
    return board


def forget_boards() -> None:
    """Forget every board: after a restore, numbers may come again with another meaning."""
    with _lock:
        _kept.clear()
