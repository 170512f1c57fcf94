"""`make reliability`: no acknowledged data is lost when processes are killed, race or run out of disk space.

usage  python -m tests.tools.reliability [all|races|kills|full|policies] [--rounds N] [--seed N]
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
ROUNDS = {"races": 1000, "kills": 200, "full": 200, "policies": 12}


def run_in_folder(name: str, play: Callable[..., Any], **facts: Any) -> bool:
    """Run `play` in a temporary folder, print its report and return whether it has no faults."""
    with guarded_folder(f"banyan-{name}-") as folder:
        report = play(folder, **facts)
    print("\n".join(report.lines()), flush=True)
    return not report.faults


def kills(rounds: int, seed: int) -> bool:
    from tests.tools.reliability.kills import play

    return run_in_folder("kills", play, acts=rounds, seed=seed, least=rounds // 8, pause=(0.5, 4))


def races(rounds: int, seed: int) -> bool:
    from tests.tools.reliability.races import play

    return run_in_folder("races", play, rounds=rounds, seed=seed)


def full(rounds: int, seed: int) -> bool:
    from tests.tools.reliability.full import play

    return run_in_folder("full", play, acts=rounds, seed=seed, least=rounds // 8, pause=(0.3, 2))


def policies(rounds: int, seed: int) -> bool:
    """Run the permission matrix with all kinds and callers, and the malformed requests with more rounds."""
    tests = ("tests/api/test_permission_matrix.py", "tests/api/test_no_5xx.py")
    command = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "loadfile", "--timeout", "3600", *tests]
    return (
        subprocess.run(
            command, cwd=ROOT, env={**os.environ, "KINDS": "all", "DRAWS": str(rounds)}, check=False
        ).returncode
        == 0
    )


RUNS = {"races": races, "kills": kills, "full": full, "policies": policies}


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
    # Run all of them, even after a failure.
    outcomes = [RUNS[name](found.rounds or ROUNDS.get(name, 0), found.seed) for name in chosen]
    return 0 if all(outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
