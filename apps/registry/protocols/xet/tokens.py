"""Xet tokens: what a hub token is changed into for the storage routes, and how it is read there."""

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
    """What a storage request may do: read or write one repository, for one person.

    uploader  who remembers what was sent; "" for anonymous
    """

    repo_key: UUID
    scope: XetScope
    user_id: int | None
    uploader: str

    @property
    def can_write(self) -> bool:
        return self.scope is XetScope.WRITE


def uploader_of(actor: Actor) -> str:
    """Return who remembers what an actor sends: a person with all tokens, but a job or a token for some repositories by itself.

    What the person sent elsewhere is no business of the latter two.
    """
    if actor.user_id is None:
        return ""
    if actor.job_id:
        return f"job:{actor.job_id}"
    if actor.token_id and actor.scope.limit is None:
        return f"token:{actor.token_id}"
    return f"person:{actor.user_id}"


def storage_url(request: HttpRequest, path: str = "", *, uploader: str = "") -> str:
    """Return an absolute address below the storage routes.

    uploader  whose address it is: clients keep what they sent by address, and two people on one machine must not share that
    """
    own = "-" + salted_hmac("xet.address", uploader, algorithm="sha256").hexdigest()[:16] if uploader else ""
    return request.build_absolute_uri(f"/xet/g{generation()}{own}{path}")


def issue_token(repo: Repo, scope: XetScope, actor: Actor) -> tuple[str, int]:
    """Return a token and when it ends (unix seconds); the caller opened the repository's door."""
    expires = int(time.time()) + TOKEN_SECONDS
    facts = [repo.pk.hex, scope.value, actor.user_id, generation(), uploader_of(actor)]
    return sign(facts, purpose=PURPOSE, seconds=TOKEN_SECONDS), expires


def token_of(request: HttpRequest) -> XetToken:
    """Return the token of a storage request.

    raises  Unauthenticated if it is absent, forged or over
    """
    scheme, _space, word = request.headers.get("Authorization", "").partition(" ")
    try:
        if scheme.lower() != "bearer":
            raise Forbidden
        facts: Any = unsign(word.strip(), purpose=PURPOSE)
    except Forbidden:
        raise Unauthenticated(
            _("The Xet token is not valid or has expired."), headers={"WWW-Authenticate": "Bearer"}
        ) from None
    key, scope, user_id, _generation, *named = facts
    # a token that was issued before an update names no uploader
    uploader = named[0] if named else f"person:{user_id}" if user_id else ""
    token = XetToken(UUID(hex=key), XetScope(scope), user_id, uploader)
    count_request(request, token.user_id)
    return token


def writer_of(request: HttpRequest) -> XetToken:
    """Return the token of a storage request that changes something.

    raises  Unauthenticated, Forbidden if it only reads
    """
    token = token_of(request)
    if not token.can_write:
        raise Forbidden(_("This Xet token may only read."))
    return token
