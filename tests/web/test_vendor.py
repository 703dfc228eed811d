from pathlib import Path

import pytest
from django.conf import settings

from scripts.vendor import VENDOR, differences, listed_sums

SUM_OF_NOTHING = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "VENDOR.md").write_text(f"| thing.js | thing | 1.0 | MIT | {SUM_OF_NOTHING} |\n")
    (tmp_path / "thing.js").write_text("")
    return tmp_path


def test_vendored_files_are_the_listed_ones():
    assert differences(VENDOR) == []
    assert "bootstrap/bootstrap.min.css" in listed_sums(VENDOR)


def test_vendored_files_name_no_source_map_that_is_not_there():
    assert [path.name for path in VENDOR.rglob("*.min.*") if "sourceMappingURL" in path.read_text()] == []


def test_a_changed_file_is_named(folder):
    (folder / "thing.js").write_text("changed")

    assert differences(folder) == ["thing.js differs from its sum."]


def test_a_missing_and_an_unlisted_file_are_named(folder):
    (folder / "thing.js").rename(folder / "other.js")

    assert differences(folder) == ["other.js is not listed in VENDOR.md.", "thing.js is listed but missing."]


def test_the_folder_is_the_one_that_pages_load_from():
    assert VENDOR.parent in [Path(each) for each in settings.STATICFILES_DIRS]
