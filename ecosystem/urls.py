"""URLs of the site: of each installed app that has a `urls.py`, names of people and repositories last."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path, re_path
from django.utils.module_loading import module_has_submodule

from apps.core.declaration import BanyanApp, banyan_apps
from apps.core.rest.index import unknown_address

from . import errors, health


def has_urls(config: BanyanApp) -> bool:
    return config.module is not None and module_has_submodule(config.module, "urls")


def app_urls() -> list[URLResolver]:
    """Return the URLs of the installed apps in the order that they declare."""
    found = [config for config in banyan_apps() if config.name != __package__ and has_urls(config)]
    found.sort(key=lambda config: config.declared.url_order)
    return [path("", include(f"{config.name}.urls")) for config in found]


urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("", include("ecosystem.pages.urls")),
    *app_urls(),
    re_path(r"^api/v\d+(?:/.*)?$", unknown_address),
]

handler400 = errors.bad_request
handler403 = errors.forbidden
handler429 = errors.too_many
handler404 = errors.not_found
handler500 = errors.server_error
