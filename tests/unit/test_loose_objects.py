"""Writing an object survives a pack that removes the new folder."""

import pytest

from apps.registry.gitstore.loose_objects import TRIES, retry_on_missing_dir


def failing(times, words):
    left = [times]

    def write():
        if left[0]:
            left[0] -= 1
            raise OSError(words)
        return "sha"

    return write


def test_a_folder_that_went_is_made_again():
    assert (
        retry_on_missing_dir(
            failing(TRIES - 1, "failed to rename lockfile to 'objects/35/fb': No such file or directory")
        )
        == "sha"
    )


@pytest.mark.parametrize(
    ("times", "words"), [(1, "No space left on device"), (TRIES, "No such file or directory")]
)
def test_other_and_permanent_errors_are_raised(times, words):
    with pytest.raises(OSError, match=words):
        retry_on_missing_dir(failing(times, words))
