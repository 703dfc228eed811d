from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        # Each room's part of the register of personal data; only now, because models are not loaded before.
        autodiscover_modules("privacy")
