"""The OpenAPI document of /api/v1."""

from __future__ import annotations

from drf_spectacular.views import SpectacularJSONAPIView

from apps.core.doors import Door, door


@door(Door.PUBLIC)
class Schema(SpectacularJSONAPIView):
    """The API as an OpenAPI 3.1 document."""
