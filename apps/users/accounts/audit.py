"""What the audit records about accounts."""

from enum import StrEnum


class AccountAction(StrEnum):
    ACCOUNT_REMOVED = "account.removed"
    CLIENT_REVOKED = "client.revoked"
    NAMESPACE_AVATAR_REMOVED = "namespace.avatar_removed"
    NAMESPACE_AVATAR_SET = "namespace.avatar_set"
    NAMESPACE_RENAMED = "namespace.renamed"
    ORGANIZATION_CREATED = "organization.created"
    ORGANIZATION_INVITED = "organization.invited"
    ORGANIZATION_JOINED = "organization.joined"
    ORGANIZATION_LEFT = "organization.left"
    ORGANIZATION_MEMBER_REMOVED = "organization.member_removed"
    ORGANIZATION_REMOVED = "organization.removed"
    ORGANIZATION_ROLE_CHANGED = "organization.role_changed"
    TOKEN_CREATED = "token.created"
    TOKEN_REVOKED = "token.revoked"
