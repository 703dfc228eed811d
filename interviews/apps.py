from importlib import import_module

from django.apps import AppConfig


class InterviewsConfig(AppConfig):
    name = "interviews"

    def ready(self) -> None:
        # Only now: their models are not loaded before.
        outbox, letters = import_module("jobs.outbox"), import_module("interviews.letters")
        for purpose in letters.PURPOSES:
            outbox.register_letter(purpose, letters.compose)
