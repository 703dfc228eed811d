from importlib import import_module

from django.apps import AppConfig


class DashboardConfig(AppConfig):
    name = "dashboard"

    def ready(self) -> None:
        # Only now: their models are not loaded before.
        running, exports = import_module("jobs.running"), import_module("dashboard.exports")
        programs, portfolios = import_module("dashboard.program_jobs"), import_module("dashboard.portfolio_job")
        running.register_job(exports.KIND, exports.run_export)
        running.register_job(programs.EXPORT, programs.run_program_export)
        running.register_job(programs.IMPORT, programs.run_program_import)
        reporting = import_module("dashboard.reporting")
        running.register_job(reporting.REPORT, reporting.run_report)
        running.register_job(portfolios.KIND, portfolios.run_portfolio)
