"""Resolves the requirements into constraints.txt, and checks that it holds on every supported Python."""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS, LOCK = "requirements-dev.txt", "constraints.txt"
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
PLATFORMS = ("x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu")
PIN = re.compile(r"(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^ ;]+)(?: ; (?P<marker>.+))?")
# torch has local build tags that do not exist on other machines; these come with it
WITH_TORCH = ("torch", "nvidia-", "triton", "cuda-")
OTHER_SYSTEMS = re.compile(r"sys_platform == '(?:win32|emscripten)'")


def compile_requirements(*options: str) -> list[re.Match[str]]:
    """Return what uv resolves the requirements into, apart from what comes with torch.

    raises  CalledProcessError with uv's reason in `stderr`
    """
    command = [".venv/bin/uv", "pip", "compile", "--quiet", "--no-header", "--no-annotate", "--system-certs"]
    run = subprocess.run(
        [*command, *options, REQUIREMENTS], cwd=ROOT, check=True, capture_output=True, text=True
    )
    pins = (PIN.fullmatch(line.strip()) for line in run.stdout.splitlines())
    return [pin for pin in pins if pin and not pin["name"].startswith(WITH_TORCH)]


def write_lock() -> None:
    """Write constraints.txt for all versions of Python at once.

    A marker stays only where versions differ: a constraint on a package that nobody needs does no harm.
    """
    pins = compile_requirements("--universal", "--python-version", PYTHONS[0])
    pins = [pin for pin in pins if not OTHER_SYSTEMS.search(pin["marker"] or "")]
    count = Counter(pin["name"] for pin in pins)
    lines = [pin[0] if count[pin["name"]] > 1 else f"{pin['name']}=={pin['version']}" for pin in pins]
    (ROOT / LOCK).write_text("# made by `make lock`\n" + "\n".join(lines) + "\n")


def check_lock() -> list[str]:
    """Return what is wrong: an unpinned package, or one without a wheel for a Python and platform."""
    pinned = {pin["name"] for line in (ROOT / LOCK).read_text().splitlines() if (pin := PIN.fullmatch(line))}
    faults = []
    for version in PYTHONS:
        for platform in PLATFORMS:
            place = f"Python {version} on {platform}"
            options = ["--python-version", version, "--python-platform", platform, "--constraints", LOCK]
            try:
                pins = compile_requirements("--only-binary", ":all:", *options)
            except subprocess.CalledProcessError as error:
                faults.append(f"{place}: {error.stderr.strip()}")
                continue
            loose = sorted({pin["name"] for pin in pins} - pinned)
            faults += [f"{place}: {name} is not pinned" for name in loose]
            sys.stdout.write(f"{place}: {len(pins)} packages\n")
    return faults


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only check, change nothing")
    if parser.parse_args().check:
        sys.exit("\n".join(check_lock()) or None)
    write_lock()


if __name__ == "__main__":
    main()
