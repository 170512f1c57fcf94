"""Profile pictures of people and organizations."""

from __future__ import annotations

from drf_spectacular.types import OpenApiTypes
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.rest.schema import operation
from apps.core.rest.view import ApiView, actor_of, no_content
from apps.core.web.bodies import takes_body
from apps.core.web.http import read_body
from apps.core.web.policies import requires

from ..avatars import FILE_LIMIT_BYTES
from ..models import Namespace
from ..policies import ORGANIZATION_ADMIN, PERSON
from ..services.avatars import remove_avatar, set_avatar
from .organizations import NAME
from .shapes import ProfileSerializer

IMAGE = {"image/png": OpenApiTypes.BINARY}


@takes_body(FILE_LIMIT_BYTES)
class AvatarView(ApiView):
    """The profile picture of a namespace that the actor manages."""

    def set(self, request: Request, name: str) -> Response:
        data = read_body(request._request, limit=FILE_LIMIT_BYTES)
        return Response(ProfileSerializer(set_avatar(actor=actor_of(request), name=name, data=data)).data)

    def remove(self, request: Request, name: str) -> Response:
        remove_avatar(actor=actor_of(request), name=name)
        return no_content()


@requires(PERSON)
class OwnAvatar(AvatarView):
    @operation("set_my_picture", "me", ProfileSerializer, 413, 422, body=IMAGE)
    def put(self, request: Request) -> Response:
        """Set your profile picture: a PNG, JPEG, WebP or GIF image of up to 4 MiB."""
        return self.set(request, actor_of(request).name)

    @operation("remove_my_picture", "me", None, status=204)
    def delete(self, request: Request) -> Response:
        """Remove your profile picture."""
        return self.remove(request, actor_of(request).name)


@requires(ORGANIZATION_ADMIN)
class OrganizationAvatar(AvatarView):
    @operation("set_picture", "organisations", ProfileSerializer, 404, 413, 422, body=IMAGE, params=[NAME])
    def put(self, request: Request, namespace: Namespace) -> Response:
        """Set the profile picture of an organization: a PNG, JPEG, WebP or GIF image of up to 4 MiB."""
        return self.set(request, namespace.name)

    @operation("remove_picture", "organisations", None, 404, status=204, params=[NAME])
    def delete(self, request: Request, namespace: Namespace) -> Response:
        """Remove the profile picture of an organization."""
        return self.remove(request, namespace.name)
