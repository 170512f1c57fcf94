"""The accounts' refusals."""

from django.utils.translation import gettext_noop as _

from apps.core.errors import Conflict, Forbidden, Invalid, NotFound, TooMany


class NameTaken(Conflict):
    code = "NameTaken"
    default = _("This name is taken.")


class NameNotAllowed(Invalid):
    code = "NameNotAllowed"
    default = _("This name cannot be used.")


class NamespaceNotFound(NotFound):
    code = "NamespaceNotFound"
    default = _("There is nobody of this name.")


class TokenNotFound(NotFound):
    code = "TokenNotFound"
    default = _("There is no such token.")


class InvitationNotFound(NotFound):
    code = "InvitationNotFound"
    default = _("There is no such invitation.")


class MemberNotFound(NotFound):
    code = "MemberNotFound"
    default = _("This person is not a member.")


class AlreadyMember(Conflict):
    code = "AlreadyMember"
    default = _("This person is a member already.")


class LastAdmin(Conflict):
    code = "LastAdmin"
    default = _("Somebody has to be admin. Make another member admin first.")


class StillOwns(Conflict):
    code = "StillOwns"
    default = _("There are still things under this name.")


class PeopleOnly(Forbidden):
    """Some acts are for a person in a browser: a token must not make stronger tokens."""

    code = "PeopleOnly"
    default = _("This is done in a browser where you are signed in, not with a token.")


class TooManyAttempts(TooMany):
    """Passwords or codes were guessed too often."""

    code = "TooManyAttempts"
    default = _("Too many attempts. Try again in some minutes.")


class PasswordChangeRequired(Forbidden):
    code = "PasswordChangeRequired"
    default = _("Choose a password of your own first.")
