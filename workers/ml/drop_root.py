"""Drops root for good and runs another program: `python drop_root.py ID PROGRAM …`. Standard library only."""

import os
import sys


def main() -> None:
    number, command = int(sys.argv[1]), sys.argv[2:]
    os.setgroups([])
    os.setresgid(number, number, number)
    os.setresuid(number, number, number)
    os.execv(command[0], command)


if __name__ == "__main__":
    main()
