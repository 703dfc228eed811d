"""Compares the vendored files with the sums in static/vendor/VENDOR.md; exits 1 and names every difference."""

import hashlib
import re
import sys
from pathlib import Path

VENDOR = Path(__file__).resolve().parent.parent / "static" / "vendor"
LIST = "VENDOR.md"
ROW = re.compile(r"^\| (?P<file>\S+) \|.*\| (?P<sum>[0-9a-f]{64}) \|$", re.MULTILINE)


def listed_sums(folder: Path) -> dict[str, str]:
    return {row["file"]: row["sum"] for row in ROW.finditer((folder / LIST).read_text())}


def sums_of(folder: Path) -> dict[str, str]:
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != LIST]
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def differences(folder: Path) -> list[str]:
    """Return one sentence for each file that is missing, not listed or not the listed one."""
    listed, found = listed_sums(folder), sums_of(folder)
    missing = [f"{name} is listed but missing." for name in listed.keys() - found.keys()]
    extra = [f"{name} is not listed in {LIST}." for name in found.keys() - listed.keys()]
    changed = [f"{name} differs from its sum." for name in listed.keys() & found.keys() if listed[name] != found[name]]
    return sorted(missing + extra + changed)


if __name__ == "__main__":
    wrong = differences(VENDOR)
    print("\n".join(wrong) or f"{len(listed_sums(VENDOR))} vendored files match {LIST}.")
    sys.exit(bool(wrong))
