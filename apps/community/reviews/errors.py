"""Refusals about reviews."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

from apps.core.errors import Conflict, Forbidden, NotFound, Unauthenticated


class ReviewNotFound(NotFound):
    code = "ReviewNotFound"
    default = _("Review not found.")


class ReviewHidden(Unauthenticated):
    """An absent or hidden review, to anonymous users."""

    code = "ReviewNotFound"
    default = _("Review not found. If its repository is private, sign in to see it.")


class ReviewExists(Conflict):
    """The facts carry the key of the review."""

    code = "ReviewExists"
    default = _("You have reviewed this repository already. Edit your review.")


class OwnRepo(Forbidden):
    code = "OwnRepo"
    default = _("You can't review a repository that you work on.")


class OwnReview(Forbidden):
    code = "OwnReview"
    default = _("You can't mark your own review as helpful.")
