"""Scopes of OAuth applications."""

from __future__ import annotations

from enum import StrEnum

from apps.core.actor import Need


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


SCOPE_NEEDS = {
    OAuthScope.READ_REPOS: Need.READ,
    OAuthScope.CONTRIBUTE_REPOS: Need.CONTRIBUTE,
    OAuthScope.WRITE_REPOS: Need.WRITE,
    OAuthScope.MANAGE_REPOS: Need.ADMIN,
}
REPO_SCOPES = tuple(SCOPE_NEEDS)
