"""`migrate`, which on PostgreSQL never keeps people waiting behind itself (docs/operations.md, Upgrade).

To change a table PostgreSQL needs it alone for a moment. Whoever waits for that makes all who come later wait as well,
readers too, for as long as the slowest of those who have the table already. So a migration waits a second, gives way,
and tries again; each is a transaction, so nothing is done by half.
"""

import time
from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import OperationalError, connections

LOCK_WAIT = "1s"
PAUSE_SECONDS = 3.0
MOST_TRIES = 40
LOCK_NOT_AVAILABLE = "55P03"


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> str | None:
        connection = connections[options["database"]]
        if connection.vendor != "postgresql":
            return super().handle(*args, **options)
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = %s", [LOCK_WAIT])
        try:
            return self._try(*args, **options)
        finally:
            with connection.cursor() as cursor:
                cursor.execute("RESET lock_timeout")

    def _try(self, *args: Any, **options: Any) -> str | None:
        for _ in range(MOST_TRIES):
            try:
                return super().handle(*args, **options)
            except OperationalError as error:
                if getattr(error.__cause__, "pgcode", None) != LOCK_NOT_AVAILABLE:
                    raise
                self.stdout.write(f"A table is in use; giving way, then trying again in {PAUSE_SECONDS:.0f} s.")
                time.sleep(PAUSE_SECONDS)
        raise CommandError(
            "A table was in use each time, so not all migrations are applied; none is by half. End what works for long "
            "(pg_stat_activity shows it), or the program's processes, and run migrate again."
        )
