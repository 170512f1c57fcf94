"""The local stack stops its processes in an order in which last reports arrive."""

import sys
import time

from ecosystem.services.stack import Child, LocalStack

WAITS = "import signal, sys, time; signal.signal(signal.SIGTERM, lambda *_: sys.exit()); time.sleep(60)"
TAKES_A_WHILE = """
import pathlib, signal, sys, time
def stop(*_):
    time.sleep(1)
    pathlib.Path(sys.argv[1]).write_text("reported")
    sys.exit()
signal.signal(signal.SIGTERM, stop)
pathlib.Path(sys.argv[2]).touch()
time.sleep(60)
"""


def test_the_worker_ends_before_the_site_that_hears_its_last_report(tmp_path):
    report, ready = tmp_path / "report", tmp_path / "ready"
    site = Child("web", [sys.executable, "-c", WAITS], {}, tmp_path / "web.log", grace_seconds=5)
    command = [sys.executable, "-c", TAKES_A_WHILE, str(report), str(ready)]
    worker = Child("ml worker", command, {}, tmp_path / "ml.log", grace_seconds=5, starts_late=True)
    ended = {}
    stack = LocalStack([site, worker], folder=tmp_path, report=print)
    stack.start()
    stack.start(later=True)
    while not ready.exists():
        time.sleep(0.05)
    stop = stack._stop

    def watch(children):
        stop(children)
        ended[children[0].name] = (report.exists(), site.process.poll() is None)

    stack._stop = watch
    stack.stop()

    assert ended == {"ml worker": (True, True), "web": (True, False)}
