"""Writes which parts of others a release consists of, as CycloneDX: `sbom.py > sbom.cdx.json` (make sbom).

From the lock file of the deployment and the list of vendored files, so it needs no network and is the same each time.
The sums of every wheel stand in the lock file, which an installation is held to.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LOCKED = re.compile(r"^(?P<name>[a-z0-9-]+)==(?P<version>[^\s;\\]+)", re.MULTILINE)
VENDORED = re.compile(
    r"^\| (?P<file>\S+) \| (?P<name>\S+) \| (?P<version>\S+) \| (?P<licence>\S+) \| (?P<sum>[0-9a-f]{64}) \|$",
    re.MULTILINE,
)


def python_parts(lock: str) -> list[dict[str, Any]]:
    return [part("pypi", found["name"], found["version"]) for found in LOCKED.finditer(lock)]


def vendored_parts(listed: str) -> list[dict[str, Any]]:
    """Return each package once, with its files and their sums."""
    parts: dict[str, dict[str, Any]] = {}
    for found in VENDORED.finditer(listed):
        its = part("npm", found["name"], found["version"]) | {
            "licenses": [{"license": {"id": found["licence"]}}], "components": [],
        }  # fmt: skip
        sums = [{"alg": "SHA-256", "content": found["sum"]}]
        file = {"type": "file", "name": f"static/vendor/{found['file']}", "hashes": sums}
        parts.setdefault(its["purl"], its)["components"].append(file)
    return list(parts.values())


def part(kind: str, name: str, version: str) -> dict[str, Any]:
    address = f"pkg:{kind}/{name}@{version}"
    return {"type": "library", "bom-ref": address, "name": name, "version": version, "purl": address}


def bill() -> dict[str, Any]:
    parts = python_parts((ROOT / "requirements" / "base.lock").read_text())
    parts += vendored_parts((ROOT / "static" / "vendor" / "VENDOR.md").read_text())
    return {
        "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
        "metadata": {"component": {"type": "application", "bom-ref": "quality-program", "name": "quality-program"}},
        "components": parts,
    }  # fmt: skip


if __name__ == "__main__":
    sys.stdout.write(json.dumps(bill(), indent=1) + "\n")
