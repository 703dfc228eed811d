"""The program's own settings, made quick and quiet for tests; the database is still the one that DATABASE_URL names."""

import os
import tempfile
from pathlib import Path

os.environ.setdefault("SECRET_KEY", "known to everybody, for tests only")
os.environ.setdefault("ALLOWED_HOSTS", "localhost,127.0.0.1,testserver")
os.environ.setdefault("HTTPS", "false")
# A test must never touch what `make run` keeps.
os.environ["DATA_DIR"] = str(Path(tempfile.gettempdir()) / "quality-program-tests")
# Request lines would drown the report, and Playwright's loop is not an async view.
os.environ.setdefault("LOG_LEVEL", "WARNING")
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

from quality_program.settings import *  # noqa: F403  # the lines above decide what it reads

# Most tests ask as administrators from "testserver"; tests/accounts/test_second_factor.py says whom it binds.
SECOND_FACTOR = "nobody"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    # The manifest of hashed names would need collectstatic.
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
STATIC_ROOT = None
WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True
CACHES = CACHES | {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}  # noqa: F405
# Argon2 takes half a second a password, on purpose.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# tests/conftest.py puts in what the migrations make, from a file that was migrated once.
if "sqlite" in DATABASES["default"]["ENGINE"]:  # noqa: F405
    DATABASES["default"] = DATABASES["default"] | {"TEST": {"MIGRATE": False}}  # noqa: F405
# Copied instead of made anew, where the suite has made one (scripts/suite.py).
if template := os.environ.get("TEST_TEMPLATE"):
    DATABASES["default"] = DATABASES["default"] | {"TEST": {"TEMPLATE": template}}  # noqa: F405
