"""Scopes of OAuth applications."""

from __future__ import annotations

from enum import StrEnum


class OAuthScope(StrEnum):
    """Everything that an OAuth application can be authorized to do."""

    OPENID = "openid"
    PROFILE = "profile"
    EMAIL = "email"
    READ_REPOS = "read-repos"
    CONTRIBUTE_REPOS = "contribute-repos"
    WRITE_REPOS = "write-repos"
    MANAGE_REPOS = "manage-repos"
    JOBS = "jobs"


REPO_SCOPES = (
    OAuthScope.READ_REPOS,
    OAuthScope.CONTRIBUTE_REPOS,
    OAuthScope.WRITE_REPOS,
    OAuthScope.MANAGE_REPOS,
)
