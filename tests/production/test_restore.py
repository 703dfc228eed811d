"""The drill on PostgreSQL: a backup taken while machines push, restored beside, then put in another's place."""

import contextlib
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from psycopg2 import sql

from tests.production.arrangement import ROOT, Production
from tests.production.clients import Client
from tests.waiting import wait_until

pytestmark = [pytest.mark.faults, pytest.mark.timeout(240)]
# Emptied by a backup, or written by a restore.
OTHERS = {"django_session", "usersessions_usersession", "cache", "gap_scores_projectionstate", "accounts_auditentry"}


class Elsewhere:
    """Another database of the same server with a data folder of its own, as after the loss of a machine."""

    def __init__(self, production: Production, name: str) -> None:
        self.url = production.postgres.url.rpartition("/")[0] + f"/{name}"
        self._environment = production.environment | {
            "DATABASE_URL": self.url, "DATA_DIR": str(production.folder / name),
        }  # fmt: skip

    def manage(self, *arguments: str) -> str:
        done = subprocess.run([sys.executable, "manage.py", *arguments], cwd=ROOT, env=self._environment, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)  # fmt: skip
        return done.stdout

    def query(self, statement: Any) -> list[tuple[Any, ...]]:
        with contextlib.closing(psycopg2.connect(self.url)) as connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall()

    def pushed(self) -> set[str]:
        return {row[0] for row in self.query("SELECT external_id FROM metrics_measurement WHERE source = 'clients'")}

    def content(self) -> dict[str, str]:
        """Return a digest of the rows of every table."""
        names = self.query("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        one = sql.SQL("SELECT {}, md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {} t")
        each = [one.format(sql.Literal(name), sql.Identifier(name)) for (name,) in names if name not in OTHERS]
        return dict(self.query(sql.SQL(" UNION ALL ").join(each)))


def test_what_was_acknowledged_before_a_backup_comes_back_with_its_scores(production: Production) -> None:
    here = Elsewhere(production, "quality")
    client = Client(production, "drill")
    client.start()
    try:
        assert wait_until(lambda: len(client.acknowledged) >= 10, 30)
        before = set(client.acknowledged)
        early = production.folder / "early.tar"
        production.run("manage.py", "backup", str(early))
        after = set(client.acknowledged)
    finally:
        client.stopping.set()
        client.join(60)
    assert wait_until(production.is_drained, 20)
    late = production.folder / "late.tar"
    production.run("manage.py", "backup", str(late))

    production.query("CREATE DATABASE elsewhere")
    elsewhere = Elsewhere(production, "elsewhere")
    said = elsewhere.manage("restore", str(early))

    assert "bit for bit" in said, said
    ours = {each for each in elsewhere.pushed() if each.startswith("drill")}
    assert before <= ours <= after | set(client.acknowledged)

    said = elsewhere.manage("restore", "--replace", str(late))
    former = Elsewhere(production, re.search(r"kept as (elsewhere_replaced_\w+)", said)[1])

    assert "bit for bit" in said, said
    # beat and the workers of the living one write by the minute: what ran when, which token asked, who is alive.
    ours_now, theirs = here.content(), elsewhere.content()
    others = {name for name, digest in ours_now.items() if theirs[name] != digest}
    assert others <= {"django_celery_beat_periodictask", "accounts_apitoken", "jobs_workerseen"}
    production.query(f"ALTER DATABASE {former.url.rpartition('/')[2]} ALLOW_CONNECTIONS true")
    assert {each for each in former.pushed() if each.startswith("drill")} == ours
    assert not secrets_in(production, early)


def secrets_in(production: Production, archive: Path) -> list[str]:
    """Return which of the deployment's secrets stand in an archive as they are."""
    content = archive.read_bytes()
    secret = {name: production.environment[name] for name in ("SECRET_KEY", "DATABASE_URL")}
    secret["token"] = production.seeded["token"].split("_", 2)[2]
    return [name for name, text in secret.items() if text.encode() in content]
