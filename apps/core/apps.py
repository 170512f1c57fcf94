"""Core: the library below every domain; it knows no product noun."""

from django.utils.translation import gettext_lazy as _

from apps.core.declaration import BanyanApp, Declaration, ErrorRenderer, RateLimit, SitePage


class CoreConfig(BanyanApp):
    name = "apps.core"

    def declaration(self) -> Declaration:
        from apps.core.rest.problems import render_problem
        from apps.core.web.metrics_view import METRICS
        from apps.core.web.policies import POLICIES

        return Declaration(
            policies=[*POLICIES, METRICS],
            error_renderers=[ErrorRenderer("v1", is_v1_path, render_problem)],
            rate_limits=[RateLimit("api", is_api_path)],
            cross_origin_paths=[is_api_path],
            site_pages=[
                SitePage(_("Metrics"), "/metrics", icon="chart", about=_("Counters for Prometheus")),
            ],
        )

    def ready(self) -> None:
        from corsheaders.signals import check_request_enabled

        from apps.core.web.cors import is_cross_origin_allowed

        check_request_enabled.connect(is_cross_origin_allowed, dispatch_uid="core.cors")


def is_v1_path(path: str) -> bool:
    """Return whether a path answers with problem+json; the API reference is a page for people."""
    return path.startswith("/api/v1/") and path != "/api/v1/docs"


def is_api_path(path: str) -> bool:
    return path.startswith("/api/")
