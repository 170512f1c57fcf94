"""`manage.py up`: run the whole site on one machine until Ctrl-C."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import subprocess
import time
from http.client import HTTPException
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from ecosystem import env
from ecosystem.services import caddy, embedded_services, probe
from ecosystem.services.files import restrict_permissions
from ecosystem.services.postgres import Postgres
from ecosystem.services.processes import (
    front,
    has_front,
    has_ml_dependencies,
    light,
    ml,
    sandbox_problem,
    start_sandbox_trial,
    web,
    web_socket,
)
from ecosystem.services.stack import Child, LocalStack
from ecosystem.services.valkey import Valkey

READY_SECONDS = 60


class Command(BaseCommand):
    help = (
        "Start the site: PostgreSQL and Valkey unless configured elsewhere, reverse proxy, web server, "
        "light worker, ML worker. Ctrl-C stops it."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument(
            "--without-ml", action="store_true", help="don't start the machine-learning worker"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        began = time.monotonic()
        self.is_stop_requested = False
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._request_stop)
        lock = self._lock_folder()
        self._check_port()
        restrict_permissions(env.DATA_DIR)
        with lock, embedded_services() as services:
            admin, children = self._prepare(without_ml=options["without_ml"])
            stack = LocalStack(children, folder=env.ROOT, report=self._print)
            stack.start()
            try:
                self._wait_until_ready(stack)
                if not self.is_stop_requested:
                    stack.start(later=True)
                    self._greet(admin, time.monotonic() - began)
                while not self.is_stop_requested:
                    stack.supervise()
                    self._restart_services(services)
                    time.sleep(0.25)
            finally:
                self._print("Stopping …")
                stack.stop()
        self._print(f"Stopped. All data is in {env.DATA_DIR}")

    def _request_stop(self, number: int, frame: object) -> None:
        self.is_stop_requested = True

    def _print(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

    def _lock_folder(self) -> IO[str]:
        """Lock the data folder.

        raises  CommandError if another instance uses it
        """
        lock = (env.DATA_DIR / "instance.lock").open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            owner = lock.read().strip() or "unknown"
            raise CommandError(
                f"Another instance (process {owner}) is using the data folder {env.DATA_DIR}. "
                "Stop it, or choose another folder: make up DATA_DIR=… PORT=…"
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        return lock

    def _check_port(self) -> None:
        if env.WEB_SOCKET:
            return
        port = self._port()
        with socket.socket(socket.AF_INET6 if ":" in env.HOST else socket.AF_INET) as probe_socket:
            probe_socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe_socket.bind((env.HOST, port))
            except PermissionError:
                raise CommandError(
                    f"This user may not use port {port} on {env.HOST}. Choose one above 1023."
                ) from None
            except OSError as error:
                raise CommandError(
                    f"Port {port} on {env.HOST} is in use ({error.strerror}). {self._port_hint()}"
                ) from None

    def _port_hint(self) -> str:
        """Return a hint; with an https PUBLIC_URL, the port is part of the URL."""
        if has_front() and caddy.is_secure():
            return "If your own proxy terminates TLS for PUBLIC_URL, set TRUSTED_PROXY_COUNT=1."
        return "Choose another: make up PORT=…"

    def _port(self) -> int:
        return caddy.listen_port() if has_front() else env.PORT

    def _prepare(self, *, without_ml: bool) -> tuple[tuple[str, str] | None, list[Child]]:
        from apps.users.accounts.checks import check_reserved_names
        from apps.users.accounts.services import create_first_admin
        from ecosystem.services import prepare

        with_ml = not without_ml and has_ml_dependencies()
        trial = start_sandbox_trial() if with_ml else None
        # On the first start, the database password is created after the settings are read.
        connection.settings_dict.update(
            {
                key: value
                for key, value in env.database().items()
                if key in ("HOST", "USER", "PASSWORD", "NAME")
            }
        )
        prepare.migrate()
        prepare.translations()
        prepare.static_files()
        prepare.spool()
        admin = create_first_admin()
        for message in check_reserved_names(None, databases=["default"]):
            self._print(f"WARNING: {message.msg}\n         {message.hint}")
        try:
            children = [*([front()] if has_front() else []), web(**self._sandbox_settings(trial)), light()]
        except ImproperlyConfigured as error:
            raise CommandError(str(error)) from None
        if with_ml:
            children.append(ml(prepare.worker_token()))
        connection.close()
        return admin, children

    def _sandbox_settings(self, trial: subprocess.Popen[str] | None) -> dict[str, str]:
        """Print why jobs cannot be isolated, and return the web server's settings for that case.

        raises  CommandError if the worker's settings are invalid
        """
        try:
            problem = sandbox_problem(trial) if trial else ""
        except RuntimeError as error:
            raise CommandError(str(error)) from None
        if not problem:
            return {}
        self._print(f"Jobs cannot be isolated, so only administrators can run them. {problem}")
        self._print("If you trust every user, BANYAN_ISOLATION=off runs all jobs without isolation.")
        return {} if "UNTRUSTED_JOBS" in os.environ else {"UNTRUSTED_JOBS": "false"}

    def _restart_services(self, services: list[Postgres | Valkey]) -> None:
        """Restart embedded servers that exited; their data is on disk."""
        for service in services:
            if not service.is_alive() and service.start():
                self._print(f"{type(service).__name__} exited and was restarted. Log: {service.log}")

    def _wait_until_ready(self, stack: LocalStack) -> None:
        end = time.monotonic() + READY_SECONDS
        while time.monotonic() < end and not self.is_stop_requested:
            if self._is_ready():
                return
            stack.supervise()
            time.sleep(0.05)
        if not self.is_stop_requested:
            raise CommandError(
                f"The site was not ready after {READY_SECONDS} s. See the logs in {env.DATA_DIR / 'logs'}"
            )

    def _is_ready(self) -> bool:
        """Return whether the web server is ready and its port accepts connections."""
        host = "127.0.0.1" if env.HOST in caddy.ALL_ADDRESSES else env.HOST
        try:
            if env.WEB_SOCKET:
                return probe.is_ready(socket_path=Path(env.WEB_SOCKET), address=(host, env.PORT))
            with socket.create_connection((host, self._port()), timeout=2):
                return probe.is_ready(
                    socket_path=web_socket() if has_front() else None, address=(host, env.PORT)
                )
        except (OSError, HTTPException):
            return False

    def _greet(self, admin: tuple[str, str] | None, seconds: float) -> None:
        lines = ["", f"  {env.SITE_NAME} is up at {env.PUBLIC_URL}  ({seconds:.1f} s)"]
        if admin:
            lines += ["", f"  Administrator      {admin[0]}", f"  One-time password  {admin[1]}"]
        name = admin[0] if admin else "NAME"
        lines += [
            "",
            "  Connect your tools:",
            f"    export HF_ENDPOINT={env.PUBLIC_URL}",
            f"    hf auth login --token "
            f"$(.venv/bin/python manage.py create_token {name} --role write | tail -n 1)",
            "    hf upload my-model ./folder",
            "",
            *(
                []
                if settings.EMAIL_BACKEND != "ecosystem.mail.MailFile"
                else [f"  Email is written to {settings.MAIL_FILE}. Set EMAIL_URL to send it."]
            ),
            f"  Data and logs are in {env.DATA_DIR}. Press Ctrl-C to stop.",
            "",
        ]
        self._print("\n".join(lines))
