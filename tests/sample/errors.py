"""Refusals about notes."""

from django.utils.translation import gettext_noop as _

from apps.core.errors import NotFound, Unauthenticated


class NoteNotFound(NotFound):
    code = "NoteNotFound"
    default = _("Note not found.")


class NoteHidden(Unauthenticated):
    """An absent or hidden note, to anonymous users."""

    code = "NoteNotFound"
    default = _("Note not found. If it is private, sign in to see it.")
