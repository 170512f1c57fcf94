"""Changes to accounts: one function per action, each in one transaction."""

from .namespaces import check_name, create_namespace, rename_as_operator, rename_namespace, update_profile
from .organizations import (
    accept_invitation,
    change_role,
    create_organization,
    decline_invitation,
    invite_person,
    leave_organization,
    remove_member,
    remove_organization,
    withdraw_invitation,
)
from .people import (
    create_first_admin,
    create_person,
    remove_person,
    set_active,
    set_one_time_password,
    set_preferences,
    set_staff,
)
from .sessions import end_sessions
from .tokens import (
    create_access_token,
    issue_token,
    revoke_access_token,
    revoke_client,
    revoke_job_keys,
    revoke_tokens_of,
)

__all__ = [
    "accept_invitation",
    "change_role",
    "check_name",
    "create_access_token",
    "create_first_admin",
    "create_namespace",
    "create_organization",
    "create_person",
    "decline_invitation",
    "end_sessions",
    "invite_person",
    "issue_token",
    "leave_organization",
    "remove_member",
    "remove_organization",
    "remove_person",
    "rename_as_operator",
    "rename_namespace",
    "revoke_access_token",
    "revoke_client",
    "revoke_job_keys",
    "revoke_tokens_of",
    "set_active",
    "set_one_time_password",
    "set_preferences",
    "set_staff",
    "update_profile",
    "withdraw_invitation",
]
