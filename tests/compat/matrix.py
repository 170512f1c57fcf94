"""`make matrix`: runs all clients and writes what works with which version into docs/protocols/hub.md.

usage  python -m tests.compat.matrix [pytest arguments]
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs" / "protocols" / "hub.md"
BEGIN, END = "<!-- matrix: written by make matrix -->", "<!-- end of the matrix -->"
NOTE = (
    "A cell is empty where that version has no such method, always asks the hosted hub (cards before "
    "version 2), or is not tried: of 0.36 only what it does in its own way."
)
WORDS = {True: "yes", False: "**no**", None: ""}


def row(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


def table(methods: dict[str, dict[str, bool]], seen: list[str]) -> list[str]:
    lines = [row("method", *seen), row(*["---"] * (len(seen) + 1))]
    return lines + [
        row(f"`{name}`", *(WORDS[methods[name].get(one)] for one in seen)) for name in sorted(methods)
    ]


def others(found: dict[str, dict[str, dict[str, bool]]]) -> list[str]:
    """Return a row for each other client: what works and what does not."""
    lines = [row("client", "works", "does not"), row(*["---"] * 3)]
    for client in sorted(found):
        seen = next(one for held in found[client].values() for one in held)
        works = {name: all(held.values()) for name, held in found[client].items()}
        lines.append(
            row(
                seen,
                *(
                    ", ".join(f"`{name}`" for name in sorted(works) if works[name] is holds)
                    for holds in (True, False)
                ),
            )
        )
    return lines


def release_of(label: str) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", label)]


def page_with(text: str, found: dict[str, dict[str, dict[str, bool]]], date: str) -> str:
    """Return the page with the tables between their markers, added before its last paragraph if missing."""
    hub = found.pop("huggingface_hub", {})
    seen = sorted({one for held in hub.values() for one in held}, key=release_of, reverse=True)
    lines = [
        BEGIN,
        "",
        "## What works with which client",
        "",
        f"Written by `make matrix` on {date}.",
        NOTE,
    ]
    lines += ["", *table(hub, seen), "", *others(found), "", END]
    if BEGIN not in text:
        head, _, last = text.rstrip().rpartition("\n\n")
        text = f"{head}\n\n{BEGIN}\n{END}\n\n{last}\n"
    before, _, rest = text.partition(BEGIN)
    return before + "\n".join(lines) + rest.partition(END)[2]


def main(arguments: list[str]) -> int:
    with tempfile.TemporaryDirectory() as folder:
        record = Path(folder) / "record.json"
        command = [sys.executable, "-m", "pytest", "-m", "method", *(arguments or ["tests/compat"])]
        status = subprocess.run(
            command, cwd=ROOT, env={**os.environ, "MATRIX_FILE": str(record), "MATRIX": "1"}, check=False
        ).returncode
        found = json.loads(record.read_text())
    PAGE.write_text(page_with(PAGE.read_text(), found, str(datetime.now(UTC).date())))
    print(f"Wrote {PAGE.relative_to(ROOT)}")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
