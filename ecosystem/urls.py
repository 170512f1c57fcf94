"""URLs of the site; each app has its own `urls.py`."""

from __future__ import annotations

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

from apps.core.web.metrics_view import metrics

from . import errors, health

# Order matters: protocols and fixed paths first, names of people and repositories last.
APPS = [
    "ecosystem.pages",
    "apps.core.search",
    "apps.core.rest",
    "apps.toolchain.jobs",
    "apps.registry.protocols.xet",
    "apps.registry.protocols.lfs",
    "apps.registry.protocols.git",
    "apps.registry.protocols.hub",
    "apps.users.accounts",
    "apps.registry.repos",
]


def app_urls(app: str) -> list[URLPattern | URLResolver]:
    return [path("", include(f"{app}.urls"))] if find_spec(f"{app}.urls") else []


urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", metrics),
]
for app in APPS:
    if find_spec(app):
        urlpatterns += app_urls(app)

handler400 = errors.bad_request
handler403 = errors.forbidden
handler429 = errors.too_many
handler404 = errors.not_found
handler500 = errors.server_error
