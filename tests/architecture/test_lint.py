"""ruff enforces the rules of the project."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.layers import ROOT

BRANCHES = "".join(f"    if value == {number}:\n        return {number}\n" for number in range(11))
# rule: a file that breaks it; a docstring is added unless the rule is about it
OFFENCES = {
    "C901": f"def branching(value: int) -> int:\n{BRANCHES}    return value\n",
    "PLR0917": "def placed(a, b, c, d, e, f, g):\n    return a, b, c, d, e, f, g\n",
    "N801": "class lower:\n    pass\n",
    "N802": "def Upper() -> None:\n    pass\n",
    "N803": "def argument(Value) -> None:\n    print(Value)\n",
    "N806": "def variable() -> int:\n    Value = 1\n    return Value\n",
    "D100": "number = 1\n",
    "W505": f"# {'x' * 139}\n",
    "T201": "print(1)\n",
    "F401": "import os\n",
    "I001": "import sys\nimport os\n\nprint(os, sys)\n",
    "S102": "exec('1')\n",
}


@pytest.fixture(scope="module")
def complaints(tmp_path_factory) -> str:
    """Lint one file per rule with the options of the project."""
    folder = tmp_path_factory.mktemp("lint")
    shutil.copy(ROOT / "pyproject.toml", folder)
    for rule, source in OFFENCES.items():
        (folder / f"{rule.lower()}.py").write_text(
            source if rule == "D100" else f'"""A module."""\n\n{source}'
        )
    (folder / "package").mkdir()
    (folder / "package/__init__.py").touch()
    command = [Path(sys.executable).parent / "ruff", "check", "--no-cache", "--output-format", "concise", "."]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True).stdout


@pytest.mark.parametrize("rule", OFFENCES)
def test_ruff_notices(complaints, rule):
    assert any(
        line.startswith(f"{rule.lower()}.py:") and f" {rule} " in line for line in complaints.splitlines()
    )


def test_ruff_notices_a_package_without_a_docstring(complaints):
    assert "package/__init__.py:1:1: D104" in complaints
