"""Writes the `expand` values that released hub clients know, by version and repository type.

Each version is installed in an environment of its own, and asked for the constants of its `hf_api`.

usage  python -m tests.tools.expand_values
"""

from __future__ import annotations

import json
import subprocess
from importlib.metadata import version
from pathlib import Path

from tests.compat.versions import hub_python

VALUES = Path(__file__).resolve().parent.parent / "api" / "expand_values.json"
VERSIONS = ("0.24.7", "0.26.5", "0.30.2", "0.34.4", "0.36.2", "1.3.0", "1.12.0", version("huggingface_hub"))
# newer clients know kernels, whose values have no constant
ASK = """
import json
from typing import get_args
from huggingface_hub import hf_api
kinds = ("Model", "Dataset", "Space")
print(json.dumps({kind.lower(): get_args(getattr(hf_api, f"Expand{kind}Property_T")) for kind in kinds}))
"""


def values_of(release: str) -> dict[str, list[str]]:
    done = subprocess.run([hub_python(release), "-c", ASK], capture_output=True, text=True, check=True)
    found: dict[str, list[str]] = json.loads(done.stdout)
    return found


def main() -> None:
    VALUES.write_text(json.dumps({release: values_of(release) for release in VERSIONS}, indent=1) + "\n")


if __name__ == "__main__":
    main()
