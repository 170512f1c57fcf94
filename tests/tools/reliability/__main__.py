"""`make reliability`: nothing is ever lost, whatever ends in the middle.

usage  python -m tests.tools.reliability [all|races|kills|full|doors] [--rounds N] [--seed N]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django

from tests.disks import MOUNTING, may_mount
from tests.guardian import guarded_folder

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ecosystem.settings")
ROOT = Path(__file__).resolve().parents[3]
ROUNDS = {"races": 1000, "kills": 200, "full": 200, "doors": 12}


def in_folder(name: str, play: Callable[..., Any], **facts: Any) -> bool:
    """Play something in a folder of its own, say how it went, and return whether nothing was wrong."""
    with guarded_folder(f"banyan-{name}-") as folder:
        report = play(folder, **facts)
    print("\n".join(report.lines()), flush=True)
    return not report.faults


def kills(rounds: int, seed: int) -> bool:
    from tests.tools.reliability.kills import play

    return in_folder("kills", play, acts=rounds, seed=seed, least=rounds // 8, pause=(0.5, 4))


def races(rounds: int, seed: int) -> bool:
    from tests.tools.reliability.races import play

    return in_folder("races", play, rounds=rounds, seed=seed)


def full(rounds: int, seed: int) -> bool:
    from tests.tools.reliability.full import play

    return in_folder("full", play, acts=rounds, seed=seed, least=rounds // 8, pause=(0.3, 2))


def doors(rounds: int, seed: int) -> bool:
    """Let everybody knock at every door for every kind of repository, and send so many odd requests to each address."""
    tests = ("tests/api/test_permission_matrix.py", "tests/api/test_no_5xx.py")
    command = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "loadfile", "--timeout", "3600", *tests]
    return (
        subprocess.run(
            command, cwd=ROOT, env={**os.environ, "KINDS": "all", "DRAWS": str(rounds)}, check=False
        ).returncode
        == 0
    )


RUNS = {"races": races, "kills": kills, "full": full, "doors": doors}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.tools.reliability")
    parser.add_argument("what", nargs="?", default="all", choices=["all", *RUNS])
    parser.add_argument("--rounds", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    found = parser.parse_args()
    chosen = list(RUNS) if found.what == "all" else [found.what]
    if "full" in chosen and not may_mount():
        os.execvp(MOUNTING[0], [*MOUNTING, sys.executable, "-m", "tests.tools.reliability", *sys.argv[1:]])
    django.setup()
    # each of them is run, whatever became of the one before
    held = [RUNS[name](found.rounds or ROUNDS.get(name, 0), found.seed) for name in chosen]
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
