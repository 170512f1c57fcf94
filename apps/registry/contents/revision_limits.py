"""Limits on the files and folders of a revision, and on files that are edited in a browser."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import gettext as _

from apps.registry.gitstore import BadPath, GitRepo, TooManyFiles
from apps.registry.gitstore.expansion import Expansions
from apps.registry.gitstore.paths import DEPTH_LIMIT, PATH_LIMIT_BYTES

# average length of a path, twice the usual
PATH_MEAN_BYTES = 160
# largest file that can be edited in a browser
EDIT_LIMIT_BYTES = 1 << 20


def check_expansion(git: GitRepo, tree: str, expansions: Expansions | None = None) -> None:
    """Refuse a tree that expands to more files and folders than pages and clients can list.

    expansions  counts of earlier trees of the same repository
    raises      TooManyFiles, FolderTooLarge, BadPath
    """
    found, limit = (expansions or Expansions(git.git)).of(tree), settings.REVISION_FILES_LIMIT
    if found.entries > limit or found.path_bytes > limit * PATH_MEAN_BYTES:
        words = _("This revision has more than %(limit)s files and folders.")
        raise TooManyFiles(words % {"limit": limit}, limit=limit)
    if found.longest > PATH_LIMIT_BYTES:
        raise BadPath(_("A path would be longer than %(limit)s bytes.") % {"limit": PATH_LIMIT_BYTES})
    if found.depth > DEPTH_LIMIT:
        raise BadPath(_("A path would be nested more than %(limit)s folders deep.") % {"limit": DEPTH_LIMIT})
