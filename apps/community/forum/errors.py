"""Refusals of the forum."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

from apps.core.errors import Conflict, Forbidden, NotFound, Unauthenticated, ValidationFailed


class TopicNotFound(NotFound):
    code = "TopicNotFound"
    default = _("Topic not found.")


class TopicHidden(Unauthenticated):
    """An absent or hidden topic, to anonymous users."""

    code = "TopicNotFound"
    default = _("Topic not found. If it is private, sign in to see it.")


class CategoryNotFound(NotFound):
    code = "CategoryNotFound"
    default = _("Category not found.")


class CategoryHidden(Unauthenticated):
    """An absent or hidden category, to anonymous users."""

    code = "CategoryNotFound"
    default = _("Category not found. If it is private, sign in to see it.")


class TagNotFound(NotFound):
    code = "TagNotFound"
    default = _("Tag not found.")


class PollNotFound(NotFound):
    code = "PollNotFound"
    default = _("This topic has no poll.")


class NoTopicsHere(Forbidden):
    """The actor may read the category, but not begin topics in it."""

    code = "NoTopicsHere"
    default = _("You can't start topics in this category.")


class NoRepliesHere(Forbidden):
    code = "NoRepliesHere"
    default = _("You can't reply in this category.")


class TopicArchived(Forbidden):
    code = "TopicArchived"
    default = _("This topic is archived.")


class SlugTaken(Conflict):
    code = "SlugTaken"
    default = _("Another category has this address.")


class CategoryNotEmpty(Conflict):
    code = "CategoryNotEmpty"
    default = _("Move its topics and subcategories elsewhere first.")


class ImpossibleTree(ValidationFailed):
    code = "ImpossibleTree"
    default = _("A category can't stand below itself, and categories nest at most three deep.")


class BadTags(ValidationFailed):
    code = "BadTags"
    default = _("A topic has at most 5 tags of letters, digits, dots and hyphens.")


class BadTitle(ValidationFailed):
    code = "BadTitle"
    default = _("A title has 2 to 200 characters.")


class NotAQuestion(Conflict):
    code = "NotAQuestion"
    default = _("Only questions have an accepted answer.")


class BadAnswer(Conflict):
    code = "BadAnswer"
    default = _("This post can't be the answer.")


class BadPoll(ValidationFailed):
    code = "BadPoll"
    default = _("A poll has 2 to 20 different options.")


class BadBallot(ValidationFailed):
    code = "BadBallot"
    default = _("Choose among the options of the poll, and not more than it allows.")


class PollClosed(Conflict):
    code = "PollClosed"
    default = _("This poll is closed.")


class ImpossibleSplit(Conflict):
    code = "ImpossibleSplit"
    default = _("Choose replies of this topic; its first post stays.")


class ImpossibleMerge(Conflict):
    code = "ImpossibleMerge"
    default = _("A topic can't be merged with itself or with a merged one.")


class BookmarkNotFound(NotFound):
    code = "BookmarkNotFound"
    default = _("Bookmark not found.")
