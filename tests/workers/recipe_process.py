"""A process that runs one prepared folder after another: the libraries load once for all tests.

It reads folders from its input and says, like a runner, JSON lines; {"kind": "end"} closes each folder.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from workers.ml.runner import open_run, perform


def main() -> None:
    folders, protocol = os.fdopen(os.dup(0)), os.dup(1)
    for line in folders:
        never_closed, _ = os.pipe()
        os.dup2(never_closed, 0)
        os.dup2(protocol, 1)
        os.write(_, b"start\n")
        sys.stdin = os.fdopen(os.dup(0))
        run = open_run(Path(line.strip()))
        status = perform(run)
        run.voice.say("end", {"status": status})


if __name__ == "__main__":
    main()
