"""`make reliability`: nothing is ever lost, whatever ends in the middle.

usage  python -m tests.reliability [all|races|kills|full|doors] [--rounds N] [--seed N]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import django

from tests.conftest import ROOT
from tests.disks import MOUNTING, may_mount

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ecosystem.settings")
ROUNDS = {"races": 1000, "kills": 200, "full": 200, "doors": 12}


def kills(rounds: int, seed: int) -> bool:
    from tests.reliability.kills import play

    with tempfile.TemporaryDirectory(prefix="banyan-kills-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        report = play(folder, acts=rounds, seed=seed, least=rounds // 8, pause=(0.5, 4))
    print("\n".join(report.lines()), flush=True)
    return not report.faults


def races(rounds: int, seed: int) -> bool:
    from tests.reliability.races import play

    with tempfile.TemporaryDirectory(prefix="banyan-races-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        report = play(folder, rounds=rounds, seed=seed)
    print("\n".join(report.lines()), flush=True)
    return not report.faults


def full(rounds: int, seed: int) -> bool:
    from tests.reliability.full import play

    with tempfile.TemporaryDirectory(prefix="banyan-full-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        report = play(folder, acts=rounds, seed=seed, least=rounds // 8, pause=(0.3, 2))
    print("\n".join(report.lines()), flush=True)
    return not report.faults


def doors(rounds: int, seed: int) -> bool:
    """Let everybody knock at every door for every kind of repository, and send so many odd requests to each address."""
    tests = ("tests/api/test_permission_matrix.py", "tests/api/test_no_5xx.py")
    command = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "loadfile", "--timeout", "3600", *tests]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, "DOORS": "all", "DRAWS": str(rounds)}, check=False).returncode == 0


RUNS = {"races": races, "kills": kills, "full": full, "doors": doors}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.reliability")
    parser.add_argument("what", nargs="?", default="all", choices=["all", *RUNS])
    parser.add_argument("--rounds", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    chosen = list(RUNS) if asked.what == "all" else [asked.what]
    if "full" in chosen and not may_mount():
        os.execvp(MOUNTING[0], [*MOUNTING, sys.executable, "-m", "tests.reliability", *sys.argv[1:]])
    django.setup()
    # each of them is run, whatever became of the one before
    held = [RUNS[name](asked.rounds or ROUNDS.get(name, 0), asked.seed) for name in chosen]
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
