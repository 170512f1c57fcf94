"""A short run of `make fuzz` for each protocol."""

import pytest

from tests.tools.fuzz.run import PROTOCOLS, play
from tests.tools.fuzz.world import World

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fuzz")
    folder.chmod(0o711)
    world = World.begin(folder)
    yield world
    world.end()


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_no_request_causes_a_server_error_or_a_hang(world, protocol):
    result = play(world, protocol, seed=11, seconds=150, most=160)

    assert result.faults == []
    # The run had valid and invalid requests.
    assert result.statuses[200] > 3
    assert sum(count for status, count in result.statuses.items() if 400 <= status < 500) > 40
