import tempfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from quality_program.backup_databases import copier
from quality_program.backups import enough_room, staged_uploads, write_archive


class Command(BaseCommand):
    help = (
        "Write database and waiting uploads as of one moment into one file, while the program runs. "
        "Keys, sessions and settings are not in it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("target", type=Path, help="a new file, or a folder for one named by the time")

    def handle(self, *, target: Path, **options: Any) -> None:
        now = timezone.now()
        file = target / f"quality-{now:%Y%m%dT%H%M%SZ}.tar" if target.is_dir() else target
        if file.exists():
            raise CommandError(f"{file} is there already. Name another file: a backup never overwrites one.")
        if not file.parent.is_dir():
            raise CommandError(f"There is no folder {file.parent}. Make it first, readable by you alone.")
        # Beside it, where the room for it is; closed to others like what comes of it.
        with (
            enough_room(f"There is no room for the backup in {file.parent}."),
            tempfile.TemporaryDirectory(prefix=".backup-", dir=file.parent) as folder,
        ):
            rows, server = copier().copy(Path(folder))
            staged_uploads(Path(folder))
            manifest = write_archive(file, Path(folder), tables=rows, server=server, now=now)
        size = file.stat().st_size / 1_000_000
        self.stdout.write(f"{file}: {sum(manifest.tables.values())} rows, {size:.1f} MB")
