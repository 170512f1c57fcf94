"""Documentation that has to exist."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def settings_read() -> set[str]:
    text = (ROOT / "ecosystem/env.py").read_text() + (ROOT / "ecosystem/settings/accounts.py").read_text()
    return set(re.findall(r"env\.(?:str|int|float|bool|list|email_url)\(\s*\"([A-Z0-9_]+)\"", text))


def test_every_setting_is_documented():
    documented = (ROOT / "docs/settings.md").read_text()

    assert len(settings_read()) > 20
    assert {name for name in settings_read() if f"`{name}`" not in documented} == set()


def test_no_documented_setting_is_gone():
    documented = set(re.findall(r"^\| `([A-Z0-9_]+)`", (ROOT / "docs/settings.md").read_text(), re.MULTILINE))

    assert documented - settings_read() == set()


def test_modules_say_what_stands_in_them():
    silent = []
    for folder in ("apps", "ecosystem", "workers"):
        for file in (ROOT / folder).rglob("*.py"):
            text = file.read_text().lstrip()
            if text and "migrations" not in file.parts and not text.startswith('"""'):
                silent.append(str(file.relative_to(ROOT)))

    assert silent == []


@pytest.mark.parametrize(
    "form",
    [
        r"python[h]osted|registry[.]npmjs|deb[.]debian[.]org|pypi[.]org/simple",
        r"(^|[^A-Za-z0-9_.])/(work|farm)/|/(root)/",
    ],
)
def test_no_file_names_a_registry_host_or_a_path_of_one_machine(form):
    # The forms are written so that they do not fit themselves.
    tree = [".", ":!static/vendor", ":!tests/browser/vendor"]
    found = subprocess.run(
        ["git", "grep", "-nIE", form, "--", *tree], cwd=ROOT, capture_output=True, text=True
    )

    assert found.stdout == ""
