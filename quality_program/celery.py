"""The Celery app. The broker only wakes workers up; the work itself is rows in the database."""

import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging
from django_structlog.celery.steps import DjangoStructLogInitStep

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "quality_program.settings")

app = Celery("quality_program")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.steps["worker"].add(DjangoStructLogInitStep)
# By name, because its models are not loaded yet.
app.steps["worker"].add("quality_program.listening:ListenToTheBell")


@setup_logging.connect
def keep_django_logging(**kwargs: Any) -> None:
    """Having a receiver is what keeps Celery from replacing the logging set up by Django's settings."""
