"""The last commit that changed each path. The answer for a commit never changes, so it is cached."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from itertools import islice

from apps.core.cache import CachedValue
from apps.registry.gitstore import CommitInfo, GitRepo

LAST_COMMITS = CachedValue("last-commits", dict[str, str], seconds=24 * 3600)
CHILDREN_LIMIT = 5_000


def last_commits(git: GitRepo, sha: str, paths: Sequence[str], *, under: str = "") -> dict[str, CommitInfo]:
    """Return the last commit up to `sha` that changed each path, or anything below it.

    under  common parent folder of the paths, if any: all its children are looked up at once, for every page
    """
    if not paths:
        return {}
    wanted = _paths_to_find(git, sha, paths, under)
    digest = hashlib.sha256("\0".join([under, *wanted]).encode(errors="surrogatepass")).hexdigest()
    ids = LAST_COMMITS.get(sha, digest)
    if ids is None:
        ids = git.last_commit_ids(sha, wanted, under=under)
        LAST_COMMITS.set(ids, sha, digest)
    found = {path: ids[path] for path in paths if path in ids}
    infos = {one: git.commit(one) for one in set(found.values())}
    return {path: infos[one] for path, one in found.items()}


def _paths_to_find(git: GitRepo, sha: str, paths: Sequence[str], under: str) -> Sequence[str]:
    """Return all children of the folder if the paths are among them, so that one answer serves every page."""
    if any(path.rpartition("/")[0] != under for path in paths):
        return paths
    children = [entry.path for entry in islice(git.tree(sha, under), CHILDREN_LIMIT + 1)]
    return children if len(paths) < len(children) <= CHILDREN_LIMIT else paths
