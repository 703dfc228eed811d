from django.apps import AppConfig


class GapScoresConfig(AppConfig):
    name = "gap_scores"
