"""The Celery app, for a worker that is slow (SLOW_SECONDS), built wrongly (SABOTAGE) or goes wrong (CLOCK_SHIFT)."""

import os
import time

import django
import time_machine

django.setup()

from quality_program.celery import app  # noqa: E402  # what is patched must be loaded first
from tests.faults.sabotage import SABOTAGES, slow_down  # noqa: E402

if name := os.environ.get("SABOTAGE"):
    SABOTAGES[name](setattr)
if shift := os.environ.get("CLOCK_SHIFT"):
    # For this process and its children, and for as long as they live.
    time_machine.travel(time.time() + float(shift), tick=True).start()
if seconds := os.environ.get("SLOW_SECONDS"):
    slow_down(setattr, float(seconds))

__all__ = ["app"]
