"""Writes docs/benchmarks.md: one dated section per subject, so that subjects can be measured separately."""

from __future__ import annotations

import platform
import re
from datetime import UTC, datetime
from pathlib import Path

import psutil

HEAD = """# Benchmarks

Written by `make bench`; `python -m tests.tools.bench transfers` measures one subject again. Every figure is
a ratio or a difference to a named peer in the same run: medians of alternating rounds on one machine that
also runs the client. The bare server (`tests/tools/bench/reference.py`) runs under the same web server with
the same settings and only stores bytes, without checking tokens, hashes or paths, and without history.
"""
SECTION = re.compile(r"^## (.+)\n", re.MULTILINE)


def row(*cells: object) -> str:
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def table(*titles: str) -> list[str]:
    """Return the first two lines of a table."""
    return [row(*titles), row(*["---"] * len(titles))]


def yes_or_no(holds: bool) -> str:
    return "yes" if holds else "**no**"


def machine() -> str:
    facts = Path("/proc/cpuinfo").read_text().splitlines()
    cpu = next((line.split(": ")[1] for line in facts if line.startswith("model name")), platform.machine())
    memory = f"{psutil.virtual_memory().total / 2**30:.0f} GiB"
    return f"{psutil.cpu_count()} cores ({cpu}), {memory}, Python {platform.python_version()}"


def section(lines: list[str], *, repeats: int) -> str:
    """Return the body of a section with the machine and date of measurement."""
    return (
        "\n".join(
            [
                *lines,
                "",
                f"{machine()}, {repeats} rounds of transfers and training, {datetime.now(UTC).date()}.",
            ]
        )
        + "\n"
    )


def sections_of(text: str) -> dict[str, str]:
    """Return the sections of a report by title."""
    parts = SECTION.split(text)
    return {title: body.strip("\n") + "\n" for title, body in zip(parts[1::2], parts[2::2], strict=True)}


def update(report: Path, measured: dict[str, str], order: list[str]) -> None:
    """Write sections into a report and keep the others."""
    sections = sections_of(report.read_text()) if report.exists() else {}
    sections |= measured
    text = HEAD + "".join(f"\n## {title}\n\n{sections[title]}" for title in order if title in sections)
    report.write_text(text)
