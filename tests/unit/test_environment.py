"""Environment settings that were renamed are refused under their former names."""

import os
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from ecosystem.env import RENAMED, check_renamed
from tests.architecture.test_papers import settings_read
from tests.conftest import ROOT


@pytest.mark.parametrize(("old", "new"), RENAMED.items())
def test_a_former_name_is_refused_with_the_present_one(old, new):
    with pytest.raises(ImproperlyConfigured) as refused:
        check_renamed({old: "1"})

    assert {old, new} <= set(str(refused.value).replace(".", " ").split())


def test_every_former_name_that_is_set_is_named_at_once():
    with pytest.raises(ImproperlyConfigured) as refused:
        check_renamed({**RENAMED, "PORT": "8000"})

    assert all(name in str(refused.value) for name in RENAMED)


def test_an_environment_of_present_names_passes():
    check_renamed(dict.fromkeys(RENAMED.values(), "1"))


def test_present_names_are_read_and_former_ones_are_not():
    assert set(RENAMED.values()) <= settings_read()
    assert not set(RENAMED) & settings_read()


def test_a_command_ends_with_the_sentence_and_no_traceback(tmp_path):
    environment = {**os.environ, "DATA_DIR": str(tmp_path / "data"), "SITE_SENTENCE": "A home for models."}

    ended = subprocess.run(
        [sys.executable, "manage.py", "check"], cwd=ROOT, env=environment, capture_output=True, text=True
    )

    assert ended.returncode == 1
    assert "SITE_DESCRIPTION" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not (tmp_path / "data").exists()
