"""Refusals about boards, ideas and changelog entries."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

from apps.core.errors import Conflict, Forbidden, NotFound, Unauthenticated, ValidationFailed


class BoardNotFound(NotFound):
    code = "BoardNotFound"
    default = _("Board not found.")


class BoardHidden(Unauthenticated):
    """An absent or hidden board, to anonymous users."""

    code = "BoardNotFound"
    default = _("Board not found. If it is private, sign in to see it.")


class IdeaNotFound(NotFound):
    code = "IdeaNotFound"
    default = _("Idea not found.")


class IdeaHidden(Unauthenticated):
    """An absent or hidden idea, to anonymous users."""

    code = "IdeaNotFound"
    default = _("Idea not found. If it is private, sign in to see it.")


class EntryNotFound(NotFound):
    code = "ChangelogEntryNotFound"
    default = _("Changelog entry not found.")


class EntryHidden(Unauthenticated):
    """An absent or hidden changelog entry, to anonymous users."""

    code = "ChangelogEntryNotFound"
    default = _("Changelog entry not found. If it is private, sign in to see it.")


class BoardExists(Conflict):
    code = "BoardExists"
    default = _("This address is taken, or the repository already has a board.")


class BoardArchived(Forbidden):
    code = "BoardArchived"
    default = _("This board is archived. It takes no new ideas, votes or comments.")


class IdeaMerged(Conflict):
    """The facts carry the key of the idea that took over."""

    code = "IdeaMerged"
    default = _("This idea was merged into another one.")


class CannotMerge(ValidationFailed):
    code = "CannotMerge"
    default = _("These ideas can't be merged. Choose another idea of the same board.")


class StatusNotFound(ValidationFailed):
    code = "StatusNotFound"
    default = _("The board has no such status.")


class StatusInUse(Conflict):
    code = "StatusInUse"
    default = _("Ideas have this status. Give them another one first.")


class LabelNotFound(ValidationFailed):
    code = "LabelNotFound"
    default = _("The board has no such label, or only its team can use it.")


class EntryPublished(Conflict):
    code = "EntryPublished"
    default = _("This changelog entry is published already.")


class BadImport(ValidationFailed):
    code = "BadImport"
    default = _("The file can't be read as a board.")
