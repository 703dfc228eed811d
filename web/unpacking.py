"""Rewrites a spreadsheet as CSV in a process of its own, which may use only so much time and memory.

    python -m web.unpacking rows.xlsx rows.csv 8 [no-formulas]

What the program reads afterwards is text. A spreadsheet that is made to hurt ends this process, and nothing else.
"""

import csv
import errno
import os
import resource
import subprocess
import sys
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from web.tables import Layout, check_archive, error_in_file, spreadsheet_lines

# Somebody waits for the answer, and the web server ends a request after 20 seconds.
MOST_SECONDS, LONGEST_WAIT = 8, 12
MOST_MEMORY = 768 * 1024**2
NO_FORMULAS = "no-formulas"
REFUSED, ROOMLESS = 3, 4


def unpack_spreadsheet(*, source: Path, target: Path, takes_formulas: bool = True) -> None:
    """Write the first sheet of a spreadsheet as CSV, with what its formulas came to, or with none; raises
    ValidationError where it cannot or may not be read, and OSError where there is no room for the text."""
    check_archive(source)
    reason = _("it takes more than %(seconds)s seconds or %(memory)s MiB to read. Save it as CSV")
    too_much = error_in_file(source, reason, seconds=MOST_SECONDS, memory=MOST_MEMORY // 1024**2)
    try:
        done = subprocess.run(
            [
                sys.executable, "-m", "web.unpacking", str(source), str(target), str(MOST_SECONDS),
                *([] if takes_formulas else [NO_FORMULAS]),
            ],
            cwd=settings.BASE_DIR, env={"PATH": os.defpath, "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True, text=True, timeout=LONGEST_WAIT, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise too_much from error
    if done.returncode == REFUSED:
        raise ValidationError(done.stderr.strip(), code="file")
    if done.returncode == ROOMLESS:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), target.name)
    if done.returncode:
        raise too_much


def main(source: Path, target: Path, seconds: int, *, takes_formulas: bool) -> int:
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    # Enough of Django for its sentences: no settings, no secrets.
    settings.configure(USE_I18N=False)
    lines = spreadsheet_lines(source, Layout(), takes_formulas=takes_formulas)
    try:
        with target.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(lines)
    except ValidationError as error:
        sys.stderr.write(" ".join(error.messages))
        return REFUSED
    except OSError as error:
        if error.errno == errno.ENOSPC:
            return ROOMLESS
        raise
    return 0


if __name__ == "__main__":
    stated = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    sys.exit(main(*stated, takes_formulas=NO_FORMULAS not in sys.argv[4:]))
