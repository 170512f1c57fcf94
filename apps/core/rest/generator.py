"""Generates the OpenAPI document of /api/v1."""

from __future__ import annotations

from threading import Lock
from typing import Any

from drf_spectacular.generators import SchemaGenerator

_making = Lock()


class Generator(SchemaGenerator):
    """Generates one document at a time, since the library cannot load its extensions in several threads."""

    def get_schema(self, *args: Any, **options: Any) -> Any:
        with _making:
            return super().get_schema(*args, **options)  # type: ignore[no-untyped-call]
