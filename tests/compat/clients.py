"""Unmodified clients in processes of their own."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HEAD = """
import json, os, sys, io
from pathlib import Path
from huggingface_hub import CommitOperationAdd, CommitOperationCopy, CommitOperationDelete
from huggingface_hub import HfApi, HfFileSystem, ModelCard
from huggingface_hub import hf_hub_download, snapshot_download
from huggingface_hub.errors import *
api = HfApi()
out = None

def refused(call, *errors):
    try:
        call()
    except errors or (Exception,) as error:
        return type(error).__name__
    return "nothing was refused"
"""


@dataclass
class Client:
    """One person's clients in one working folder.

    environment  from the fixture client_env
    interpreter  the Python that has the client
    """

    environment: dict[str, str]
    folder: Path
    token: str = ""
    interpreter: Path = Path(sys.executable)

    @property
    def variables(self) -> dict[str, str]:
        return {**self.environment, **({"HF_TOKEN": self.token} if self.token else {})}

    def python(self, code: str, *, seconds: int = 240, **variables: str) -> object:
        """Run code with huggingface_hub imported, and return what it assigns to `out`.

        raises  AssertionError with its error output if it fails
        """
        done = subprocess.run(
            [self.interpreter, "-c", f"{HEAD}\n{code}\nprint('\\nOUT' + json.dumps(out))"],
            cwd=self.folder,
            env={**self.variables, **variables},
            capture_output=True,
            text=True,
            timeout=seconds,
        )
        assert done.returncode == 0, done.stderr[-5000:]
        return json.loads(done.stdout.rpartition("\nOUT")[2])

    def hf(self, *arguments: str, ok: bool = True, feed: str = "") -> str:
        """Run the `hf` command and return its output and error output."""
        command = [str(self.interpreter.with_name("hf")), *arguments]
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.variables,
            input=feed,
            capture_output=True,
            text=True,
            timeout=240,
        )
        words = done.stdout + done.stderr
        assert (done.returncode == 0) is ok, words[-5000:]
        return words
