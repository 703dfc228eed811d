from importlib import import_module

from django.apps import AppConfig


class DashboardConfig(AppConfig):
    name = "dashboard"

    def ready(self) -> None:
        # Only now: their models are not loaded before.
        running, exports = import_module("jobs.running"), import_module("dashboard.exports")
        running.register_job(exports.KIND, exports.run_export)
