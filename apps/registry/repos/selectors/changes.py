"""Which commit changed what last: true for ever once a commit is named, so it is kept."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from itertools import islice

from apps.core.cache import CachedValue
from apps.registry.gitstore import CommitInfo, GitRepo

LAST_COMMITS = CachedValue("last-commits", dict[str, str], seconds=24 * 3600)
CHILDREN_LIMIT = 5_000


def last_commits(git: GitRepo, sha: str, paths: Sequence[str], *, under: str = "") -> dict[str, CommitInfo]:
    """Return for each path the last commit at or before another that changed it or what is in it.

    under  a folder that holds all of the paths, if there is one; its children are then looked for together, whatever page is asked for
    """
    if not paths:
        return {}
    wanted = _wanted(git, sha, paths, under)
    digest = hashlib.sha256("\0".join([under, *wanted]).encode(errors="surrogatepass")).hexdigest()
    ids = LAST_COMMITS.get(sha, digest)
    if ids is None:
        ids = git.last_commit_ids(sha, wanted, under=under)
        LAST_COMMITS.set(ids, sha, digest)
    found = {path: ids[path] for path in paths if path in ids}
    infos = {one: git.commit(one) for one in set(found.values())}
    return {path: infos[one] for path, one in found.items()}


def _wanted(git: GitRepo, sha: str, paths: Sequence[str], under: str) -> Sequence[str]:
    """Return all children of the folder if the paths are some of them, so that one answer serves every page of it."""
    if any(path.rpartition("/")[0] != under for path in paths):
        return paths
    children = [entry.path for entry in islice(git.tree(sha, under), CHILDREN_LIMIT + 1)]
    return children if len(paths) < len(children) <= CHILDREN_LIMIT else paths
