"""Refusals about threads and posts."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

from apps.core.errors import (
    Conflict,
    Forbidden,
    NotFound,
    PreconditionFailed,
    TooMany,
    Unauthenticated,
    ValidationFailed,
)


class ThreadNotFound(NotFound):
    code = "ThreadNotFound"
    default = _("Conversation not found.")


class ThreadHidden(Unauthenticated):
    """An absent or hidden conversation, to anonymous users."""

    code = "ThreadNotFound"
    default = _("Conversation not found. If it is private, sign in to see it.")


class PostNotFound(NotFound):
    code = "PostNotFound"
    default = _("Post not found.")


class FormerTextNotFound(NotFound):
    code = "FormerTextNotFound"
    default = _("The post has no such former text.")


class PostHidden(Unauthenticated):
    """An absent or hidden post, to anonymous users."""

    code = "PostNotFound"
    default = _("Post not found. If it is private, sign in to see it.")


class AttachmentNotFound(NotFound):
    code = "AttachmentNotFound"
    default = _("File not found.")


class AttachmentHidden(Unauthenticated):
    """An absent or hidden file, to anonymous users."""

    code = "AttachmentNotFound"
    default = _("File not found. If it is private, sign in to see it.")


class DraftNotFound(NotFound):
    code = "DraftNotFound"
    default = _("Draft not found.")


class ThreadLocked(Forbidden):
    code = "ThreadLocked"
    default = _("This conversation is locked.")


class SlowMode(TooMany):
    code = "SlowMode"
    default = _("Slow mode is on here. Wait a little before you post again.")


class EditConflict(PreconditionFailed):
    """Somebody saved another text first; the facts carry the current one."""

    code = "EditConflict"
    default = _("This post was edited meanwhile. Compare both texts and save again.")


class EmptyPost(ValidationFailed):
    code = "EmptyPost"
    default = _("Write something first.")


class PostTooLong(ValidationFailed):
    code = "PostTooLong"
    default = _("This post is too long.")


class UnknownReaction(ValidationFailed):
    code = "UnknownReaction"
    default = _("This reaction is not available.")


class ImpossibleMove(Conflict):
    """A post cannot change from one state to another."""

    code = "ImpossibleMove"
    default = _("This post is no longer in that state.")


class BadAttachment(ValidationFailed):
    code = "BadAttachment"
    default = _("Files of this type can't be attached.")
