"""The kept files: the newest migration of each room, and all rows as they were stored then."""

import gzip
import json
from pathlib import Path
from typing import Any

KEPT = sorted(Path(__file__).parent.glob("*.json.gz"))
Kept = dict[str, Any]


def read_kept(file: Path) -> Kept:
    read: Kept = json.loads(gzip.decompress(file.read_bytes()))
    return read


def age(kept: Kept) -> int:
    """Number releases: each has all migrations of the one before."""
    return sum(int(name[:4]) for name in kept["migrations"].values())
