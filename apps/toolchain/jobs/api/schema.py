"""The OpenAPI document of /api/v1."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from drf_spectacular.views import SpectacularJSONAPIView
from rest_framework import serializers

from apps.core.doors import Door, door

CURSOR = OpenApiParameter("cursor", str, description="next_cursor of the page before.")
LIMIT = OpenApiParameter("limit", int, description="Items a page, 1 to 200.")


class ProblemSerializer(serializers.Serializer):
    """An error as RFC 9457 spells it."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField()
    request_id = serializers.CharField()
    facts = serializers.DictField(required=False)


REASONS = {
    400: "The request could not be read.",
    401: "No credentials, or such that are not valid.",
    403: "Not allowed.",
    404: "Absent, or hidden from you.",
    409: "The job is not in a state for that.",
    413: "Too large.",
    422: "Some fields are not valid.",
    429: "Too many requests.",
}


def answers(success: Mapping[int, Any], *problems: int) -> dict[Any, Any]:
    """Return the responses of an operation: its success and the problems it may answer with."""
    found: dict[Any, Any] = dict(success)
    for status in problems:
        found[(status, "application/problem+json")] = OpenApiResponse(ProblemSerializer, REASONS[status])
    return found


class ActorScheme(OpenApiAuthenticationExtension):
    """How a program signs in: an access token as Bearer."""

    target_class = "apps.core.rest.ActorAuthentication"
    name = "AccessToken"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "An access token from your settings, or a job's key."}


@door(Door.PUBLIC)
class Schema(SpectacularJSONAPIView):
    """The API as an OpenAPI 3.1 document."""
