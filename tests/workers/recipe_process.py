"""A process that runs recipes on one prepared folder after another; libraries load once for all tests.

It reads folders from its input and writes events like a runner; {"kind": "end"} ends each folder.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from workers.ml.runner import open_context, run_recipe


def main() -> None:
    folders, protocol = os.fdopen(os.dup(0)), os.dup(1)
    for line in folders:
        commands, never_closed = os.pipe()
        os.dup2(commands, 0)
        os.dup2(protocol, 1)
        os.write(never_closed, b"start\n")
        sys.stdin = os.fdopen(os.dup(0))
        context = open_context(Path(line.strip()))
        status = run_recipe(context)
        context.events.emit("end", {"status": status})


if __name__ == "__main__":
    main()
