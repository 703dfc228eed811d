from importlib import import_module

from django.apps import AppConfig


class MetricsConfig(AppConfig):
    name = "metrics"

    def ready(self) -> None:
        # Only now: their models are not loaded before.
        running, serializers = import_module("jobs.running"), import_module("metrics.serializers")
        running.register_job(serializers.STREAM, serializers.read_stream)
        # Its models lie in a file of their own, which nothing else would have read by now.
        import_module("metrics.pull_models")
