"""Libraries are compiled once per installation, readable by the sandbox's user."""

import os
import signal
import subprocess
import sys
from types import ModuleType

import pytest

from workers.ml.precompile import make_readable
from workers.ml.sandbox import ROOT


class Inventive(ModuleType):
    """A module that raises for missing attributes, as torch.classes does."""

    def __getattr__(self, name: str) -> object:
        raise RuntimeError(name)


@pytest.mark.skipif(os.geteuid() != 0, reason="only a worker that is root has jobs of another user")
def test_modules_that_make_up_their_attributes_are_passed_over(tmp_path):
    plain, file = ModuleType("plain"), tmp_path / "closed" / "plain.pyc"
    file.parent.mkdir(mode=0o700)
    file.touch(mode=0o600)
    plain.__cached__ = str(file)

    make_readable([Inventive("inventive"), plain])

    assert (file.parent.stat().st_mode & 0o777, file.stat().st_mode & 0o777) == (0o755, 0o644)


@pytest.mark.slow
def test_the_process_that_compiles_ends_well(tmp_path):
    done = tmp_path / "made" / "recipes.done"
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1"}

    command = [sys.executable, "-m", "workers.ml.precompile", str(done)]
    process = subprocess.Popen(command, env=environment, cwd=tmp_path, stdin=subprocess.PIPE)

    assert process.wait(timeout=250) == 0
    assert done.exists()


def test_the_process_that_compiles_ends_with_its_worker(tmp_path):
    command = [sys.executable, "-m", "workers.ml.precompile", str(tmp_path / "recipes.done")]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1"}
    process = subprocess.Popen(
        command, env=environment, cwd=tmp_path, stdin=subprocess.PIPE, start_new_session=True
    )

    process.stdin.close()

    assert process.wait(timeout=20) == -signal.SIGKILL
