from importlib import import_module

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "notices"

    def ready(self) -> None:
        # Only now: their models are not loaded before.
        outbox, inbox = import_module("jobs.outbox"), import_module("notices.inbox")
        outbox.register_letter(inbox.PURPOSE, inbox.compose)
