"""A short run of `make reliability races`."""

import pytest

from tests.tools.reliability.races import play

pytestmark = pytest.mark.slow


def test_concurrent_commits_lose_nothing_and_add_nothing(tmp_path):
    tmp_path.chmod(0o711)
    tmp_path.parent.chmod(0o711)

    report = play(tmp_path, rounds=6, seed=2)

    assert report.faults == []
    assert sum(report.rounds.values()) == 6
    assert len(report.rounds) == 3
    assert sum(report.ends.values()) == 12
