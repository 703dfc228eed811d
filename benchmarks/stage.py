"""One stage in a process of its own: `python -m benchmarks.stage load 100000`. The stages need a Django that runs."""

import os
import sys
from importlib import import_module
from tempfile import gettempdir

import django

ENVIRONMENT = {
    "DJANGO_SETTINGS_MODULE": "quality_program.settings",
    "SECRET_KEY": "known to everybody, for benchmarks only",
    "ALLOWED_HOSTS": "localhost",
    "HTTPS": "false",
    "LOG_LEVEL": "WARNING",
}

WITHOUT_DATABASE = {"charts", "decide"}  # they ask nothing of one


def run(stage: str, arguments: list[str]) -> None:
    if stage in WITHOUT_DATABASE:
        os.environ |= {"EMBEDDED": "true", "DATA_DIR": os.environ.get("DATA_DIR", gettempdir())}
    elif not os.environ.get("DATABASE_URL", "").startswith("postgres"):
        sys.exit("Benchmarks need a throw-away PostgreSQL in DATABASE_URL. Run: make bench")
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    django.setup()
    import_module(f"benchmarks.{stage}").main(*arguments)


if __name__ == "__main__":
    run(sys.argv[1], sys.argv[2:])
