"""Write the rows of a small program as this release stores them, for the next ones to upgrade: once per release.

    python -m tests.upgrade.keep_rows tests/upgrade/NAME.json.gz

It fills an empty SQLite file by this release's own code, scores included, and refuses to leave a table of ours empty.
The first file was written by the code of the commit before jobs.0002, in whose schema every room stood at its first
migration.
"""

import base64
import gzip
import json
import os
import sys
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

import django

os.environ.update(EMBEDDED="true", DATABASE_URL="", DATA_DIR=tempfile.mkdtemp())
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "quality_program.settings")
django.setup()

from django.apps import apps  # noqa: E402  # settings first
from django.core.management import call_command  # noqa: E402
from django.core.serializers.json import DjangoJSONEncoder  # noqa: E402
from django.db import connection  # noqa: E402
from django.db.migrations.recorder import MigrationRecorder  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.models import DefaultView, SavedView  # noqa: E402
from customers.models import LifecyclePeriod  # noqa: E402
from functions.models import Membership  # noqa: E402
from gap_scores.rebuilding import verify  # noqa: E402
from gap_scores.services import drain_all  # noqa: E402
from interviews.models import Invitation, PersonalLink, Round  # noqa: E402
from jobs.models import ColumnMemory, IdempotencyKey, Job, JobInput, WorkerSeen  # noqa: E402
from metrics.models import Measurement, StagedMeasurement  # noqa: E402
from notices.models import DigestChoice, SignalWatch  # noqa: E402
from requirements_catalog.models import Product  # noqa: E402
from tests.factories.accounts import UserFactory  # noqa: E402
from tests.factories.everything import Callers, program_of_everything  # noqa: E402
from tests.gap_scores.world import World  # noqa: E402

ROOMS = {
    "accounts", "jobs", "functions", "requirements_catalog", "customers", "interviews", "metrics", "gap_scores",
    "notices", "improvements",
}  # fmt: skip
# Nothing of ours is in them: Django's own groups and permissions, and the pieces of a rebuild that is under way.
EMPTY = {"accounts.User_groups", "accounts.User_user_permissions", "gap_scores.RebuildChunk"}


def fill(program: Callers) -> None:
    """Add to one of everything what only other processes leave behind, a month of edits, and work that waits."""
    now, today = timezone.now(), timezone.localdate()
    user = UserFactory(username="anna")
    Membership.objects.create(user=user, role="administrator")
    job = Job.objects.get(pk=program.own["job"])
    JobInput.objects.create(job=job, number=0, content=b"the first piece")
    shown = Measurement.objects.filter(is_current=True).values(
        "metric_id", "kind", "external_id", "period_start", "period_end", "value"
    )[0]
    StagedMeasurement.objects.create(job=job, row=1, **shown)
    IdempotencyKey.objects.create(user=user, key="k", fingerprint="f" * 64, answer=b"{}", created_at=now)
    ColumnMemory.objects.create(kind="measurements", shape="s" * 64)
    WorkerSeen.objects.create(name="worker@localhost", seen_at=now)
    DigestChoice.objects.create(person=user)
    SignalWatch.objects.create(metric_id=program.own["metric"], looked_at=now)
    view = SavedView.objects.earliest("pk")
    DefaultView.objects.create(user=view.user, list=view.list, view=view)
    LifecyclePeriod.objects.create(customer_id=program.own["customer"], lifecycle="past", since_on=today)
    Round.objects.get(pk=program.own["round"]).products.add(Product.objects.earliest("pk"))
    PersonalLink.objects.create(
        invitation=Invitation.objects.earliest("pk"), digest="d" * 64, purpose="answer", made_at=now, expires_at=now
    )
    world = World(seed=7)
    world.today = today
    for _ in range(80):
        world.edit()
    drain_all(as_of=now)
    assert not list(verify(now=now))
    # Still to be folded when the upgrade begins.
    world.interview()


def rows() -> dict[str, list[dict[str, Any]]]:
    models = [each for each in apps.get_models(include_auto_created=True) if each._meta.app_label in ROOMS]
    return {each._meta.label: list(each._base_manager.order_by("pk").values()) for each in models}


def migrations() -> dict[str, str]:
    """Return the newest migration of each room."""
    applied = sorted(MigrationRecorder(connection).applied_migrations())
    return {app: name for app, name in applied if app in ROOMS}


class Encoder(DjangoJSONEncoder):
    """Bytes as Django's own fixtures have them, and times whole: the digests of the audit trail hold microseconds."""

    def default(self, value: Any) -> Any:
        if isinstance(value, datetime):
            return value.isoformat()
        return base64.b64encode(value).decode() if isinstance(value, bytes | memoryview) else super().default(value)


def keep(file: Path) -> None:
    call_command("migrate", interactive=False, verbosity=0)
    call_command("createcachetable", verbosity=0)
    with program_of_everything() as program:
        fill(program)
        kept = rows()
        if empty := {label for label, its in kept.items() if not its} - EMPTY:
            sys.exit(f"These tables are empty, so no upgrade of them would be tried: {', '.join(sorted(empty))}.")
        said = json.dumps({"migrations": migrations(), "rows": kept}, cls=Encoder, sort_keys=True)
    file.write_bytes(gzip.compress(said.encode(), mtime=0))


if __name__ == "__main__":
    keep(Path(sys.argv[1]))
