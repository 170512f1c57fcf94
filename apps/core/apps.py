"""Core: the library below every domain; it knows no product noun."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "apps.core"

    def ready(self) -> None:
        from corsheaders.signals import check_request_enabled

        from apps.core.rest.problems import render_problem
        from apps.core.web.cors import allow_cross_origin, is_cross_origin_allowed
        from apps.core.web.error_renderers import register_error_renderer
        from apps.core.web.rate_limits import register_resource

        register_error_renderer("v1", matches=is_v1_path, render=render_problem)
        register_resource("api", matches=is_api_path)
        allow_cross_origin(is_api_path)
        check_request_enabled.connect(is_cross_origin_allowed, dispatch_uid="core.cors")


def is_v1_path(path: str) -> bool:
    """Return whether a path answers with problem+json; the API reference is a page for people."""
    return path.startswith("/api/v1/") and path != "/api/v1/docs"


def is_api_path(path: str) -> bool:
    return path.startswith("/api/")
