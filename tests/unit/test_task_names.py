"""Display names of tasks."""

import pytest

from apps.registry.formats.cards.task_names import TASK_NAMES, task_name
from apps.registry.formats.cards.tasks import TASKS


def test_every_task_has_a_name():
    assert set(TASK_NAMES) == TASKS


@pytest.mark.parametrize(
    ("task", "name"),
    [
        ("text-classification", "Text classification"),
        ("image-to-3d", "Image-to-3D"),
        ("some-new_task", "Some new task"),
        ("", ""),
    ],
)
def test_a_task_is_shown_by_its_name(task, name):
    assert task_name(task) == name
