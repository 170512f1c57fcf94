"""Which errors mean that a disk is full."""

import pytest
from pygit2 import GitError

from apps.core import disk_space
from apps.core.disk_space import DiskFull, find_disk_full


@pytest.mark.parametrize(("free", "is_full"), [(0, True), (1 << 30, False)])
def test_an_error_of_git_means_a_full_disk_where_no_space_is_left(monkeypatch, free, is_full):
    monkeypatch.setattr(disk_space, "free_bytes", lambda folder: free)

    assert isinstance(find_disk_full(GitError("failed to write")), DiskFull) is is_full
    assert isinstance(find_disk_full(ValueError("failed to write")), DiskFull) is False
