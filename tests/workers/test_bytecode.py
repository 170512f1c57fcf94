"""What jobs import is compiled once, beside the libraries, and can be read by the user that they run as."""

import os
import subprocess
import sys
from types import ModuleType

import pytest

from workers.ml.bytecode import open_to_sandbox
from workers.ml.sandbox import ROOT


class Inventive(ModuleType):
    """A module that raises for what it does not have, as torch.classes does."""

    def __getattr__(self, name: str) -> object:
        raise RuntimeError(name)


@pytest.mark.skipif(os.geteuid() != 0, reason="only a worker that is root has jobs of another user")
def test_modules_that_make_up_their_attributes_are_passed_over(tmp_path):
    plain, file = ModuleType("plain"), tmp_path / "closed" / "plain.pyc"
    file.parent.mkdir(mode=0o700)
    file.touch(mode=0o600)
    plain.__cached__ = str(file)

    open_to_sandbox([Inventive("inventive"), plain])

    assert (file.parent.stat().st_mode & 0o777, file.stat().st_mode & 0o777) == (0o755, 0o644)


@pytest.mark.slow
def test_the_process_that_compiles_ends_well(tmp_path):
    done = tmp_path / "made" / "recipes.done"
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1"}

    run = subprocess.run(
        [sys.executable, "-m", "workers.ml.bytecode", str(done)], env=environment, cwd=tmp_path, timeout=250
    )

    assert run.returncode == 0
    assert done.exists()
