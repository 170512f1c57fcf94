"""Xet tokens: what a hub token is changed into for the storage routes, and how it is read there."""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext as _

from apps.core.errors import Forbidden, Unauthenticated
from apps.core.signing import read_word, sign_word
from apps.registry.blobs.generation import generation
from apps.registry.repos.models import Repo

TOKEN_SECONDS = 900
PURPOSE = "xet.token"


class XetScope(StrEnum):
    READ = "read"
    WRITE = "write"


@dataclass(frozen=True, slots=True)
class XetToken:
    """What a storage request may do: read or write one repository, for one person."""

    repo_key: UUID
    scope: XetScope
    user_id: int | None

    @property
    def can_write(self) -> bool:
        return self.scope is XetScope.WRITE


def storage_url(request: HttpRequest, path: str = "") -> str:
    """Return an absolute address below the storage routes; clients key their cache by its generation."""
    return request.build_absolute_uri(f"/xet/g{generation()}{path}")


def issue_token(repo: Repo, scope: XetScope, user_id: int | None) -> tuple[str, int]:
    """Return a token and when it ends (unix seconds); the caller opened the repository's door."""
    expires = int(time.time()) + TOKEN_SECONDS
    facts = [repo.pk.hex, scope.value, user_id, generation()]
    return sign_word(facts, purpose=PURPOSE, seconds=TOKEN_SECONDS), expires


def token_of(request: HttpRequest) -> XetToken:
    """Return the token of a storage request.

    raises  Unauthenticated if it is absent, forged or over
    """
    scheme, _space, word = request.headers.get("Authorization", "").partition(" ")
    try:
        if scheme.lower() != "bearer":
            raise Forbidden
        facts: Any = read_word(word.strip(), purpose=PURPOSE)
    except Forbidden:
        raise Unauthenticated(_("The Xet token is not valid or has expired."), headers={"WWW-Authenticate": "Bearer"}) from None
    key, scope, user_id, _generation = facts
    return XetToken(UUID(hex=key), XetScope(scope), user_id)


def writer_of(request: HttpRequest) -> XetToken:
    """Return the token of a storage request that changes something.

    raises  Unauthenticated, Forbidden if it only reads
    """
    token = token_of(request)
    if not token.can_write:
        raise Forbidden(_("This Xet token may only read."))
    return token
