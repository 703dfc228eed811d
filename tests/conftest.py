"""What every test relies on: a fixed clock, no network, plain static files, quiet logs."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from django.conf import settings

# Before settings are read: request lines would drown the report, and Playwright's loop is not an async view.
os.environ.setdefault("LOG_LEVEL", "WARNING")
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

NOON = datetime(2026, 3, 16, 12, tzinfo=UTC)


@pytest.fixture(autouse=True, scope="session")
def _plain_storages() -> None:
    # The manifest of hashed names needs collectstatic; the argon2 hasher takes half a second a password.
    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}


@pytest.fixture
def noon() -> Iterator[datetime]:
    """Hold the clock at NOON; the test may pass it on as `as_of`."""
    with time_machine.travel(NOON, tick=False):
        yield NOON


@pytest.fixture
def clock() -> Iterator[Callable[[datetime], None]]:
    """Return a function that moves the held clock to another moment."""
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller.move_to
