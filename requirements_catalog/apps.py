from django.apps import AppConfig


class RequirementsCatalogConfig(AppConfig):
    name = "requirements_catalog"
