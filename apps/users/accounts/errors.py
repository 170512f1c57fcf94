"""The accounts' refusals."""

from apps.core.errors import Conflict, Invalid, NotFound


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
