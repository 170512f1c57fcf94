"""Settings and modules are documented, and what the documents name exists."""

import re
import subprocess
from datetime import date
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class

ROOT = Path(__file__).resolve().parents[2]
DECISIONS = ROOT / "docs/decisions"
DECISION = re.compile(
    r"# (?P<number>\d{4}): (?P<title>[^\n]+)\n\n- Date: (?P<date>[^\n]+)\n- Status: (?P<status>[^\n]+)\n"
)
STATUS = re.compile(r"accepted|superseded by \[(\d{4})\]\((\1-[a-z0-9-]+\.md)\)")
LINK = re.compile(r"\[[^\]]*\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)")
FOLDERS = "apps|docs|ecosystem|locale|static|templates|tests|workers"
NAMED_PATH = re.compile(rf"`((?:{FOLDERS})/[\w./*-]+)`")
# a file that the reader creates
CREATED_PATH = re.compile(r"^Create `([^`]+)`:$", re.MULTILINE)
NAMED_MODULE = re.compile(rf"python -m ((?:{FOLDERS})(?:\.\w+)+)")


def settings_read() -> set[str]:
    text = (ROOT / "ecosystem/env.py").read_text() + (ROOT / "ecosystem/settings/accounts.py").read_text()
    return set(re.findall(r"env\.(?:str|int|float|bool|list|dict|email_url)\(\s*\"([A-Z0-9_]+)\"", text))


def test_every_setting_is_documented():
    documented = (ROOT / "docs/settings.md").read_text()

    assert len(settings_read()) > 20
    assert {name for name in settings_read() if f"`{name}`" not in documented} == set()


def test_no_documented_setting_is_gone():
    documented = re.findall(r"^\| `([A-Z0-9_]+)`", (ROOT / "docs/settings.md").read_text(), re.MULTILINE)

    assert set(documented) - settings_read() == set()
    assert len(documented) == len(set(documented))


def test_every_module_has_a_docstring():
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
    # The patterns are written so that they do not match themselves.
    tree = [".", ":!static/vendor", ":!tests/browser/vendor"]
    found = subprocess.run(
        ["git", "grep", "-nIE", form, "--", *tree], cwd=ROOT, capture_output=True, text=True
    )

    assert found.stdout == ""


def papers() -> list[Path]:
    return [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]


def anchors(paper: Path) -> set[str]:
    """Return the anchors of the headings of a document, as GitHub generates them."""
    headings = re.findall(r"^#+ (.+)$", paper.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def leads_somewhere(paper: Path, target: str, anchor: str) -> bool:
    file = (paper.parent / target).resolve() if target else paper
    return file.exists() and (not anchor or anchor in anchors(file))


@pytest.mark.parametrize("paper", papers(), ids=lambda paper: str(paper.relative_to(ROOT)))
def test_what_a_paper_links_or_names_exists(paper):
    text = paper.read_text()
    modules = [module.replace(".", "/") for module in NAMED_MODULE.findall(text)]

    links = [found for found in LINK.findall(text) if not leads_somewhere(paper, *found)]
    named = set(NAMED_PATH.findall(text)) - set(CREATED_PATH.findall(text))
    paths = [path for path in named if not any(ROOT.glob(path.rstrip("/")))]
    gone = [module for module in modules if not any(ROOT.glob(f"{module}*"))]

    assert (links, paths, gone) == ([], [], [])


def decisions() -> list[Path]:
    return sorted(file for file in DECISIONS.glob("*.md") if file.name != "README.md")


@pytest.mark.parametrize("file", decisions(), ids=lambda file: file.stem)
def test_a_decision_has_a_number_a_date_and_a_status(file):
    head = DECISION.match(file.read_text())

    assert head
    assert file.name.startswith(f"{head['number']}-")
    assert date.fromisoformat(head["date"])
    assert STATUS.fullmatch(head["status"])


def test_decisions_are_numbered_without_a_gap_and_listed():
    files = decisions()
    heads = [DECISION.match(file.read_text()) for file in files]
    rows = [
        f"| {head['number']} | [{head['title']}]({file.name}) | {head['date']} | {head['status']} |"
        for head, file in zip(heads, files, strict=True)
        if head
    ]

    assert [int(file.name[:4]) for file in files] == list(range(1, len(files) + 1))
    assert re.findall(r"^\| \d{4} \|.+$", (DECISIONS / "README.md").read_text(), re.MULTILINE) == rows


def test_commands_that_papers_name_exist():
    named = {name for paper in papers() for name in re.findall(r"manage\.py ([a-z_]+)", paper.read_text())}

    assert len(named) > 10
    assert named - set(get_commands()) == set()


def test_options_that_operators_are_told_of_exist():
    """Options in the tables of a command's section, and those in its examples."""
    operations = (ROOT / "docs/operations.md").read_text()
    named = set(re.findall(r"manage\.py (backup|restore|verify)[^\n`]*? (--[a-z-]+)", operations))
    named |= {("backup", option) for option in re.findall(r"^\| `(--[a-z-]+)", operations, re.MULTILINE)}

    known = {
        (name, option)
        for name in ("backup", "restore", "verify")
        for option in load_command_class("ecosystem", name)
        .create_parser("manage.py", name)
        ._option_string_actions
    }
    assert len(named) >= 5
    assert named - known == set()


@pytest.mark.parametrize("unit", sorted((ROOT / "docs/systemd").iterdir()), ids=lambda unit: unit.name)
def test_a_unit_starts_what_exists(unit):
    text = unit.read_text()
    commands = set(re.findall(r"manage\.py ([a-z_]+)", text))
    modules = {name.replace(".", "/") for name in re.findall(r"celery -A ([a-z.]+)", text)}

    assert f"systemd/{unit.name}" in (ROOT / "docs/operations.md").read_text()
    assert commands - set(get_commands()) == set()
    assert [name for name in modules if not any(ROOT.glob(f"{name}*"))] == []


def test_events_and_metrics_that_operators_watch_exist():
    operations = (ROOT / "docs/operations.md").read_text()
    folders = ("apps", "ecosystem", "workers")
    code = "\n".join(file.read_text() for folder in folders for file in (ROOT / folder).rglob("*.py"))
    events = set(re.findall(r"^\| log event `([a-z_.]+)`", operations, re.MULTILINE))
    metrics = set(re.findall(r"^\| `(banyan_\w+)`", operations, re.MULTILINE))

    assert len(events) > 3
    assert {name for name in events | metrics if f'"{name}"' not in code} == set()
