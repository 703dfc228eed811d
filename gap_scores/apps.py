from importlib import import_module

from django.apps import AppConfig


class GapScoresConfig(AppConfig):
    name = "gap_scores"

    def ready(self) -> None:
        # Only now: their models are not loaded before.
        bell, services = import_module("jobs.bell"), import_module("gap_scores.services")
        bell.register_drain(services.drain_markers)
        running, keeping = import_module("jobs.running"), import_module("gap_scores.keeping")
        running.register_job(keeping.KIND, keeping.run_keeping)
