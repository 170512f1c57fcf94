"""A short run of `make reliability full`."""

import pytest

from tests.disks import WHY_NOT, may_mount
from tests.tools.reliability.acts import End
from tests.tools.reliability.full import LEFT, play

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not may_mount(), reason=WHY_NOT)]


def test_a_full_disk_refuses_writes_keeps_reads_and_leaves_nothing_partial(tmp_path):
    tmp_path.chmod(0o711)
    tmp_path.parent.chmod(0o711)

    report = play(tmp_path, acts=16, seed=3, least=len(LEFT), pause=(0.2, 0.6))

    assert report.faults == []
    assert report.kills.total() >= len(LEFT)
    assert report.ends[End.ACKNOWLEDGED] > 0
    assert report.reads > 10
