"""Scopes of OAuth applications."""

from __future__ import annotations

from enum import StrEnum


class OAuthScope(StrEnum):
    """What a person can let an OAuth application do; what none of these names, no application does."""

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
