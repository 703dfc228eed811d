"""A disk of a few megabytes, for tests that fill it: a tmpfs that one process and its children see, and nobody else.

    python tests/faults/small_disk.py FOLDER MEGABYTES USER COMMAND ...

becomes the command, as the user, with the disk in the place of the folder. Nothing of it is left when they have ended,
however they ended. Root needs the right to mount for it, anybody else the right to namespaces.
"""

import ctypes
import os
import pickle
import pwd
import signal
import sys
import traceback
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TypeVar

NEW_MOUNTS, NEW_USERS = 0x00020000, 0x10000000
PRIVATE_ALL = 0x4000 | 1 << 18
LONGEST_SECONDS = 120
T = TypeVar("T")
_libc = ctypes.CDLL(None, use_errno=True)


def mount_small_disk(folder: Path, megabytes: int, user: int) -> None:
    """Give this process, which must have a single thread, a view of its own with the disk in it."""
    me, group = os.geteuid(), os.getegid()
    _call("unshare", NEW_MOUNTS if me == 0 else NEW_MOUNTS | NEW_USERS)
    if me:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{me} {me} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    # What is mounted from here on is nobody else's.
    _call("mount", None, b"/", None, PRIVATE_ALL, None)
    options = f"size={megabytes}m,mode=0700,uid={user}"
    _call("mount", b"small", os.fsencode(folder), b"tmpfs", 0, options.encode())


def _call(name: str, *arguments: object) -> None:
    if getattr(_libc, name)(*arguments):
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def on_small_disk(folder: Path, megabytes: int, act: Callable[[], T]) -> T:
    """Run `act` in a fork of this process that sees the disk; return what it returned, raise what it raised.

    The fork has a copy of everything, an SQLite in memory included; what it writes there is gone with it.
    """
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        _act_and_leave(writing, lambda: (mount_small_disk(folder, megabytes, os.geteuid()), act())[1])
    os.close(writing)
    with open(reading, "rb") as pipe:  # noqa: PTH123  # a pipe has no path
        said = pipe.read()
    os.waitpid(pid, 0)
    if not said:
        raise AssertionError("The fork on the small disk ended without a word.")
    is_well, result = pickle.loads(said)  # our own fork's
    if not is_well:
        raise AssertionError(result)
    found: T = result
    return found


def _act_and_leave(writing: int, act: Callable[[], object]) -> None:
    signal.alarm(LONGEST_SECONDS)
    try:
        said = pickle.dumps((True, act()))
    except BaseException:  # noqa: BLE001  # the other process raises it
        said = pickle.dumps((False, traceback.format_exc()))
    with open(writing, "wb") as pipe:  # a pipe has no path
        pipe.write(said)
    # Not as an interpreter leaves: what it would tidy up is the other process's.
    os._exit(0)


@cache
def is_possible() -> bool:
    """Whether this machine lets us; some containers do not."""
    try:
        return on_small_disk(Path("/mnt"), 1, lambda: True)
    except AssertionError:
        return False


def fill(folder: Path) -> None:
    """Write until there is no room left, not even for one letter."""
    with (folder / "filler").open("wb", buffering=0) as file:
        for size in (1 << 16, 1 << 12, 1):
            while _writes(file.write, size):
                pass


def _writes(write: Callable[[bytes], int], size: int) -> bool:
    try:
        return write(bytes(size)) == size
    except OSError:
        return False


def make_room(folder: Path) -> None:
    (folder / "filler").unlink()


def main(folder: str, megabytes: str, user: str, *command: str) -> None:
    found = pwd.getpwnam(user) if user else None
    mount_small_disk(Path(folder), int(megabytes), found.pw_uid if found else os.geteuid())
    if found:
        os.setgid(found.pw_gid)
        os.setgroups([])
        os.setuid(found.pw_uid)
    os.execv(command[0], command)  # no shell is wanted


if __name__ == "__main__":
    main(*sys.argv[1:])
