"""What `manage.py check --deploy` says about a deployment that would start but should not."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core import checks
from django.db import Error, connection

from quality_program.durability import settings_that_lose


@checks.register(checks.Tags.security, deploy=True)
def check_database_is_postgresql(**kwargs: Any) -> list[checks.CheckMessage]:
    if settings.EMBEDDED or connection.vendor == "postgresql":
        return []
    hint = "Set DATABASE_URL to postgres://user:password@host/name, or run it embedded (make run)."
    return [checks.Warning("Several processes would share one SQLite file.", hint=hint, id="quality_program.W001")]


@checks.register(checks.Tags.security, deploy=True)
def check_broker_is_shared(**kwargs: Any) -> list[checks.CheckMessage]:
    if settings.EMBEDDED or not settings.CELERY_BROKER_URL.startswith("memory://"):
        return []
    hint = "Set REDIS_URL. Scores stay fresh without it, but beat's tasks reach no worker."
    return [checks.Warning("Workers and beat share no broker.", hint=hint, id="quality_program.W002")]


@checks.register(checks.Tags.security, deploy=True)
def check_links_use_https(**kwargs: Any) -> list[checks.CheckMessage]:
    if settings.EMBEDDED or settings.PUBLIC_BASE_URL.startswith("https://"):
        return []
    hint = "Set PUBLIC_BASE_URL to the address that people type, with https://."
    return [checks.Warning("Mailed links would not use https.", hint=hint, id="quality_program.W003")]


@checks.register(checks.Tags.security, deploy=True)
def check_login_service_uses_https(**kwargs: Any) -> list[checks.CheckMessage]:
    if settings.EMBEDDED or not settings.OIDC_ISSUER or settings.OIDC_ISSUER.startswith("https://"):
        return []
    hint = "Set OIDC_ISSUER to the address of the service that begins with https://."
    return [checks.Warning("Logins would be vouched for over plain http.", hint=hint, id="quality_program.W004")]


@checks.register(checks.Tags.database)
def check_acknowledged_writes_are_kept(
    databases: Sequence[str] | None = None, **kwargs: Any
) -> list[checks.CheckMessage]:
    """Asked by `migrate`, and by `check --database default`; a database that is away is told by others."""
    try:
        off = settings_that_lose() if databases else []
    except Error:
        return []
    hint = "Set them to on: for the server, and synchronous_commit for the role and the database of DATABASE_URL too."
    said = f"PostgreSQL may lose in a crash what it acknowledged: {', '.join(off)} off."
    return [checks.Warning(said, hint=hint, id="quality_program.W005")] if off else []
