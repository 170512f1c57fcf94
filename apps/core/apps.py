"""Core: the library below every domain; it knows no product noun."""

from apps.core.declaration import BanyanApp, Declaration, ErrorRenderer


class CoreConfig(BanyanApp):
    name = "apps.core"

    def declaration(self) -> Declaration:
        from apps.core.rest.problems import render_problem

        return Declaration(error_renderers=[ErrorRenderer("v1", is_v1_path, render_problem)])

    def ready(self) -> None:
        from corsheaders.signals import check_request_enabled

        from apps.core.web.cors import allow_cross_origin, is_cross_origin_allowed
        from apps.core.web.rate_limits import register_resource

        register_resource("api", matches=is_api_path)
        allow_cross_origin(is_api_path)
        check_request_enabled.connect(is_cross_origin_allowed, dispatch_uid="core.cors")


def is_v1_path(path: str) -> bool:
    """Return whether a path answers with problem+json; the API reference is a page for people."""
    return path.startswith("/api/v1/") and path != "/api/v1/docs"


def is_api_path(path: str) -> bool:
    return path.startswith("/api/")
