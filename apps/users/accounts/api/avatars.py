"""Profile pictures of people and organizations."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from drf_spectacular.types import OpenApiTypes
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.rest.schema import operation
from apps.core.rest.view import ApiView, actor_of, no_content
from apps.core.web.bodies import takes_body
from apps.core.web.http import read_body
from apps.core.web.policies import SIGNED_IN, requires

from ..access import managed_namespace, managed_organization, person_of
from ..avatars import FILE_LIMIT_BYTES
from ..models import Namespace
from ..policies import NAMESPACE_ADMIN
from ..services.avatars import remove_avatar, set_avatar
from .organizations import NAME
from .shapes import ProfileSerializer

IMAGE = {"image/png": OpenApiTypes.BINARY}


@takes_body(FILE_LIMIT_BYTES)
class AvatarView(ApiView, ABC):
    """The profile picture of the namespace in the URL."""

    @abstractmethod
    def namespace(self, request: Request, **names: Any) -> Namespace:
        """Return the namespace if the actor can change its picture."""

    def set(self, request: Request, **names: Any) -> Response:
        name = self.namespace(request, **names).name
        data = read_body(request._request, limit=FILE_LIMIT_BYTES)
        return Response(ProfileSerializer(set_avatar(actor=actor_of(request), name=name, data=data)).data)

    def remove(self, request: Request, **names: Any) -> Response:
        remove_avatar(actor=actor_of(request), name=self.namespace(request, **names).name)
        return no_content()


@requires(SIGNED_IN)
class OwnAvatar(AvatarView):
    def namespace(self, request: Request, **names: Any) -> Namespace:
        return managed_namespace(actor_of(request), person_of(actor_of(request)).username)

    @operation("set_my_picture", "me", ProfileSerializer, 413, 422, body=IMAGE)
    def put(self, request: Request) -> Response:
        """Set your profile picture: a PNG, JPEG, WebP or GIF image of up to 4 MiB."""
        return self.set(request)

    @operation("remove_my_picture", "me", None, status=204)
    def delete(self, request: Request) -> Response:
        """Remove your profile picture."""
        return self.remove(request)


@requires(NAMESPACE_ADMIN)
class OrganizationAvatar(AvatarView):
    def namespace(self, request: Request, **names: Any) -> Namespace:
        return managed_organization(actor_of(request), names["name"])

    @operation("set_picture", "organisations", ProfileSerializer, 404, 413, 422, body=IMAGE, params=[NAME])
    def put(self, request: Request, name: str) -> Response:
        """Set the profile picture of an organization: a PNG, JPEG, WebP or GIF image of up to 4 MiB."""
        return self.set(request, name=name)

    @operation("remove_picture", "organisations", None, 404, status=204, params=[NAME])
    def delete(self, request: Request, name: str) -> Response:
        """Remove the profile picture of an organization."""
        return self.remove(request, name=name)
