"""Names and labels of roles, needs and token roles: in the REST API, for hub clients, in forms."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.core.actor import Actor, ActorKind, Need

from .models import Role, TokenRole

# the REST API names a role like the need that it satisfies
NEEDS = {need.name.lower(): need for need in Need}
ROLES = {role.name.lower(): role for role in Role}
# source  huggingface_hub `whoami`: roleInOrg, and the role of the token's own scope
HUB_ROLES = {Role.READ: "read", Role.CONTRIBUTE: "contributor", Role.WRITE: "write", Role.ADMIN: "admin"}
HUB_TOKEN_ROLES = {Need.READ: "read", Need.CONTRIBUTE: "read", Need.WRITE: "write", Need.ADMIN: "write"}
# what a fine-grained token can grant
GRANT_LABELS: dict[Need, str | Promise] = {
    Need.READ: _("Read"),
    Need.WRITE: _("Read and write"),
    Need.ADMIN: _("Full access"),
}
# tokens that people create; the site issues those of jobs and workers
PERSONAL_TOKEN_LABELS: dict[TokenRole, str | Promise] = {
    TokenRole.READ: _("Read: everything you can view or download"),
    TokenRole.WRITE: _("Write: everything you can do with repositories"),
    TokenRole.FINE_GRAINED: _("Fine-grained: only the permissions selected below"),
}
PERSONAL_TOKEN_ROLES = tuple(PERSONAL_TOKEN_LABELS)
# the REST API names them in lower case; the stored values are those of hub clients
PERSONAL_TOKENS = {role.name.lower(): role for role in PERSONAL_TOKEN_ROLES}


def token_role_of(actor: Actor) -> str:
    """Return the role of the token that an actor acts by, as the REST API names it."""
    if actor.kind in (ActorKind.JOB, ActorKind.WORKER):
        return actor.kind.value
    if actor.scope.limit is None:
        return TokenRole.FINE_GRAINED.name.lower()
    return (TokenRole.READ if actor.scope.limit <= Need.READ else TokenRole.WRITE).value


def api_name(level: int) -> str:
    """Return the name of a role or need in the REST API."""
    return Need(level).name.lower()
