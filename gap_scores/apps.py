from importlib import import_module

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class GapScoresConfig(AppConfig):
    name = "gap_scores"

    def ready(self) -> None:
        # Only now: their models are not loaded before.
        bell, services = import_module("jobs.bell"), import_module("gap_scores.services")
        bell.register_drain(services.drain_markers)
        running, keeping = import_module("jobs.running"), import_module("gap_scores.keeping")
        running.register_job(keeping.KIND, keeping.run_keeping)
        splitting = import_module("gap_scores.splitting")
        running.register_job(splitting.KIND, splitting.run_splitting)
        bi_views = import_module("gap_scores.bi_views")
        pre_migrate.connect(bi_views.drop_views, sender=self)
        post_migrate.connect(bi_views.make_views, sender=self)
