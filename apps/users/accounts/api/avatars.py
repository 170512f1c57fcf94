"""Avatars of people and organizations."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponseRedirect
from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiResponse
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.rest.schema import Media, operation
from apps.core.rest.view import ApiView, actor_of, no_content
from apps.core.web.bodies import takes_body
from apps.core.web.etags import etag_of
from apps.core.web.http import read_body
from apps.core.web.policies import SIGNED_IN, requires

from ..avatars import FILE_LIMIT_BYTES
from ..errors import AvatarNotFound
from ..models import Namespace
from ..policies import ORGANIZATION, ORGANIZATION_MANAGE, PERSON
from ..scopes import OAuthScope
from ..selectors import person
from ..services.avatars import remove_avatar, set_avatar
from .organizations import NAME
from .shapes.profiles import Profile

IMAGES = Media(("image/png", "image/jpeg", "image/webp", "image/gif")).body
REDIRECT = OpenApiResponse(description="Redirects to the image, a WebP of 256 by 256 pixels.")


@takes_body(FILE_LIMIT_BYTES)
class AvatarView(ApiView):
    """The avatar of a namespace."""

    def tag(self, response: HttpResponseBase, **names: Any) -> str:
        """Return the tag of the image: its path contains its hash."""
        path = response.get("Location") or response.data["avatar_url"]  # type: ignore[attr-defined]
        return etag_of(str(path).encode())

    def show(self, namespace: Namespace | None) -> HttpResponseRedirect:
        if namespace is None or not namespace.avatar:
            raise AvatarNotFound
        response = HttpResponseRedirect(namespace.avatar_url)
        response["ETag"] = self.tag(response)
        return response

    def set(self, request: Request, name: str) -> Response:
        data = read_body(request._request, limit=FILE_LIMIT_BYTES)
        response = Response(Profile(set_avatar(actor=actor_of(request), name=name, data=data)).data)
        response["ETag"] = self.tag(response)
        return response

    def remove(self, request: Request, name: str) -> Response:
        remove_avatar(actor=actor_of(request), name=name)
        return no_content()


@requires(SIGNED_IN, scopes=(OAuthScope.PROFILE,), PUT=PERSON, DELETE=PERSON)
class OwnAvatar(AvatarView):
    @operation("get_my_avatar", "me", REDIRECT, 404, status=302)
    def get(self, request: Request) -> HttpResponseRedirect:
        """Get your avatar."""
        user = person(actor_of(request))
        return self.show(user.namespace if user else None)

    @operation("set_my_avatar", "me", Profile, 413, 422, body=IMAGES)
    def put(self, request: Request) -> Response:
        """Set your avatar: a PNG, JPEG, WebP or GIF image of up to 4 MiB."""
        return self.set(request, actor_of(request).name)

    @operation("remove_my_avatar", "me", None, status=204)
    def delete(self, request: Request) -> Response:
        """Remove your avatar."""
        return self.remove(request, actor_of(request).name)


@requires(ORGANIZATION, PUT=ORGANIZATION_MANAGE, DELETE=ORGANIZATION_MANAGE)
class OrganizationAvatar(AvatarView):
    @operation("get_organization_avatar", "organizations", REDIRECT, 404, status=302, params=[NAME])
    def get(self, request: Request, namespace: Namespace) -> HttpResponseRedirect:
        """Get the avatar of an organization."""
        return self.show(namespace)

    @operation("set_organization_avatar", "organizations", Profile, 404, 413, 422, body=IMAGES, params=[NAME])
    def put(self, request: Request, namespace: Namespace) -> Response:
        """Set the avatar of an organization: a PNG, JPEG, WebP or GIF image of up to 4 MiB."""
        return self.set(request, namespace.name)

    @operation("remove_organization_avatar", "organizations", None, 404, status=204, params=[NAME])
    def delete(self, request: Request, namespace: Namespace) -> Response:
        """Remove the avatar of an organization."""
        return self.remove(request, namespace.name)
