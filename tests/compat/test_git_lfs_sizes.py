"""A large sparse file through git and git-lfs: 64 MiB by default, 3 GiB in the long run."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.compat.versions import IS_LONG
from tests.makers import a_repo

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True), pytest.mark.timeout(1800)]
SIZE = (3 << 30) + 17 if IS_LONG else (64 << 20) + 17
MARKS = {0: b"begin", SIZE // 2 + 1: b"middle", SIZE - 3: b"end"}


def sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(SIZE)
        for at, words in MARKS.items():
            file.seek(at)
            file.write(words)


@pytest.mark.method("clone", "push", client="git")
@pytest.mark.method(
    "push", "pull", "3 GiB file up and down" if IS_LONG else "64 MiB file up and down", client="git-lfs"
)
def test_a_large_sparse_file_goes_up_and_comes_down(site, live_cast, client_env, tmp_path):
    a_repo(live_cast.owner)
    origin = f"{site.url.replace('http://', f'http://owner:{live_cast.owner.token}@')}/owner/tiny"
    who = {
        f"GIT_{role}_{part}": f"owner{at}"
        for role in ("AUTHOR", "COMMITTER")
        for part, at in (("NAME", ""), ("EMAIL", "@example.com"))
    }

    def git(*words: str, folder: Path) -> None:
        run = subprocess.run(
            ["git", *words],
            cwd=folder,
            env={**client_env, **who},
            capture_output=True,
            text=True,
            timeout=1500,
            check=False,
        )
        assert run.returncode == 0, run.stderr[-2000:]

    git("lfs", "install", folder=tmp_path)
    git("clone", "-q", origin, "up", folder=tmp_path)
    sparse(tmp_path / "up" / "weights.bin")
    git("add", "weights.bin", folder=tmp_path / "up")
    git("commit", "-q", "-m", "Add weights", folder=tmp_path / "up")
    git("push", "-q", folder=tmp_path / "up")
    git("clone", "-q", origin, "down", folder=tmp_path)

    assert (
        subprocess.run(
            ["cmp", tmp_path / "up/weights.bin", tmp_path / "down/weights.bin"], check=False
        ).returncode
        == 0
    )
    assert os.path.getsize(tmp_path / "down" / "weights.bin") == SIZE
