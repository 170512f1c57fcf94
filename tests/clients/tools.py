"""Linters and generators of clients for the OpenAPI document; as a program, installs the missing ones.

They are installed once per version, beside the clients of `tests.compat.versions`.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tests.compat.versions import installed, make_environment, make_modules

PYTHON_GENERATOR = "openapi-python-client==0.29.1"
NODE_TOOLS = (
    "@redocly/cli@2.77.0",
    "openapi-typescript@7.13.0",
    "openapi-fetch@0.17.0",
    # the last line with the interface that openapi-typescript calls
    "typescript@5.9.3",
)


def python_tool(name: str) -> Path:
    """Return a program of the environment with the generator of Python clients."""
    return installed(PYTHON_GENERATOR, make_environment, PYTHON_GENERATOR) / "bin" / name


def node_modules() -> Path:
    """Return the folder of Node.js modules with the linter and the generator of TypeScript clients."""
    name = "node-" + "-".join(tool.rpartition("@")[2] for tool in NODE_TOOLS)
    return installed(name, make_modules, *NODE_TOOLS) / "node_modules"


def node_tool(name: str) -> Path:
    return node_modules() / ".bin" / name


def run(*command: str | Path, folder: Path, seconds: int = 120, **variables: str) -> str:
    """Run a program and return what it writes.

    raises  AssertionError with its output if it fails
    """
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "NO_COLOR": "1", "CI": "1", **variables}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=seconds, check=False
    )
    words = done.stdout + done.stderr
    assert done.returncode == 0, words[-60_000:]
    return words


if __name__ == "__main__":
    python_tool("python")
    node_modules()
