"""The accounts' refusals."""

from apps.core.errors import Conflict, Forbidden, Invalid, NotFound


class NameTaken(Conflict):
    code = "NameTaken"
    default = "This name is taken."


class NameNotAllowed(Invalid):
    code = "NameNotAllowed"
    default = "This name cannot be used."


class NamespaceNotFound(NotFound):
    code = "NamespaceNotFound"
    default = "There is nobody of this name."


class TokenNotFound(NotFound):
    code = "TokenNotFound"
    default = "There is no such token."


class InvitationNotFound(NotFound):
    code = "InvitationNotFound"
    default = "There is no such invitation."


class MemberNotFound(NotFound):
    code = "MemberNotFound"
    default = "This person is not a member."


class AlreadyMember(Conflict):
    code = "AlreadyMember"
    default = "This person is a member already."


class LastAdmin(Conflict):
    code = "LastAdmin"
    default = "Somebody has to be admin. Make another member admin first."


class StillOwns(Conflict):
    code = "StillOwns"
    default = "There are still things under this name."


class PeopleOnly(Forbidden):
    """Some acts are for a person in a browser: a token must not make stronger tokens."""

    code = "PeopleOnly"
    default = "This is done in a browser where you are signed in, not with a token."


class PasswordChangeRequired(Forbidden):
    code = "PasswordChangeRequired"
    default = "Choose a password of your own first."
