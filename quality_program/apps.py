from importlib import import_module

from django.apps import AppConfig


class QualityProgramConfig(AppConfig):
    name = "quality_program"

    def ready(self) -> None:
        # Only now: their models are not loaded before.
        for module in ("checks", "listening", "auditing", "session_stamps"):
            import_module(f"quality_program.{module}")
