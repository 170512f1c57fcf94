"""The search app."""

from apps.core.declaration import BanyanApp


class SearchConfig(BanyanApp):
    name = "apps.core.search"
