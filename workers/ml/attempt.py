"""One attempt at a job: download inputs, run the recipe in its sandbox, submit or publish the result."""

from __future__ import annotations

import json
import math
import signal
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from apps.toolchain.contracts import (
    Claim,
    ContractError,
    EvaluationResult,
    Event,
    EventKind,
    Fault,
    Recipe,
    ReportResult,
    RunState,
    config_hash,
    fault_of,
    recipe_for,
)

from .checkpoint_store import CheckpointStore
from .child import Child
from .disk import DiskGuard
from .faults import (
    JobCancellation,
    JobFault,
    LeaseLost,
    PlatformFault,
    ReportedFault,
    TimeLimitExceeded,
    UserFault,
)
from .folder import JobFolder
from .hardware import device_count, hardware, versions
from .hub import Hub
from .inventory import remember_commits
from .memory import MemoryGuard, kill_all, memory_exceeded, oom_kill_count, processes_of_home
from .processes import start_runner, start_transfer
from .ranks import process_count
from .redact import path_remover
from .reporter import Reporter
from .sandbox import grant_access, sandbox_check
from .settings import Isolation, WorkerSettings
from .spare import SpareRunner

GRACE_SECONDS = {JobCancellation: 2.0, PlatformFault: 10.0, TimeLimitExceeded: 10.0}
# after which a running job has the next one's runner started; before, it has the machine to itself
NEXT_SPARE_SECONDS = 5.0
OUT_OF_MEMORY = (-signal.SIGKILL, 128 + signal.SIGKILL)
# codes that a runner may not report: only the supervisor can know these
SUPERVISOR_ONLY_CODES = {
    "worker_stopped",
    "worker_lost",
    "worker_busy",
    "hub_unreachable",
    "not_isolated",
    "memory_full",
}
RESULT_LIMIT = 8 * 1024 * 1024
FORWARDED_KINDS = {
    EventKind.LOG,
    EventKind.METRIC,
    EventKind.PROGRESS,
    EventKind.CHECKPOINT,
    EventKind.SAMPLES,
    EventKind.PIECE,
}


