"""One attempt at a job: fetch, run the recipe in its sandbox, hand in, publish."""

from __future__ import annotations

import json
import math
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from apps.toolchain.jobs.contracts import (
    Claim,
    ContractError,
    EvaluationResult,
    Event,
    EventKind,
    Fault,
    JobKind,
    RunState,
    config_hash,
    fault_of,
)

from .child import Child
from .disk import DiskGuard
from .faults import Cancelled, JobFault, LeaseLost, OurFault, OutOfTime, SaidFault, YourFault
from .folder import JobFolder
from .hardware import hardware, versions
from .hub import Hub
from .memory import MemoryGuard, end_all, kernel_kills, strays, too_large
from .reporter import Reporter
from .sandbox import ROOT, admit, runner_command, runner_environment, trial_of
from .settings import Isolation, WorkerSettings

GRACE_SECONDS = {Cancelled: 2.0, OurFault: 10.0, OutOfTime: 10.0}
OUT_OF_MEMORY = (-signal.SIGKILL, 128 + signal.SIGKILL)
# what only the supervisor can know
NOT_FOR_A_RUNNER = {
    "worker_stopped",
    "worker_lost",
    "worker_busy",
    "hub_unreachable",
    "not_isolated",
    "memory_full",
}
RESULT_LIMIT = 8 * 1024 * 1024
CHILD_KINDS = {EventKind.LOG, EventKind.METRIC, EventKind.PROGRESS, EventKind.CHECKPOINT}
CARRIED = (
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


class Attempt:
    """The work between a claim and its verdict."""

    def __init__(
        self,
        hub: Hub,
        claim: Claim,
        reporter: Reporter,
        folder: JobFolder,
        settings: WorkerSettings,
        stopping: threading.Event,
    ) -> None:
        self.hub = hub
        self.claim = claim
        self.reporter = reporter
        self.folder = folder
        self.settings = settings
        self.stopping = stopping
        self.disk: DiskGuard
        self.deadline = time.monotonic() + claim.seconds_left if claim and claim.seconds_left else math.inf

    def run(self) -> None:
        """See the job through.

        raises  Cancelled, LeaseLost, YourFault, OurFault
        """
        self.folder.prepare()
        self.disk = DiskGuard(
            self.folder.root, limit_bytes=self.settings.disk_bytes, reserve_bytes=self.settings.reserve_bytes
        )
        bubblewrap = self.bubblewrap()
        self._write_order()
        self.reporter.send(EventKind.STATE, {"state": str(RunState.RUNNING)})
        started = time.monotonic()
        home = None if bubblewrap else self.folder.run / "home"
        try:
            with self._start_runner(bubblewrap) as runner:
                # The runner loads its libraries while the inputs arrive.
                self._fetch()
                if bubblewrap:
                    self.folder.open_inputs()
                runner.say("start")
                self._run_recipe(runner, home)
        finally:
            if home:
                end_all(strays(home))
        self._deliver(time.monotonic() - started)

    def bubblewrap(self) -> str:
        """Return the program that isolates the runner; "" if there is none and there need not be, which the log then says.

        raises  OurFault if this worker must isolate the job and cannot
        """
        trial = trial_of(self.settings)
        if trial.program:
            return trial.program
        if self.settings.isolation == Isolation.REQUIRED and not self.claim.is_trusted:
            raise OurFault(
                "not_isolated", "This worker must isolate the jobs of all but administrators, and cannot."
            )
        is_off = self.settings.isolation == Isolation.OFF
        why = (
            "isolation is turned off" if is_off else "bubblewrap does not work"
        )  # the details are in the worker's own log
        self.reporter.line(f"This job is not isolated: {why} on this worker.", "warning")
        return ""

    def _run_recipe(self, runner: Child, home: Path | None) -> None:
        """Follow the runner to its end.

        raises  as _follow; what a child says of a full disk is checked, and a kill by the kernel is told from others
        """
        kills = kernel_kills()
        try:
            self._follow(runner, self._watch(runner, home), GRACE_SECONDS)
        except OurFault as fault:
            if fault.code == "disk_full":
                self.disk.check_now()
            if (
                fault.code == "child_died"
                and kernel_kills() > kills
                and runner.exit_status() in OUT_OF_MEMORY
            ):
                raise too_large(self.settings.memory_bytes) from fault
            if isinstance(fault, SaidFault) and fault.code in NOT_FOR_A_RUNNER:
                raise OurFault("worker_error", fault.message) from fault
            raise

    def _write_order(self) -> None:
        order = {
            "spec": self.claim.spec.to_json(),
            "hardware": hardware().to_json(),
            "file_bytes": self.settings.output_bytes,
        }
        self.folder.order.write_text(json.dumps(order | {"memory_bytes": self.settings.memory_bytes}))

    def _start_runner(self, bubblewrap: str) -> Child:
        if bubblewrap:
            admit(self.folder)
        command = runner_command(self.folder, bubblewrap=bubblewrap)
        environment = runner_environment(self.folder, dict(os.environ))
        return Child(command, environment, self.folder.run, lambda line: self.reporter.line(line, "debug"))

    def _fetch(self) -> None:
        repos = {name: repo.to_json() for name, repo in self.claim.spec.inputs.items()}
        room = {"disk_bytes": self.settings.disk_bytes, "reserve_bytes": self.settings.reserve_bytes}
        self._carry({"act": "fetch", "repos": repos, "folder": str(self.folder.inputs), **room})

    def _publish(self) -> None:
        """Commit the output, once the hub did not ask for the end meanwhile."""
        output = self.claim.spec.output
        if output is None:
            raise OurFault("worker_error", "The job has no output repository.")
        self.reporter.check()
        self.reporter.line(f"Publishing to {output.address}.")
        model, dataset = self.claim.spec.inputs["model"], self.claim.spec.inputs["dataset"]
        message = f"Fine-tune {model.address} on {dataset.address}"
        description = (
            f"{model.address}@{model.commit}\n{dataset.address}@{dataset.commit}\nJob {self.claim.spec.id}"
        )
        texts = {"message": message, "description": description}
        published = self._carry(
            {"act": "publish", "repo": output.to_json(), "folder": str(self.folder.output), **texts}
        )
        self.reporter.send(
            EventKind.OUTPUT, {name: str(published[name]) for name in ("kind", "address", "commit")}
        )

    def _carry(self, order: Mapping[str, Any]) -> dict[str, Any]:
        """Let a porter carry files; the job's key reaches it through its input alone."""
        transfer = str(self.folder.transfer)
        own = {
            "HF_HOME": transfer,
            "HOME": transfer,
            "HF_ENDPOINT": self.hub.url,
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
        }
        quiet = {"HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
        environment = {name: os.environ[name] for name in CARRIED if name in os.environ} | own | quiet
        command = [sys.executable, "-m", "workers.ml.porter"]
        with Child(
            command, environment, self.folder.transfer, lambda line: self.reporter.line(line, "debug")
        ) as porter:
            porter.say(json.dumps({**order, "endpoint": self.hub.url, "token": self.claim.key}))
            return self._follow(porter, self._watch(porter), {})

    def _follow(
        self, child: Child, check: Callable[[], None], grace_seconds: Mapping[type, float]
    ) -> dict[str, Any]:
        """Pass the child's events on until it is done; stop it when somebody asks for the end.

        grace_seconds  how long it may take to keep a checkpoint, by what ends it; 0 for anything else
        returns        the data of its "done"
        raises         JobFault as the child or its death says, and what `check` raises
        """
        try:
            for message in child.messages(check):
                if message["kind"] == "done":
                    return dict(message["data"])
                self._pass_on(message)
        except (Cancelled, LeaseLost, OurFault, OutOfTime) as end:
            for message in child.stop(grace_seconds.get(type(end), 0.0)):
                if message["kind"] == EventKind.CHECKPOINT:
                    self._pass_on(message)
            raise
        raise OurFault("child_died", f"The job's process ended unexpectedly (status {child.exit_status()}).")

    def _pass_on(self, message: Mapping[str, Any]) -> None:
        """Report one message of a child; it is as untrusted as the model it loaded."""
        kind, data = message["kind"], message["data"]
        if kind == "fault":
            code, text = str(data.get("code", "worker_error")), str(data.get("message", ""))[:2000]
            raise fault_named(code, text)
        try:
            event = Event.from_json({"seq": 1, "kind": kind, "at": "", "data": data})
        except ContractError as error:
            return self.reporter.line(
                f"The job's process said something that makes no sense: {error}", "warning"
            )
        if event.kind in CHILD_KINDS:
            self.reporter.send(event.kind, event.data)

    def _asked_to_end(self) -> None:
        self.reporter.check()
        if self.stopping.is_set():
            raise OurFault(
                "worker_stopped", "The worker was stopped; the job goes on from its last checkpoint."
            )
        if time.monotonic() > self.deadline:
            raise OutOfTime

    def _watch(self, child: Child, home: Path | None = None) -> Callable[[], None]:
        """Return the check that also holds a child to its memory, and the job's folder to its size.

        home  of a child that is not isolated, see MemoryGuard
        """
        memory = MemoryGuard(child.process.pid, limit_bytes=self.settings.memory_bytes, home=home)

        def check() -> None:
            self._asked_to_end()
            memory.check()
            self.disk.check()

        return check

    def _deliver(self, duration_seconds: float) -> None:
        """Publish a model, or hand in an evaluation."""
        if self.claim.spec.kind == JobKind.FINE_TUNE:
            return self._publish()
        self.reporter.check()
        receipt = self.hub.send_result(self.claim, self._result(duration_seconds))
        self.reporter.line(f"The hub signed receipt {receipt}.")

    def _result(self, duration_seconds: float) -> EvaluationResult:
        """Read what the child measured; what it says about itself is replaced by what the supervisor knows."""
        body = self.folder.read_result(limit=RESULT_LIMIT)
        if body is None:
            raise OurFault("worker_error", "The job's process left no result.")
        facts = {"attempt": self.claim.attempt, "versions": versions(), "hardware": hardware().to_json()}
        known = {
            "config_hash": config_hash(self.claim.spec.config()),
            "duration_seconds": round(duration_seconds, 3),
        }
        try:
            return EvaluationResult.from_json({**json.loads(body), **facts, **known})
        except ValueError as error:
            raise OurFault("worker_error", f"The job's process left a broken result: {error}") from error


def fault_named(code: str, message: str) -> JobFault:
    """Return the fault of a code that a child named."""
    return (YourFault if fault_of(code) == Fault.YOURS else SaidFault)(code, message)
