"""Rows of the forum."""

from .bookmarks import Bookmark
from .categories import CATEGORIES_LIMIT, COLORS, DEPTH_LIMIT, Audience, Category
from .imports import ImportedRow
from .polls import Ballot, Poll, PollOption, ResultsShown
from .redirects import MovedPost, Redirect
from .tags import TAGS_LIMIT, Tag, TopicTag
from .topics import TITLE_LIMIT_CHARACTERS, PinnedTo, Topic, TopicKind, draw_public_id

__all__ = [
    "CATEGORIES_LIMIT",
    "COLORS",
    "DEPTH_LIMIT",
    "TAGS_LIMIT",
    "TITLE_LIMIT_CHARACTERS",
    "Audience",
    "Ballot",
    "Bookmark",
    "Category",
    "ImportedRow",
    "MovedPost",
    "PinnedTo",
    "Poll",
    "PollOption",
    "Redirect",
    "ResultsShown",
    "Tag",
    "Topic",
    "TopicKind",
    "TopicTag",
    "draw_public_id",
]