class Attempt:
    """The work between a claim and its outcome."""

    def __init__(
        self,
        hub: Hub,
        claim: Claim,
        reporter: Reporter,
        folder: JobFolder,
        settings: WorkerSettings,
        stopping: threading.Event,
        *,
        spare: SpareRunner | None = None,
    ) -> None:
        self.hub = hub
        self.claim = claim
        self.reporter = reporter
        self.folder = folder
        self.settings = settings
        self.stopping = stopping
        self.spare = spare
        self.processes = process_count(claim.spec, device_count()) if claim else 1
        self.without_paths = path_remover(folder.root)
        self.disk: DiskGuard
        self.checkpoints: CheckpointStore | None = None
        self.deadline = time.monotonic() + claim.seconds_left if claim and claim.seconds_left else math.inf

    def run(self) -> None:
        """Run the job to its end.

        raises  JobCancellation, LeaseLost, UserFault, PlatformFault
        """
        bubblewrap = self.bubblewrap()
        self.reporter.send(EventKind.STATE, {"state": str(RunState.RUNNING)})
        started = time.monotonic()
        home = None if bubblewrap else self.folder.run / "home"
        try:
            with self._prepare(bubblewrap) or self._start_runner(bubblewrap) as runner:
                # A runner that is no spare loads its libraries while the inputs are downloaded.
                self._fetch()
                self._restore_checkpoint()
                if bubblewrap:
                    self.folder.make_inputs_readable()
                    grant_access(self.folder)
                runner.send_line("start")
                self._run_recipe(runner, home)
        finally:
            if home:
                kill_all(processes_of_home(home))
        self._deliver(time.monotonic() - started)

    def bubblewrap(self) -> str:
        """Return the program that isolates the runner; without one, log that the job is not isolated.

        raises  PlatformFault if this worker must isolate the job and cannot
        """
        sandbox = sandbox_check(self.settings)
        if sandbox.executable:
            return sandbox.executable
        if self.settings.isolation == Isolation.REQUIRED and not self.claim.is_trusted:
            raise PlatformFault("not_isolated", "This worker cannot isolate jobs, as users' jobs require.")
        is_off = self.settings.isolation == Isolation.OFF
        # details of a broken bubblewrap are in the worker's own log
        reason = "isolation is turned off" if is_off else "bubblewrap does not work"
        self.reporter.line(f"This job is not isolated: {reason} on this worker.", "warning")
        return ""

    def _run_recipe(self, runner: Child, home: Path | None) -> None:
        """Follow the runner to its end.

        raises  as _follow; a full disk is verified, and kills for lack of memory become a user fault
        """
        kills = oom_kill_count()
        try:
            self._follow(runner, self._watch(runner, home), GRACE_SECONDS)
        except PlatformFault as fault:
            if fault.code == "disk_full":
                self.disk.check_now()
            if fault.code == "worker_stopped" and self.checkpoints:
                self.checkpoints.store_last()
            was_oom_killed = oom_kill_count() > kills and runner.exit_status() in OUT_OF_MEMORY
            if fault.code == "child_died" and was_oom_killed:
                raise memory_exceeded(self.settings.memory_bytes) from fault
            if isinstance(fault, ReportedFault) and fault.code in SUPERVISOR_ONLY_CODES:
                raise PlatformFault("worker_error", fault.message) from fault
            raise

    def _write_order(self) -> None:
        order = {
            "spec": self.claim.spec.to_json(),
            "hardware": hardware().to_json(),
            "file_bytes": self.settings.output_bytes,
            "memory_bytes": self.settings.memory_bytes,
            "seconds_left": self.claim.seconds_left,
            "processes": self.processes,
        }
        self.folder.order.write_text(json.dumps(order))

    def _prepare(self, bubblewrap: str) -> Child | None:
        """Prepare the folder, with the order in it; return the spare runner if there is one."""
        may_take = self.spare and bubblewrap and self.processes == 1
        spare = self.spare.take(self.folder) if self.spare and may_take else None
        try:
            if spare:
                self.without_paths = path_remover(self.folder.root, spare.folder.parent)
                spare.listen(self._log_debug)
            else:
                self.folder.prepare()
            self.disk = DiskGuard(
                self.folder.root,
                limit_bytes=self.settings.disk_bytes,
                reserve_bytes=self.settings.reserve_bytes,
            )
            self._write_order()
        except BaseException:
            if spare:
                spare.kill()
            raise
        return spare

    def _start_runner(self, bubblewrap: str) -> Child:
        return start_runner(self.folder, self._log_debug, bubblewrap=bubblewrap)

    def _fetch(self) -> None:
        repos = {name: repo.to_json() for name, repo in self.claim.spec.inputs.items()}
        limits = {"disk_bytes": self.settings.disk_bytes, "reserve_bytes": self.settings.reserve_bytes}
        cache = {
            "folder": str(self.settings.cache_dir),
            "limit_bytes": self.settings.cache_bytes,
            "is_linked": bool(sandbox_check(self.settings).executable),
        }
        order = {"action": "fetch", "repos": repos, "folder": str(self.folder.inputs), "cache": cache}
        self._transfer({**order, **limits})
        remember_commits(self.settings.work_dir, [one.commit for one in self.claim.spec.inputs.values()])

    def _restore_checkpoint(self) -> None:
        """Get from the hub what a training goes on from, if it has a later checkpoint than this worker."""
        recipe = recipe_for(self.claim.spec.kind, self.claim.spec.recipe)
        if recipe.output_kind != "model" or not self.settings.stores_checkpoints:
            return
        self.checkpoints = CheckpointStore(
            self.hub,
            self.claim,
            self.folder,
            self.reporter.line,
            reserve_bytes=self.settings.reserve_bytes,
        )
        self.checkpoints.restore()

    def _publish(self, recipe: Recipe) -> None:
        """Commit the output, unless the hub has cancelled the job."""
        spec, output = self.claim.spec, self.claim.spec.output
        if output is None:
            raise PlatformFault("worker_error", "The job has no output repository.")
        self.reporter.check()
        self.reporter.line(f"Publishing to {output.address}.")
        inputs = recipe.in_order(spec.inputs)
        sources = [f"{repo.address}@{repo.commit}" for repo in inputs.values()]
        order = {
            "action": "publish",
            "repo": output.to_json(),
            "folder": str(self.folder.output),
            "files": list(recipe.output_files),
            "message": recipe.message % {name: repo.address for name, repo in inputs.items()},
            "description": "\n".join([*sources, f"Job {spec.id}"]),
        }
        published = self._transfer(order)
        self.reporter.send(
            EventKind.OUTPUT, {name: str(published[name]) for name in ("kind", "address", "commit")}
        )

    def _transfer(self, order: Mapping[str, Any]) -> dict[str, Any]:
        """Run the transfer process; the job's key reaches it through its standard input only."""
        with start_transfer(self.folder, self._log_debug, hub_url=self.hub.url) as transfer:
            transfer.send_line(json.dumps({**order, "endpoint": self.hub.url, "token": self.claim.key}))
            return self._follow(transfer, self._watch(transfer), {})

    def _log_debug(self, line: str) -> None:
        self.reporter.line(self.without_paths(line), "debug")

    def _follow(
        self, child: Child, check: Callable[[], None], grace_seconds: Mapping[type, float]
    ) -> dict[str, Any]:
        """Forward the child's events until it is done; stop it when `check` raises.

        grace_seconds  time to save a checkpoint, by the exception that ends the child; 0 for any other
        returns        the data of its "done" message
        raises         JobFault as reported by the child or for its death, and what `check` raises
        """
        try:
            for message in child.messages(check):
                if message["kind"] == "done":
                    return dict(message["data"])
                self._forward(message)
        except (JobCancellation, LeaseLost, PlatformFault, TimeLimitExceeded) as end:
            for message in child.stop(grace_seconds.get(type(end), 0.0)):
                if message["kind"] == EventKind.CHECKPOINT:
                    self._forward(message)
            raise
        raise PlatformFault(
            "child_died", f"The job's process ended unexpectedly (status {child.exit_status()})."
        )

    def _forward(self, message: Mapping[str, Any]) -> None:
        """Report one message of a child, which is as untrusted as the model that it loads."""
        kind, data = message["kind"], message["data"]
        if kind == "fault":
            code, text = str(data.get("code", "worker_error")), str(data.get("message", ""))
            raise fault_for_code(code, self.without_paths(text)[:2000])
        try:
            event = Event.from_json({"seq": 1, "kind": kind, "at": "", "data": data})
        except ContractError as error:
            return self.reporter.line(f"The job's process sent an invalid message: {error}", "warning")
        if event.kind in FORWARDED_KINDS:
            self.reporter.send(event.kind, event.data)
        if event.kind == EventKind.CHECKPOINT and self.checkpoints:
            self.checkpoints.saved(event.data["step"])

    def _check_end(self) -> None:
        """Raise if the job was cancelled, the worker is stopping or the time is up."""
        self.reporter.check()
        if self.stopping.is_set():
            message = "The worker was stopped. The job will resume from its last checkpoint."
            raise PlatformFault("worker_stopped", message)
        if time.monotonic() > self.deadline:
            raise TimeLimitExceeded

    def _watch(self, child: Child, home: Path | None = None) -> Callable[[], None]:
        """Return a check that also enforces the limits on memory and disk space.

        home  home directory of a child that is not isolated, see MemoryGuard
        """
        memory = MemoryGuard(child.process.pid, limit_bytes=self.settings.memory_bytes, home=home)
        next_spare = time.monotonic() + NEXT_SPARE_SECONDS

        def check() -> None:
            self._check_end()
            memory.check()
            self.disk.check()
            if self.spare and time.monotonic() > next_spare:
                self.spare.start()

        return check

    def _deliver(self, duration_seconds: float) -> None:
        """Publish and submit what the recipe yields."""
        recipe = recipe_for(self.claim.spec.kind, self.claim.spec.recipe)
        if recipe.output_kind:
            self._publish(recipe)
        if recipe.result is not None:
            kept = self._keep_artifacts(recipe)
            self.reporter.check()
            result = self._result(recipe.result, duration_seconds, kept)
            receipt = self.hub.send_result(self.claim, result)
            if receipt:
                self.reporter.line(f"Receipt {receipt} was issued.")

    def _keep_artifacts(self, recipe: Recipe) -> list[dict[str, Any]]:
        """Store the files that the job keeps, and return what the result says of them."""
        if not recipe.artifact_files:
            return []
        self.reporter.check()
        order = {
            "action": "keep",
            "job": self.claim.spec.id,
            "folder": str(self.folder.artifacts),
            "files": list(recipe.artifact_files),
        }
        return list(self._transfer(order)["artifacts"])

    def _result(
        self,
        schema: type[EvaluationResult] | type[ReportResult],
        duration_seconds: float,
        artifacts: list[dict[str, Any]],
    ) -> EvaluationResult | ReportResult:
        """Read the child's result, with facts about the attempt taken from the supervisor."""
        body = self.folder.read_result(limit=RESULT_LIMIT)
        if body is None:
            raise PlatformFault("worker_error", "The job's process left no result.")
        facts = {"attempt": self.claim.attempt, "versions": versions(), "hardware": hardware().to_json()}
        known = {
            "config_hash": config_hash(self.claim.spec.config()),
            "duration_seconds": round(duration_seconds, 3),
            "artifacts": artifacts,
        }
        try:
            return schema.from_json({**json.loads(body), **facts, **known})
        except ValueError as error:
            raise PlatformFault(
                "worker_error", f"The job's process left an invalid result: {error}"
            ) from error


def fault_for_code(code: str, message: str) -> JobFault:
    """Return the fault for a code that a child reported."""
    return (UserFault if fault_of(code) == Fault.USER else ReportedFault)(code, message)
