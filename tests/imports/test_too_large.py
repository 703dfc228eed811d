"""Houses, guides and documents that are too large to be read while somebody waits: refused before they are read."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import User
from dashboard import file_imports
from jobs.models import FileImport
from tests.api.callers import caller
from tests.conftest import NOON
from tests.factories.functions import MembershipFactory

pytestmark = [pytest.mark.django_db, pytest.mark.once]
LATER = datetime(2100, 1, 1, tzinfo=UTC)
HOUSE = {"format": 1, "kind": "house of responsibilities"}


@pytest.fixture
def user(settings, tmp_path: Path) -> User:
    settings.DATA_DIR = tmp_path
    found: User = MembershipFactory(role="specialist").user
    return found


@pytest.mark.parametrize(
    ("kind", "name", "content", "said"),
    [
        ("house", "house.csv", b"no,owner\nR-1,Sales" + b"x" * 5 * 2**20, "The table is larger than 5 MiB"),
        ("guides", "guide.csv", b"guide,key\nA,q1" + b"," * 5 * 2**20, "The table is larger than 5 MiB"),
        ("house", "house.csv", b"no,owner\n" + b"R-1,Sales\n" * 10_001, "The file has more than 10,000 rows"),
        ("guides", "guide.csv", b"guide,default language,key,kind\n" + b"A,en,q,open\n" * 10_001, "The file has more"),
        (
            "house", "house.json",
            json.dumps(HOUSE | {"columns": [f"F {number}" for number in range(1_001)], "rows": [{}] * 500}).encode(),
            "The file has more than 10,000 rows or 500,000 cells",
        ),
    ],
)  # fmt: skip
def test_what_is_too_large_to_be_read_at_once_is_refused_at_the_door(user, kind, name, content, said):
    with pytest.raises(ValidationError) as refusal:
        file_imports.receive_file(kind=kind, file=SimpleUploadedFile(name, content), user=user, now=NOON)

    assert refusal.value.messages[0].startswith(said)
    assert (FileImport.objects.count(), file_imports.old_folders(LATER)) == (0, [])


def test_one_request_brings_in_no_more_than_it_has_time_for():
    client, rows = caller("specialist"), [{"requirement": f"R-{number}", "owner": None} for number in range(19_999)]

    def post(rows: list[dict[str, str]]) -> str:
        body = {"document": HOUSE | {"columns": [], "rows": rows}}
        address = "/api/v1/documents/house/import/?dry_run=true"
        answer = client.post(address, json.dumps(body), content_type="application/json")
        assert answer.status_code == 400
        return answer.json()["detail"]

    assert post(rows).startswith(
        "The document states more than 20,000 values, which is more than one request brings in"
    )
