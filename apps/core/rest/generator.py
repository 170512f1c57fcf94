"""The OpenAPI document of /api/v1."""

from __future__ import annotations

from threading import Lock
from typing import Any

from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.views import SpectacularJSONAPIView

from apps.core.web.policies import PUBLIC, requires

_making = Lock()


class Generator(SchemaGenerator):
    """Generates one document at a time, since the library cannot load its extensions in several threads."""

    def get_schema(self, *args: Any, **options: Any) -> Any:
        with _making:
            return super().get_schema(*args, **options)  # type: ignore[no-untyped-call]


@requires(PUBLIC)
class Schema(SpectacularJSONAPIView):
    """The API as an OpenAPI 3.1 document."""

    generator_class = Generator
