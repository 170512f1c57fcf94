"""`make bench`: compares this site with named peers and writes docs/benchmarks.md.

usage  python -m tests.tools.bench [start] [transfers] [edits] [parallel] [git] [training] [queueing]
       [lists] [community]
"""

from __future__ import annotations

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ecosystem.settings")
django.setup()

import sys
import time

from tests.conftest import ROOT
from tests.guardian import guarded_folder
from tests.system.local_stack import TestStack
from tests.tools.bench.report import section, update
from tests.tools.bench.subjects import OWNER, REPEATS, SUBJECTS, Bench

REPORT = ROOT / "docs" / "benchmarks.md"


def main(wanted: list[str]) -> None:
    """Measure subjects one after the other, and write each result at once."""
    unknown = set(wanted) - set(SUBJECTS)
    if unknown:
        sys.exit(f"Unknown subjects: {', '.join(sorted(unknown))}. Choose from: {', '.join(SUBJECTS)}.")
    titles = [title for title, _ in SUBJECTS.values()]
    with guarded_folder("banyan-bench-") as folder:
        stack = TestStack(folder / "stack", settings={"ECOSYSTEM_TEST": "0"})
        stack.start()
        try:
            (token,) = stack.people(OWNER)
            for name in wanted or SUBJECTS:
                title, measure = SUBJECTS[name]
                began = time.monotonic()
                body = section(measure(Bench(stack, token, folder)), repeats=REPEATS)
                update(REPORT, {title: body}, titles)
                print(f"## {title} ({time.monotonic() - began:.0f} s)\n\n{body}", flush=True)
        finally:
            stack.stop()


if __name__ == "__main__":
    main(sys.argv[1:])
