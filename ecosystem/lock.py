"""Resolves the requirements into constraints.txt with exact versions, apart from torch."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMMAND = [
    ".venv/bin/uv",
    "pip",
    "compile",
    "--quiet",
    "--no-emit-package",
    "torch",
    "--no-header",
    "--no-annotate",
    "requirements-dev.txt",
]


def main() -> None:
    """Write constraints.txt without torch, whose local build tags do not exist on other machines."""
    found = subprocess.run(COMMAND, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    lines = [
        line
        for line in found.splitlines()
        if "==" in line and not line.startswith(("#", "nvidia-", "triton"))
    ]
    (ROOT / "constraints.txt").write_text("# made by `make lock`\n" + "\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
