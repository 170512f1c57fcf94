"""Xet tokens: short-lived credentials of the storage routes."""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from apps.core.actor import Actor
from apps.core.errors import Forbidden, Unauthenticated
from apps.core.signing import sign, unsign
from apps.registry.blobs.generation import generation
from apps.registry.repos.models import Repo

from .limits import count_request

TOKEN_SECONDS = 900
PURPOSE = "xet.token"


class XetScope(StrEnum):
    READ = "read"
    WRITE = "write"


@dataclass(frozen=True, slots=True)
class XetToken:
    """Access to read or write one repository, for one user.

    uploader  scope of deduplication (see `uploader_of`); "" for anonymous
    """

    repo_key: UUID
    scope: XetScope
    user_id: int | None
    uploader: str

    @property
    def can_write(self) -> bool:
        return self.scope is XetScope.WRITE


def uploader_of(actor: Actor) -> str:
    """Return the scope in which an actor's uploads are deduplicated.

    All tokens of a user share one scope. A job or a fine-grained token has its own, so that it learns nothing
    about the user's other uploads.
    """
    if actor.user_id is None:
        return ""
    if actor.job_id:
        return f"job:{actor.job_id}"
    if actor.token_id and actor.scope.limit is None:
        return f"token:{actor.token_id}"
    return f"person:{actor.user_id}"


def storage_url(request: HttpRequest, path: str = "", *, uploader: str = "") -> str:
    """Return an absolute URL below the storage routes.

    uploader  part of the URL, by which clients cache what they sent: users of one machine must not share it
    """
    own = "-" + salted_hmac("xet.address", uploader, algorithm="sha256").hexdigest()[:16] if uploader else ""
    return request.build_absolute_uri(f"/xet/g{generation()}{own}{path}")


def issue_token(repo: Repo, scope: XetScope, actor: Actor) -> tuple[str, int]:
    """Return a token and its expiry (unix seconds). The caller has checked the actor's access."""
    expires = int(time.time()) + TOKEN_SECONDS
    facts = [repo.pk.hex, scope.value, actor.user_id, generation(), uploader_of(actor)]
    return sign(facts, purpose=PURPOSE, seconds=TOKEN_SECONDS), expires


def token_of(request: HttpRequest) -> XetToken:
    """Return the token of a storage request.

    raises  Unauthenticated if it is missing, forged or expired
    """
    scheme, _space, credential = request.headers.get("Authorization", "").partition(" ")
    try:
        if scheme.lower() != "bearer":
            raise Forbidden
        facts: Any = unsign(credential.strip(), purpose=PURPOSE)
    except Forbidden:
        raise Unauthenticated(
            _("The Xet token is invalid or has expired."), headers={"WWW-Authenticate": "Bearer"}
        ) from None
    key, scope, user_id, _generation, *rest = facts
    # Tokens of older versions have no uploader.
    uploader = rest[0] if rest else f"person:{user_id}" if user_id else ""
    token = XetToken(UUID(hex=key), XetScope(scope), user_id, uploader)
    count_request(request, token.user_id)
    return token


def writer_of(request: HttpRequest) -> XetToken:
    """Return the token of a storage request that writes.

    raises  Unauthenticated, Forbidden if the token is read-only
    """
    token = token_of(request)
    if not token.can_write:
        raise Forbidden(_("This Xet token is read-only."))
    return token
