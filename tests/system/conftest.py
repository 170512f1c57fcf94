"""A whole site for the tests of a module."""

from collections.abc import Iterator

import pytest

from tests.system.box import TestBox


@pytest.fixture(scope="module")
def box(request, tmp_path_factory) -> Iterator[TestBox]:
    """A local stack without the machine-learning worker; a module's BOX_SETTINGS are its environment."""
    folder = tmp_path_factory.mktemp("box") / "d"
    folder.parent.chmod(0o711)
    box = TestBox(folder, options=("--without-ml",), settings=getattr(request.module, "BOX_SETTINGS", {}))
    box.start()
    yield box
    box.stop()
    for part in box.parts():
        part.kill()
