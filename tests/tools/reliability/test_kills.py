"""A short run of `make reliability kills`, in which each part is killed once."""

import pytest

from tests.tools.reliability.kills import PARTS, play

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def test_nothing_acknowledged_is_lost_when_any_part_is_killed(tmp_path):
    tmp_path.chmod(0o711)
    tmp_path.parent.chmod(0o711)

    report = play(tmp_path, acts=16, seed=3, least=len(PARTS), pause=(0.1, 0.8))

    assert report.faults == []
    assert set(report.kills) == set(PARTS)
    assert report.ends["acknowledged"] > 0
