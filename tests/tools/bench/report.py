"""docs/benchmarks.md: one section a subject, each with its own date, so that a subject can be measured alone."""

from __future__ import annotations

import platform
import re
from datetime import UTC, datetime
from pathlib import Path

import psutil

HEAD = """# Benchmarks

Written by `make bench` (`python -m tests.tools.bench transfers` measures one subject anew). Every figure is a ratio or a difference against a
named peer in the same run, in turns, on one machine that also runs the client; medians. The bare server (`tests/tools/bench/reference.py`)
runs under the same web server with the same settings and only stores the bytes it gets: it checks no token, no hash, no path, and keeps
no history.
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
    return f"{psutil.cpu_count()} cores ({cpu}), {psutil.virtual_memory().total / 2**30:.0f} GiB, Python {platform.python_version()}"


def section(lines: list[str], *, repeats: int) -> str:
    """Return a section's body with where and when it was measured."""
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
    """Return the bodies of a report's sections by their titles."""
    parts = SECTION.split(text)
    return {title: body.strip("\n") + "\n" for title, body in zip(parts[1::2], parts[2::2], strict=True)}


def update(report: Path, measured: dict[str, str], order: list[str]) -> None:
    """Write sections into a report, and keep those that were not measured now."""
    held = sections_of(report.read_text()) if report.exists() else {}
    held |= measured
    text = HEAD + "".join(f"\n## {title}\n\n{held[title]}" for title in order if title in held)
    report.write_text(text)
