"""The search app."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class SearchConfig(AppConfig):
    name = "apps.core.search"

    def ready(self) -> None:
        """Load the search providers of all apps."""
        autodiscover_modules("search")
