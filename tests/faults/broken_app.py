"""The Celery app, for a worker that is slow (SLOW_SECONDS) or built wrongly (SABOTAGE)."""

import os

import django

django.setup()

from quality_program.celery import app  # noqa: E402  # what is patched must be loaded first
from tests.faults.sabotage import SABOTAGES, slow_down  # noqa: E402

if name := os.environ.get("SABOTAGE"):
    SABOTAGES[name](setattr)
if seconds := os.environ.get("SLOW_SECONDS"):
    slow_down(setattr, float(seconds))

__all__ = ["app"]
