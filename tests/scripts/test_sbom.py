"""The list of parts names everything that a deployment installs or serves, and nothing else."""

import re

import pytest

from scripts import vendor
from scripts.sbom import ROOT, bill

pytestmark = pytest.mark.once


def test_every_locked_package_and_every_vendored_file_is_a_part_by_its_version() -> None:
    lock = (ROOT / "requirements" / "base.lock").read_text()
    pinned = {line.split(" ")[0].partition(";")[0] for line in lock.splitlines() if re.match(r"\S+==", line)}

    parts = bill()["components"]

    assert {f"{each['name']}=={each['version']}" for each in parts if each["purl"].startswith("pkg:pypi/")} == pinned
    assert "pkg:pypi/django@" in "".join(each["purl"] for each in parts)
    files = {file["name"]: file["hashes"][0]["content"] for each in parts for file in each.get("components", ())}
    listed = vendor.listed_sums(vendor.VENDOR)
    assert files == {f"static/vendor/{name}": digest for name, digest in listed.items()}
    assert len({each["bom-ref"] for each in parts}) == len(parts) > 40
