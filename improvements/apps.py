from importlib import import_module

from django.apps import AppConfig


class ImprovementsConfig(AppConfig):
    name = "improvements"

    def ready(self) -> None:
        # Only now: their models are not loaded before.
        outbox, reminders = import_module("jobs.outbox"), import_module("improvements.reminders")
        for purpose in reminders.PURPOSES:
            outbox.register_letter(purpose, reminders.compose)
        # Its models lie in a file of their own, which nothing else would have read by now.
        import_module("improvements.report_models")
        letters = import_module("improvements.loop_letters")
        for purpose in letters.PURPOSES:
            outbox.register_letter(purpose, letters.compose)
        import_module("improvements.review_models")
        import_module("improvements.news").enter_nouns()
