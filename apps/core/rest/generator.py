"""Generates the OpenAPI document of /api/v1."""

from __future__ import annotations

import json
from functools import cache
from threading import Lock
from typing import Any

from drf_spectacular.generators import SchemaGenerator

from .components import only_operations

_making = Lock()


class Generator(SchemaGenerator):
    """Generates one document at a time, since the library cannot load its extensions in several threads."""

    def get_schema(self, *args: Any, **options: Any) -> Any:
        with _making:
            return super().get_schema(*args, **options)  # type: ignore[no-untyped-call]


@cache
def full_document() -> dict[str, Any]:
    """Return the document of all operations, made once per process."""
    document = Generator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    plain: dict[str, Any] = json.loads(json.dumps(document, default=str))
    return plain


@cache
def document_bytes(*, is_internal: bool) -> bytes:
    """Return the document for people's programs, or the one for parts of the site such as workers."""
    part = only_operations(
        full_document(), lambda operation: operation.get("x-internal", False) is is_internal
    )
    return json.dumps(part, ensure_ascii=False, separators=(",", ":")).encode()
