from importlib import import_module

from django.apps import AppConfig


class ImprovementsConfig(AppConfig):
    name = "improvements"

    def ready(self) -> None:
        # Its models lie in a file of their own, which nothing else would have read by now.
        import_module("improvements.report_models")
