"""Refusals of accounts."""

from django.utils.translation import gettext_noop as _

from apps.core.errors import Conflict, Forbidden, NotFound, TooMany, ValidationFailed


class NameTaken(Conflict):
    code = "NameTaken"
    field = "name"
    default = _("This name is already taken.")


class NameNotAllowed(ValidationFailed):
    code = "NameNotAllowed"
    field = "name"
    default = _("This name can't be used.")


class NamespaceNotFound(NotFound):
    code = "NamespaceNotFound"
    default = _("User or organization not found.")


class TokenNotFound(NotFound):
    code = "TokenNotFound"
    default = _("Token not found.")


class AvatarNotFound(NotFound):
    code = "AvatarNotFound"
    default = _("Avatar not found.")


class InvitationNotFound(NotFound):
    code = "InvitationNotFound"
    default = _("Invitation not found.")


class MemberNotFound(NotFound):
    code = "MemberNotFound"
    default = _("This user isn't a member.")


class AlreadyMember(Conflict):
    code = "AlreadyMember"
    default = _("This user is already a member.")


class LastAdmin(Conflict):
    code = "LastAdmin"
    default = _("At least one admin is required. Make someone else an admin first.")
    remedy = _("Give another member the admin role first.")


class StillOwns(Conflict):
    code = "StillOwns"
    default = _("There's still content under this name. Move or delete it first.")


class PeopleOnly(Forbidden):
    """Requires a browser session: a token must not be able to create a more powerful one."""

    code = "PeopleOnly"
    default = _("Access tokens can't do this. Sign in with a browser instead.")
    remedy = _("Do this on the site: it is for people, whatever a token may do.")


class ConfirmAccess(Forbidden):
    """facts  url: page to confirm access"""

    code = "ConfirmAccess"
    default = _("Confirm access in the browser, then try again.")
    remedy = _("Open the page in `url` in the same browser session, then repeat the request.")


class TooManyAttempts(TooMany):
    code = "TooManyAttempts"
    default = _("Too many attempts. Try again in a few minutes.")


class PasswordChangeRequired(Forbidden):
    code = "PasswordChangeRequired"
    default = _("Set a new password to continue.")
