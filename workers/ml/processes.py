"""Starts the two child processes of an attempt: the runner and the transfer process."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence

from .child import Child
from .folder import JobFolder
from .sandbox import ROOT, grant_access, runner_command, runner_environment

PASSED_VARIABLES = (
    "PATH",
    "LANG",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
)


def start_runner(
    folder: JobFolder, on_line: Callable[[str], None], *, bubblewrap: str, options: Sequence[str] = ()
) -> Child:
    """Start the runner of a prepared folder.

    bubblewrap  path of the program that isolates it, "" for none
    options     of the runner
    """
    if bubblewrap:
        grant_access(folder)
    command = runner_command(folder, bubblewrap=bubblewrap, options=options)
    return Child(command, runner_environment(folder, dict(os.environ)), folder.run, on_line)


def start_transfer(folder: JobFolder, on_line: Callable[[str], None], *, hub_url: str) -> Child:
    """Start the transfer process, which reads its order from its standard input."""
    home = str(folder.transfer)
    passed = {name: os.environ[name] for name in PASSED_VARIABLES if name in os.environ}
    environment = {
        **passed,
        "HF_HOME": home,
        "HOME": home,
        "HF_ENDPOINT": hub_url,
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    }
    return Child([sys.executable, "-m", "workers.ml.transfer"], environment, folder.transfer, on_line)
