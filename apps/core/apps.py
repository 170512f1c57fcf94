"""Core: what every district stands on; it knows no product noun."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "apps.core"

    def ready(self) -> None:
        from .faces import register_face
        from .rest import answer_problem

        register_face("v1", matches=lambda path: path.startswith("/api/v1/"), answer=answer_problem)
