"""mypy is strict; exceptions are listed, and the lists only get shorter."""

import subprocess
import sys
import tomllib

import pytest

from tests.architecture.layers import ROOT

# lower these with each typed module; never raise them
SUBCLASSES_OF_UNTYPED_CLASSES, NOT_STRICT = 5, 0

CONFIG = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mypy"]
OFFENCES = {
    "no-untyped-def": "def untyped(value):\n    return value\n",
    "no-any-return": "import json\n\ndef number(text: str) -> int:\n    return json.loads(text)\n",
    "type-arg": "def first(values: list) -> None:\n    print(values)\n",
    "unused-ignore": "number: int = 1  # type: ignore[assignment]\n",
    "import-not-found": "import a_library_that_nobody_has\n",
}


def modules_without(option: str) -> list[str]:
    """Return the modules whose overrides disable an option."""
    return [
        module
        for override in CONFIG["overrides"]
        if override.get(option) is False
        for module in override["module"]
    ]


def test_mypy_is_strict():
    assert CONFIG["strict"] is True
    assert "ignore_missing_imports" not in CONFIG


def test_the_exceptions_only_shrink():
    assert len(modules_without("disallow_subclassing_any")) <= SUBCLASSES_OF_UNTYPED_CLASSES
    assert len(modules_without("disallow_any_generics")) <= NOT_STRICT


def test_every_exception_is_a_module():
    for module in modules_without("disallow_subclassing_any") + modules_without("disallow_any_generics"):
        path = ROOT / module.replace(".", "/")
        assert path.with_suffix(".py").is_file() or (path / "__init__.py").is_file(), module


@pytest.fixture(scope="module")
def complaints(tmp_path_factory) -> str:
    """Check a file with one violation of each kind with the options of the project, without its plugins."""
    folder = tmp_path_factory.mktemp("types")
    text = (ROOT / "pyproject.toml").read_text()
    plugins = 'plugins = ["mypy_django_plugin.main", "mypy_drf_plugin.main"]\n'
    assert plugins in text
    (folder / "pyproject.toml").write_text(text.replace(plugins, ""))
    for code, source in OFFENCES.items():
        (folder / f"{code.replace('-', '_')}.py").write_text(source)
    command = [sys.executable, "-m", "mypy", "--no-incremental", "."]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True).stdout


@pytest.mark.parametrize("code", OFFENCES)
def test_mypy_notices(complaints, code):
    assert f"[{code}]" in complaints
