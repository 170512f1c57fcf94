"""`manage.py up`: the whole site on one box, until Ctrl-C."""

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
from ecosystem.services.files import close_to_others
from ecosystem.services.postgres import Postgres
from ecosystem.services.processes import (
    front,
    has_front,
    has_ml,
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
    help = "Start everything that is not configured elsewhere: PostgreSQL, Valkey, web, light worker and clock, ML worker. Ctrl-C stops it."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--without-ml", action="store_true", help="leave the machine-learning worker out")

    def handle(self, *args: Any, **options: Any) -> None:
        began = time.monotonic()
        self.is_stop_requested = False
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._ask_to_stop)
        lock = self._claim_folder()
        self._check_port()
        close_to_others(env.DATA_DIR)
        with lock, embedded_services() as services:
            admin, children = self._prepare(without_ml=options["without_ml"])
            stack = LocalStack(children, folder=env.ROOT, tell=self._tell)
            stack.start()
            try:
                self._wait_until_ready(stack)
                if not self.is_stop_requested:
                    stack.start(later=True)
                    self._greet(admin, time.monotonic() - began)
                while not self.is_stop_requested:
                    stack.supervise()
                    self._tend(services)
                    time.sleep(0.25)
            finally:
                self._tell("Stopping …")
                stack.stop()
        self._tell("Stopped. Everything is kept in " + str(env.DATA_DIR))

    def _ask_to_stop(self, number: int, frame: object) -> None:
        self.is_stop_requested = True

    def _tell(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

    def _claim_folder(self) -> IO[str]:
        """Hold the data folder for this process.

        raises  CommandError if another instance holds it
        """
        lock = (env.DATA_DIR / "instance.lock").open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise CommandError(
                f"Another instance (process {lock.read().strip() or 'unknown'}) is using the data folder {env.DATA_DIR}. "
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
        with socket.socket(socket.AF_INET6 if ":" in env.HOST else socket.AF_INET) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                tried.bind((env.HOST, port))
            except PermissionError:
                raise CommandError(
                    f"Port {port} on {env.HOST} is not open to this user. Choose another, above 1023."
                ) from None
            except OSError as error:
                raise CommandError(
                    f"Port {port} on {env.HOST} is taken ({error.strerror}). {self._other_port()}"
                ) from None

    def _other_port(self) -> str:
        """Say what helps: with an https address, the port is that of the address."""
        if has_front() and caddy.is_secure():
            return "Where a proxy of yours speaks TLS for PUBLIC_URL, set TRUSTED_PROXY_COUNT=1."
        return "Choose another: make up PORT=…"

    def _port(self) -> int:
        return caddy.listen_port() if has_front() else env.PORT

    def _prepare(self, *, without_ml: bool) -> tuple[tuple[str, str] | None, list[Child]]:
        from apps.users.accounts.services import first_admin
        from ecosystem.services import prepare

        with_ml = not without_ml and has_ml()
        trial = start_sandbox_trial() if with_ml else None
        # The password of a first start is made after the settings were read.
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
        admin = first_admin()
        try:
            children = [*([front()] if has_front() else []), web(**self._facts_of(trial)), light()]
        except ImproperlyConfigured as error:
            raise CommandError(str(error)) from None
        if with_ml:
            children.append(ml(prepare.worker_token()))
        connection.close()
        return admin, children

    def _facts_of(self, trial: subprocess.Popen[str] | None) -> dict[str, str]:
        """Say why jobs cannot be isolated, and return what the site must then know.

        raises  CommandError if the worker's settings are wrong
        """
        try:
            problem = sandbox_problem(trial) if trial else ""
        except RuntimeError as error:
            raise CommandError(str(error)) from None
        if not problem:
            return {}
        self._tell(f"Jobs cannot be isolated, so only administrators may run them. {problem}")
        self._tell(
            "BANYAN_ISOLATION=off runs everybody's jobs without isolation: only where all of them are trusted."
        )
        return {} if "UNTRUSTED_JOBS" in os.environ else {"UNTRUSTED_JOBS": "false"}

    def _tend(self, services: list[Postgres | Valkey]) -> None:
        """Start an embedded server again that was killed; its data is on disk."""
        for service in services:
            if not service.is_alive() and service.start():
                self._tell(f"{type(service).__name__} had ended and was started again. Log: {service.log}")

    def _wait_until_ready(self, stack: LocalStack) -> None:
        end = time.monotonic() + READY_SECONDS
        while time.monotonic() < end and not self.is_stop_requested:
            if self._is_ready():
                return
            stack.supervise()
            time.sleep(0.05)
        if not self.is_stop_requested:
            raise CommandError(
                f"The site did not become ready in {READY_SECONDS} s; see {env.DATA_DIR / 'logs'}"
            )

    def _is_ready(self) -> bool:
        """Return whether the web server can serve and its port accepts connections."""
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
            "  Point the hub's own tools here:",
            f"    export HF_ENDPOINT={env.PUBLIC_URL}",
            f"    hf auth login --token $(.venv/bin/python manage.py create_token {name} --role write | tail -n 1)",
            "    hf upload my-model ./folder",
            "",
            *(
                []
                if settings.EMAIL_BACKEND != "ecosystem.mail.MailFile"
                else [f"  Mail is kept in {settings.MAIL_FILE}; EMAIL_URL sends it."]
            ),
            f"  Data and logs are in {env.DATA_DIR}. Ctrl-C stops everything; nothing is lost.",
            "",
        ]
        self._tell("\n".join(lines))
