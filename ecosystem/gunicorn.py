"""gunicorn's settings: threads for long streams, few processes, access logged by the site itself."""

import gc
import sys
import warnings
from typing import Any

from prometheus_client import multiprocess

from ecosystem import env
from ecosystem.later import load_later

bind = f"unix:{env.WEB_SOCKET}" if env.WEB_SOCKET else f"{env.HOST}:{env.PORT}"
umask = 0o077
worker_class = "gthread"
workers = env.WEB_WORKERS
threads = env.WEB_THREADS
timeout = 120
graceful_timeout = 5
keepalive = 15
# Loaded once: the workers share what does not change, and one that died is back at once.
preload_app = True
worker_tmp_dir = "/dev/shm"  # noqa: S108
forwarded_allow_ips = "*" if env.TRUSTED_PROXY_COUNT else "127.0.0.1"
limit_request_line = 8190
accesslog = None
errorlog = "-"
proc_name = "banyan-web"

# Django's tests, which the API's document loads, Celery and requests take these where they are installed, and do without them
# elsewhere. A page of Python objects is soon a copy in each process: so the web server does without.
for name in ("jinja2", "greenlet", "chardet", "charset_normalizer"):
    sys.modules[name] = None  # type: ignore[assignment]
warnings.filterwarnings("ignore", message="Unable to find acceptable character detection")
# Nobody asks for these every day: security keys with the list of all public suffixes, addresses of programs that sign in,
# requests of tests, of which the API's document makes some.
load_later("allauth.mfa.webauthn.internal.auth")
load_later("requests")
load_later("rest_framework.test", "APIRequestFactory")
# Django's requests point at themselves, and hold a list of every address that was tried: only the collector frees them.
# It looks at nothing that was loaded before, so a full round is quick.
gc.set_threshold(700, 5, 2)
gc.disable()


def when_ready(server: object) -> None:
    """Leave what was loaded alone: a collector that walked over it would make each worker's own copy of it."""
    gc.collect()
    gc.freeze()
    gc.enable()


def child_exit(server: object, worker: Any) -> None:
    """Forget the live gauges of a worker that ended."""
    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
