"""Refusals: one exception type, rendered by each protocol's error renderer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

_WORDS = re.compile(r"[A-Z][a-z0-9]*")


class Refusal(Exception):
    """A sentence for people, a stable code and facts for programs.

    protocol_status  status for clients of the hub, LFS and Xet protocols, if they expect another one
    title            the code in words, by default those of its name
    shown            sentence for people if the message speaks to programs, or is fixed by a protocol
    remedy           what to do, for the table of errors
    field            of a body, which the refusal is about wherever it comes up
    headers          extra response headers, such as WWW-Authenticate
    errors           what is wrong with each part of the request, as `error_at` returns it
    """

    status: ClassVar[int] = 400
    protocol_status: ClassVar[int | None] = None
    code: str = "Refused"
    title: str = ""
    default: ClassVar[str] = _("The request was refused.")
    shown: ClassVar[str] = ""
    field: ClassVar[str] = ""
    remedy: ClassVar[str] = _("Read the detail and change the request.")

    def __init__(
        self,
        message: str = "",
        *,
        code: str = "",
        headers: dict[str, str] | None = None,
        errors: Sequence[dict[str, str]] = (),
        **facts: Any,
    ) -> None:
        self.message = str(message or self.default)
        self.code = code or type(self).code
        self.title = type(self).title or title_of(self.code)
        self.headers = headers or {}
        self.errors = list(errors)
        self.facts = facts
        super().__init__(self.message)

    @property
    def protocol_code(self) -> str:
        """The code for clients of the hub, LFS and Xet protocols, which know fewer codes."""
        return self.code

    @property
    def words(self) -> str:
        """The sentence for a page, in the reader's language."""
        return gettext(self.shown or self.message)

    def as_form_error(self) -> ValidationError:
        """The refusal as a form field's error."""
        return ValidationError(self.words, code=self.code)


def title_of(code: str) -> str:
    """Return a code in words: "Repo not found" for RepoNotFound."""
    return " ".join(_WORDS.findall(code)).capitalize()


def error_at(detail: str, code: str = "invalid", **place: str) -> dict[str, str]:
    """Return what is wrong with one part of a request.

    place  pointer (a JSON Pointer fragment into the body), parameter (of the query) or header
    """
    return {**place, "code": code, "detail": detail}


class BadRequest(Refusal):
    status = 400
    code = "BadRequest"
    default = _("The request could not be read.")
    remedy = _("Correct the request; the detail says what could not be read.")


class InvalidParameter(BadRequest):
    """A parameter of the query is not valid."""

    code = "InvalidParameter"
    default = "A query parameter is not valid."
    remedy = _("Correct the parameter that `errors` names.")


class UnknownParameter(BadRequest):
    """The operation has no parameter of this name."""

    code = "UnknownParameter"
    default = "This operation does not have such a query parameter."
    remedy = _("Leave the parameter out, or correct its name.")


class InvalidCursor(BadRequest):
    """The cursor does not belong to this list."""

    code = "InvalidCursor"
    default = _("The cursor is not valid.")
    remedy = _("Start again without a cursor, and keep filter and order while you follow it.")

    def __init__(self, message: str = "") -> None:
        super().__init__(message, errors=[error_at(message or self.default, parameter="cursor")])


class InvalidHeader(BadRequest):
    """A header of the request is not valid."""

    code = "InvalidHeader"
    default = "A header is not valid."


class Unauthenticated(Refusal):
    status = 401
    code = "Unauthenticated"
    default = _("Sign in or send an access token.")
    remedy = _("Send an access token that has not expired or been revoked, or sign in.")


class BadToken(Unauthenticated):
    code = "BadToken"
    default = _("Invalid credentials in Authorization header")


class Forbidden(Refusal):
    status = 403
    code = "Forbidden"
    default = _("You don't have permission to do this.")
    remedy = _("Use credentials with the permission that the detail names, or ask an owner for it.")


class CsrfFailed(Forbidden):
    """A browser session changes nothing without its CSRF token."""

    code = "CsrfFailed"
    title = "CSRF check failed"
    default = "A browser session needs a valid X-CSRFToken header to change data."
    shown = _("This form expired. Reload the page and try again.")
    remedy = _("Send the X-CSRFToken header of the session, or an access token instead of a session.")


class InsufficientScope(Forbidden):
    """An OAuth application lacks a scope.

    source  RFC 6750 section 3.1
    """

    code = "InsufficientScope"
    default = _("This application was not granted permission to do this.")
    remedy = _("Ask the user to authorize the application with the scope that it lacks.")


class TokenScope(Forbidden):
    """The person may do this, but the access token may not.

    facts  token_role: role of the token; needs: role that suffices, or needs_grant: grant that it lacks
    """

    code = "TokenScope"
    title = "Access token too limited"
    default = _("This access token can't do this.")
    remedy = _("Use a token with the role in `needs`, or one with the grant in `needs_grant`.")

    def __init__(self, message: str = "", *, protocol_code: str = Forbidden.code, **facts: Any) -> None:
        super().__init__(message, **facts)
        self._protocol_code = protocol_code

    @property
    def protocol_code(self) -> str:
        return self._protocol_code


class OverQuota(Forbidden):
    code = "OverQuota"
    default = _("The storage quota is used up.")
    remedy = _("Delete what you don't need, or ask the site's administrators for more storage.")


class NotFound(Refusal):
    status = 404
    code = "NotFound"
    default = _("Not found.")
    remedy = _("Check the address, and whether your credentials may see what it names.")


class MethodNotAllowed(Refusal):
    status = 405
    code = "MethodNotAllowed"
    default = "This resource does not support the method."
    remedy = _("Use a method that the Allow header names.")


class Conflict(Refusal):
    status = 409
    code = "Conflict"
    default = _("This conflicts with existing data.")
    remedy = _("Read the current state, then decide whether the request still applies.")


class PreconditionFailed(Refusal):
    status = 412
    code = "PreconditionFailed"
    default = "The resource has changed since you read it. Read it again and retry."
    shown = _("This changed since you opened it. Refresh and try again.")
    remedy = _("Read the resource again, apply your change to it and send its new ETag.")


class TooLarge(Refusal):
    status = 413
    code = "TooLarge"
    default = _("The request is too large.")
    remedy = _("Send less in one request; files have an upload of their own.")


class OutOfRange(Refusal):
    status = 416
    code = "OutOfRange"
    default = _("The range starts beyond the end of the file.")
    remedy = _("Request a range within the size of the file.")


class ValidationFailed(Refusal):
    status = 422
    code = "ValidationFailed"
    default = _("Some of the submitted values are not valid.")
    remedy = _("Correct the values that `errors` names.")


class TooMany(Refusal):
    status = 429
    code = "TooManyRequests"
    default = _("Too many requests. Try again in a moment.")
    remedy = _("Wait for the seconds in Retry-After, then repeat the request.")


class Unavailable(Refusal):
    status = 503
    code = "Unavailable"
    default = _("This part of the site is temporarily unavailable.")
    remedy = _("Repeat the request later, with growing pauses.")
