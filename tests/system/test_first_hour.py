"""The change of your own in docs/first-hour.md, made in a copy of the tree as a newcomer would make it.

A block says above its fence what to do with it: ``Create `path`:``, ``In `path`, after `line`:`` or
``In `path`, replace `line` with:``. Fences of commands (sh) are run. Everything else is an error.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs/first-hour.md"
HEADING = "## A change of your own"
FENCE = re.compile(
    r"^(?:(?P<lead>[^\n]+)\n)?\n?```(?P<kind>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)


def span(name: str) -> str:
    """Return the pattern of code in Markdown, which has two backticks around it if it contains some."""
    return rf"(?P<{name}_quote>`+) ?(?P<{name}>.+?) ?(?P={name}_quote)"


CREATE = re.compile(f"Create {span('path')}:")
AFTER = re.compile(f"In {span('path')}, after {span('line')}:")
REPLACE = re.compile(f"In {span('path')}, replace {span('line')} with:")
COMMAND_SECONDS = 280


class WrongDocument(AssertionError):
    """The document does not fit the tree."""


def fences(section: str) -> Iterator[re.Match[str]]:
    """Yield each fence with the line above it."""
    found = list(FENCE.finditer(section))
    if section.count("```") != 2 * len(found):
        raise WrongDocument("a fence is not closed")
    yield from found


def line_number(text: str, line: str) -> int:
    """Return the number of a line, compared without its indentation; there must be exactly one."""
    numbers = [number for number, one in enumerate(text.splitlines()) if one.strip() == line.strip()]
    if len(numbers) != 1:
        raise WrongDocument(f"{len(numbers)} lines are {line!r}")
    return numbers[0]


def apply_block(tree: Path, lead: str, text: str) -> None:
    """Create or edit the file that the line above a fence names."""
    if create := CREATE.fullmatch(lead):
        file = tree / create["path"]
        if file.exists():
            raise WrongDocument(f"{create['path']} exists")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return
    edit = AFTER.fullmatch(lead) or REPLACE.fullmatch(lead)
    if edit is None:
        raise WrongDocument(f"no file is named above a fence: {lead!r}")
    file = tree / edit["path"]
    lines = file.read_text().splitlines(keepends=True)
    number = line_number("".join(lines), edit["line"])
    lines[number + 1 : number + 1] = [text]
    if edit.re is REPLACE:
        del lines[number]
    file.write_text("".join(lines))


def run(tree: Path, command: str) -> None:
    kept = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "USER")
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    done = subprocess.run(
        command,
        shell=True,
        cwd=tree,
        env=environment,
        capture_output=True,
        text=True,
        timeout=COMMAND_SECONDS,
    )
    if done.returncode:
        raise WrongDocument(f"{command}\n{done.stdout[-6000:]}\n{done.stderr[-4000:]}")


def play(tree: Path, document: str) -> list[str]:
    """Apply the blocks and run the commands of a document, in order; return the commands."""
    commands = []
    for fence in fences(document[document.index(HEADING) :]):
        if fence["kind"] == "sh":
            for command in fence["text"].splitlines():
                run(tree, command)
                commands.append(command)
        else:
            apply_block(tree, fence["lead"] or "", fence["text"])
    return commands


def git(tree: Path, *words: str) -> str:
    return subprocess.run(["git", *words], cwd=tree, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def tree() -> Iterator[Path]:
    """A checkout with the files of this one as they are now, and its environment.

    Its path is short: PostgreSQL's socket lies in its data folder.
    """
    with tempfile.TemporaryDirectory(prefix="first-hour-", dir="/tmp") as folder:
        yield _copy_of_this_tree(Path(folder) / "banyan")


def _copy_of_this_tree(copy: Path) -> Path:
    for name in git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0"):
        if name and (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)
    (copy / ".venv").symlink_to(sys.prefix)
    git(copy, "init", "--quiet")
    git(copy, "add", "--all")
    return copy


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_change_of_your_own_passes_its_checks(tree):
    commands = play(tree, DOCUMENT.read_text())

    assert any("makemigrations --check" in command for command in commands)
    assert any("lint-imports" in command for command in commands)
    assert any("tests/architecture" in command for command in commands)


LEAD = "In `a.toml`, after `[one]`:"


@pytest.mark.parametrize(
    ("lead", "expected"),
    [
        (LEAD, "[one]\nnew\n  two = 2\n"),
        ("In `a.toml`, after `two = 2`:", "[one]\n  two = 2\nnew\n"),
        ("In `a.toml`, replace `two = 2` with:", "[one]\nnew\n"),
    ],
)
def test_a_block_is_put_where_its_line_says(tmp_path, lead, expected):
    (tmp_path / "a.toml").write_text("[one]\n  two = 2\n")

    apply_block(tmp_path, lead, "new\n")

    assert (tmp_path / "a.toml").read_text() == expected


def test_a_line_may_contain_backticks(tmp_path):
    (tmp_path / "a.md").write_text("| `page` |\n")

    apply_block(tmp_path, "In `a.md`, after `` | `page` | ``:", "| `other` |\n")

    assert (tmp_path / "a.md").read_text() == "| `page` |\n| `other` |\n"


@pytest.mark.parametrize(
    "document",
    [
        "In `a.toml`, after `[other]`:\n\n```toml\nnew\n```\n",
        "In `a.toml`, after `two`:\n\n```toml\nnew\n```\n",
        "Create `a.toml`:\n\n```toml\nnew\n```\n",
        "Some words.\n\n```toml\nnew\n```\n",
        "Create `b.toml`:\n\n```toml\nnew\n",
        "```sh\nfalse\n```\n",
    ],
    ids=["changed line", "two such lines", "file exists", "no file", "open fence", "failing command"],
)
def test_a_document_that_does_not_fit_is_an_error(tmp_path, document):
    (tmp_path / "a.toml").write_text("[one]\ntwo\ntwo\n")

    with pytest.raises(WrongDocument):
        play(tmp_path, f"{HEADING}\n\n{document}")
