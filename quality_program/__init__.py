# Celery's shared tasks bind to the app that is imported here, in every process.
from quality_program.celery import app as celery_app

__all__ = ["celery_app"]
