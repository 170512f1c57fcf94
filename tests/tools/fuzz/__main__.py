"""`make fuzz`: malformed requests to every protocol of a throw-away local stack.

usage  python -m tests.tools.fuzz [hub] [lfs] [xet] [git] [--seconds N] [--seed N]; all four by default
       python -m tests.tools.fuzz api …; the REST API, generated from its OpenAPI document
"""

from __future__ import annotations

import argparse
import os
import sys
from importlib import import_module

import django

from tests.guardian import guarded_folder

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ecosystem.settings")


def main() -> int:
    django.setup()
    if sys.argv[1:2] == ["api"]:
        return import_module("tests.tools.fuzz.api").main(sys.argv[2:])
    from tests.tools.fuzz.run import PROTOCOLS, play
    from tests.tools.fuzz.world import World

    parser = argparse.ArgumentParser(prog="python -m tests.tools.fuzz")
    parser.add_argument("protocols", nargs="*", metavar="protocol", help=" ".join(PROTOCOLS))
    parser.add_argument("--seconds", type=float, default=60, help="for each protocol")
    parser.add_argument("--seed", type=int, default=1)
    found = parser.parse_args()
    if unknown := set(found.protocols) - set(PROTOCOLS):
        parser.error(f"no such protocol: {', '.join(sorted(unknown))}")
    faults = 0
    with guarded_folder("banyan-fuzz-") as folder:
        world = World.begin(folder)
        try:
            for protocol in found.protocols or PROTOCOLS:
                result = play(world, protocol, seconds=found.seconds, seed=found.seed)
                print(
                    "\n".join([result.line(), f"  slowest: {result.slowest}", *result.faults[:30]]),
                    flush=True,
                )
                faults += len(result.faults)
        finally:
            world.end()
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
