"""Core: the library below every domain; it knows no product noun."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "apps.core"

    def ready(self) -> None:
        from corsheaders.signals import check_request_enabled

        from .cors import allow_cross_origin, is_cross_origin_allowed
        from .error_renderers import register_error_renderer
        from .rate_limits import register_resource
        from .rest import render_problem

        register_error_renderer("v1", matches=speaks_v1, render=render_problem)
        register_resource("api", matches=speaks_api)
        allow_cross_origin(speaks_api)
        check_request_enabled.connect(is_cross_origin_allowed, dispatch_uid="core.cors")


def speaks_v1(path: str) -> bool:
    """Return whether a path answers with problem+json; the API reference is a page for people."""
    return path.startswith("/api/v1/") and path != "/api/v1/docs"


def speaks_api(path: str) -> bool:
    return path.startswith("/api/")
