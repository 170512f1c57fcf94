"""The demo's site: the running one, or a temporary one."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator

from ecosystem import env

START_SECONDS = 120


def is_up() -> bool:
    try:
        with urllib.request.urlopen(f"{env.PUBLIC_URL}/readyz", timeout=2):
            return True
    except OSError:
        return False


def _start(report: Callable[[str], None]) -> subprocess.Popen[bytes]:
    """Start the site and wait for it.

    raises  RuntimeError with the end of its log if it exits instead
    """
    log = env.DATA_DIR / "logs" / "up.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "up"], cwd=env.ROOT, stdout=out, stderr=out, start_new_session=True
        )
    end = time.monotonic() + START_SECONDS
    while " is up at " not in log.read_text(errors="replace"):
        if process.poll() is not None or time.monotonic() > end:
            process.terminate()
            raise RuntimeError(log.read_text(errors="replace")[-2000:])
        time.sleep(0.2)
    report(log.read_text().strip("\n"))
    return process


@contextlib.contextmanager
def demo_site(*, keep: bool, report: Callable[[str], None]) -> Iterator[str]:
    """Yield the site's URL; stop a site that was started here unless `keep` is set."""
    if is_up():
        yield env.PUBLIC_URL
        return
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    process = _start(report)
    try:
        yield env.PUBLIC_URL
    finally:
        if keep:
            report(f"The site keeps running at {env.PUBLIC_URL}. Stop it with: kill {process.pid}")
        else:
            process.terminate()
            process.wait(60)
            report("The site was stopped. `make up` starts it again with the same data.")
