"""A whole site for the tests of a module."""

from collections.abc import Iterator

import pytest

from tests.system.local_stack import TestStack


@pytest.fixture(scope="module")
def stack(request, tmp_path_factory) -> Iterator[TestStack]:
    """A local stack without the machine-learning worker; a module's STACK_SETTINGS are its environment."""
    folder = tmp_path_factory.mktemp("stack") / "d"
    folder.parent.chmod(0o711)
    stack = TestStack(
        folder, options=("--without-ml",), settings=getattr(request.module, "STACK_SETTINGS", {})
    )
    stack.start()
    yield stack
    stack.stop()
    for part in stack.parts():
        part.kill()
