"""Whether PostgreSQL keeps what it acknowledged when it, or its machine, crashes: three settings can forbid it."""

from django.db import connection

# Off: the server may lose what it acknowledged (the last), or come back damaged (the first two).
NEEDED = ("fsync", "full_page_writes", "synchronous_commit")


def settings_that_lose() -> list[str]:
    """Name which of them are off for this connection; a role or a database may have its own synchronous_commit.

    SQLite's is set by ourselves: quality_program.settings.sqlite_options.
    """
    if connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM unnest(%s) name WHERE current_setting(name) = 'off'", [list(NEEDED)])
        return [name for (name,) in cursor.fetchall()]


def keeps_all() -> bool:
    return not settings_that_lose()
