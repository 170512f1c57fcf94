"""Real git against the running site: clone, push, refusals."""

import hashlib
import random
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy
import pytest
from safetensors.numpy import save

from apps.registry.repos.addresses import Address, RepoKind
from apps.registry.repos.models import Repo
from apps.registry.repos.selectors.files import git_of
from apps.registry.repos.services.protection import set_protection
from apps.registry.repos.services.rename import rename_repo
from apps.users.accounts.models import TokenRole
from tests.makers import a_repo, a_token


@dataclass
class Git:
    """The git command of one person in one working folder."""

    environment: dict[str, str]
    folder: Path

    def __call__(self, *arguments: str, ok: bool = True, feed: str = "") -> str:
        """Run git and return its output and error output.

        raises  AssertionError if it did not end as expected
        """
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.folder,
            env=self.environment,
            input=feed,
            capture_output=True,
            text=True,
            timeout=120,
        )
        words = done.stdout + done.stderr
        assert (done.returncode == 0) is ok, words
        return words

    def at(self, folder: Path) -> "Git":
        return Git(self.environment, folder)

    def save(self, *names: str, message: str = "a change") -> None:
        self("add", "--", *names)
        self("commit", "-q", "-m", message)


@pytest.fixture
def git(client_env, tmp_path):
    environment = {
        **client_env,
        "GIT_AUTHOR_NAME": "owner",
        "GIT_AUTHOR_EMAIL": "owner@example.com",
        "GIT_COMMITTER_NAME": "owner",
        "GIT_COMMITTER_EMAIL": "owner@example.com",
        "GIT_LFS_SKIP_SMUDGE": "1",
    }
    return Git(environment, tmp_path)


@pytest.fixture
def cast(live_cast):
    return live_cast


def address(site, person, path, token=""):
    """Return the URL of a repository with a person's token."""
    return f"{site.url.replace('http://', f'http://{person.name}:{token or person.token}@')}/{path}"


@pytest.fixture
def clone(site, cast, git):
    """A repository of the owner, cloned with the owner's token."""
    repo = a_repo(cast.owner)
    git("clone", "-q", address(site, cast.owner, "owner/tiny"), "clone")
    work = git.at(git.folder / "clone")
    work("config", "user.name", "owner")
    return repo, work


@pytest.mark.parametrize("suffix", ["", ".git"])
@pytest.mark.parametrize("kind", ["model", "dataset", "space", "kernel"])
def test_anonymous_clones_public_repositories(site, cast, git, kind, suffix):
    repo = a_repo(cast.owner, kind=kind)

    git("clone", "-q", f"{site.url}/{repo.address.path}{suffix}", "copy")

    assert (git.folder / "copy/.gitattributes").read_text().startswith("*.7z filter=lfs")
    assert git.at(git.folder / "copy")("rev-parse", "HEAD").strip() == repo.head


def test_older_protocols_shallow_and_partial_clones_work(site, clone, git):
    _, work = clone
    for number in range(3):
        (work.folder / "a.txt").write_text(str(number))
        work.save("a.txt")
    work("push", "-q")

    git("-c", "protocol.version=0", "clone", "-q", f"{site.url}/owner/tiny", "old")
    git("clone", "-q", "--depth", "1", f"{site.url}/owner/tiny", "shallow")
    git("clone", "-q", "--filter=blob:none", f"{site.url}/owner/tiny", "partial")

    assert git.at(git.folder / "old")("rev-list", "--count", "HEAD").strip() == "4"
    shallow = git.at(git.folder / "shallow")
    assert shallow("rev-list", "--count", "HEAD").strip() == "1"
    (shallow.folder / "b.txt").write_text("from a shallow clone")
    shallow.save("b.txt")
    shallow("push", "-q", work("remote", "get-url", "origin").strip(), "HEAD:main")
    assert (git.folder / "partial/a.txt").read_text() == "2"


def test_shallow_and_partial_clones_are_deepened_and_completed(site, clone, git):
    _, work = clone
    for number in range(4):
        (work.folder / "a.txt").write_text(str(number))
        work("add", "a.txt")
        at = f"2024-0{number + 1}-01T00:00:00Z"
        Git({**work.environment, "GIT_COMMITTER_DATE": at, "GIT_AUTHOR_DATE": at}, work.folder)(
            "commit", "-q", "-m", f"no. {number}"
        )
    work("push", "-q")
    url = f"{site.url}/owner/tiny"

    git("clone", "-q", "--depth", "1", url, "shallow")
    shallow = git.at(git.folder / "shallow")
    shallow("fetch", "-q", "--deepen", "2")
    assert shallow("rev-list", "--count", "HEAD").strip() == "3"
    shallow("fetch", "-q", "--unshallow")
    assert shallow("rev-list", "--count", "HEAD").strip() == "5"
    git("clone", "-q", "--shallow-since=2024-02-15", url, "recent")
    assert git.at(git.folder / "recent")("rev-list", "--count", "HEAD").strip() == "2"

    git("clone", "-q", "--bare", "--filter=tree:0", url, "treeless")
    treeless = git.at(git.folder / "treeless")
    assert "a.txt" in treeless("ls-tree", "--name-only", "HEAD")
    assert treeless("cat-file", "-p", "HEAD~2:a.txt") == "1"


def test_an_address_from_before_a_move_is_cloned_and_pushed_to(site, cast, clone, git):
    repo, work = clone
    rename_repo(actor=cast.owner.actor, address=repo.address, to=Address(RepoKind.MODEL, "grove", "moved"))
    (work.folder / "a.txt").write_text("by the old address")
    work.save("a.txt")

    work("push", "-q")
    git("clone", "-q", f"{site.url}/owner/tiny.git", "again")

    assert (git.folder / "again/a.txt").read_text() == "by the old address"


def test_a_writer_gets_the_reason_of_a_protected_branch(site, cast, git):
    repo = a_repo(cast.owner, namespace="grove")
    set_protection(actor=cast.owner.actor, address=repo.address, patterns=["release/*", "refs/tags/v*"])
    git("clone", "-q", address(site, cast.member, "grove/tiny"), "clone")
    work = git.at(git.folder / "clone")
    (work.folder / "a.txt").write_text("a")
    work.save("a.txt")
    work("push", "-q")
    work("tag", "v1")
    work("commit", "-q", "--amend", "-m", "another")

    for push, ref in {
        ("--force", "origin", "main"): "refs/heads/main",
        ("origin", "HEAD:refs/heads/release/1"): "refs/heads/release/1",
        ("origin", "v1"): "refs/tags/v1",
    }.items():
        lines = work("push", *push, ok=False).splitlines()
        assert any(line.startswith("remote: ") and ref in line for line in lines)

    assert [ref.ref for ref in git_of(repo).refs().branches] == ["refs/heads/main"]


def test_a_push_moves_the_branch_and_derives_the_rows(clone):
    repo, work = clone
    (work.folder / "README.md").write_text("---\nlicense: mit\n---\n# By git\n")
    work.save("README.md")

    work("push", "-q")

    row = Repo.objects.get(pk=repo.pk)
    assert row.head == work("rev-parse", "HEAD").strip() == git_of(repo).resolve("main")
    assert (row.license, row.title) == ("mit", "By git")


def test_a_large_push_arrives_in_pieces_and_comes_back_whole(site, clone, git):
    repo, work = clone
    pattern = random.Random(7)
    for number in range(6):
        (work.folder / f"{number}.txt").write_bytes(pattern.randbytes(3 << 20).hex().encode())
    for number in range(300):
        (work.folder / f"many-{number}.txt").write_text(str(number))
    work.save(".")
    work("push", "-q")

    git("clone", "-q", f"{site.url}/owner/tiny.git", "back")

    assert git.at(git.folder / "back")("fsck").strip() == ""
    assert all(
        (git.folder / f"back/{n}.txt").read_bytes() == (work.folder / f"{n}.txt").read_bytes()
        for n in range(6)
    )
    assert not list((git_of(repo).folder / "objects").glob("tmp_objdir*"))


def test_branches_and_tags_are_pushed_fetched_and_deleted(clone):
    repo, work = clone
    work("switch", "-q", "-c", "feature/x")
    (work.folder / "x.txt").write_text("x")
    work.save("x.txt")
    work("tag", "-a", "v1", "-m", "first")
    work("push", "-q", "origin", "feature/x", "v1")
    refs = git_of(repo).refs()
    assert [ref.name for ref in refs.branches] == ["feature/x", "main"]
    assert refs.tags[0].target == refs.branches[0].target

    work("push", "-q", "origin", "--delete", "feature/x", "v1")

    assert [ref.name for ref in git_of(repo).refs().branches] == ["main"]
    assert git_of(repo).refs().tags == []


def test_refs_of_pull_requests_and_conversions_are_fetched_by_name(clone):
    repo, work = clone
    git_of(repo).move_ref("refs/pr/1", None, repo.head)
    git_of(repo).move_ref("refs/convert/parquet", None, repo.head)

    work("fetch", "-q", "origin", "refs/pr/1", "refs/convert/parquet")

    (work.folder / "p.txt").write_text("p")
    work.save("p.txt")
    work("push", "-q", "origin", "HEAD:refs/pr/1")
    assert git_of(repo).target("refs/pr/1") == work("rev-parse", "HEAD").strip()
    assert "[remote rejected]" in work("push", "origin", "HEAD:refs/pr/2", ok=False)
    assert "[remote rejected]" in work("push", "origin", "HEAD:refs/other/x", ok=False)


def test_a_force_push_replaces_history_and_a_plain_one_does_not(clone):
    repo, work = clone
    (work.folder / "a.txt").write_text("a")
    work.save("a.txt")
    work("push", "-q")
    work("commit", "-q", "--amend", "-m", "another")

    assert "rejected" in work("push", ok=False)
    work("push", "-q", "--force")

    assert git_of(repo).resolve("main") == work("rev-parse", "HEAD").strip()


def test_access_is_enforced_for_clones_and_pushes(site, cast, git):
    a_repo(cast.owner, "secret", is_private=True)
    a_repo(cast.owner, "open")
    owner_reads = a_token(cast.owner.user, TokenRole.READ)

    git("clone", "-q", address(site, cast.owner, "owner/secret"), "mine")
    assert "not found" in git("clone", address(site, cast.stranger, "owner/secret"), "x", ok=False)
    assert "could not read Username" in git("clone", f"{site.url}/owner/secret", "x", ok=False)
    assert "could not read Username" in git("clone", f"{site.url}/owner/absent", "x", ok=False)
    assert "Authentication failed" in git(
        "clone", address(site, cast.owner, "owner/secret", token="hf_wrong"), "x", ok=False
    )

    for name, url in {
        "theirs": address(site, cast.stranger, "owner/open"),
        "read": address(site, cast.owner, "owner/open", owner_reads),
    }.items():
        git("clone", "-q", url, name)
        work = git.at(git.folder / name)
        (work.folder / "a.txt").write_text("a")
        work.save("a.txt")
        assert "403" in work("push", ok=False)


def refused(work, repo, *words):
    """Push, and assert that it is rejected with these words and that the branch did not move."""
    output = work("push", "origin", "HEAD", ok=False)
    for word in words:
        assert word in output, output
    assert "remote:" in output
    assert git_of(repo).resolve("main") == repo.head


def test_a_large_regular_file_is_refused_even_if_a_later_commit_removes_it(clone):
    repo, work = clone
    (work.folder / "big.txt").write_bytes(b"0123456789abcdef" * (11 << 16))
    work.save("big.txt")
    work("rm", "-q", "big.txt")
    work("commit", "-q", "-m", "gone again")

    refused(work, repo, "big.txt (11.0 MiB)", "git lfs track")


def test_a_readme_with_bad_metadata_is_refused(clone):
    repo, work = clone
    (work.folder / "README.md").write_text("---\nlicense: [\n---\n")
    work.save("README.md")

    refused(work, repo, "README.md")


def test_a_pointer_to_bytes_that_were_never_sent_is_refused(clone):
    repo, work = clone
    (work.folder / ".gitattributes").write_text("")
    (work.folder / "w.bin").write_text(
        f"version https://git-lfs.github.com/spec/v1\noid sha256:{'ab' * 32}\nsize 1234\n"
    )
    work.save("w.bin", ".gitattributes")

    refused(work, repo, "w.bin", "git lfs push")


def warnings_of(output):
    """Return the warnings that a push prints."""
    return [line for line in output.splitlines() if line.startswith("remote: warning: ")]


def test_malformed_weights_are_accepted_with_a_warning(clone):
    repo, work = clone
    (work.folder / ".gitattributes").write_text("")
    (work.folder / "model.safetensors").write_bytes(b"\xff" * 64)
    work.save("model.safetensors", ".gitattributes")

    [warning] = warnings_of(work("push", "origin", "HEAD"))

    assert "model.safetensors" in warning
    assert git_of(repo).resolve("main") == work("rev-parse", "HEAD").strip()


def test_the_default_branch_cannot_be_deleted(clone):
    repo, work = clone

    refused_words = work("push", "origin", ":refs/heads/main", ok=False)

    assert "refs/heads/main" in refused_words or "[remote rejected]" in refused_words
    assert git_of(repo).resolve("main") == repo.head


@pytest.mark.parametrize(
    ("name", "fact"),
    [("data/a:b", "a:b"), ("a\x07b", ""), ("/".join(["n" * 250] * 5), "1024")],
)
def test_invalid_path_names_are_refused(clone, name, fact):
    repo, work = clone
    blob = work("hash-object", "-w", ".gitattributes").strip()
    work(
        "-c", "core.precomposeUnicode=false", "update-index", "--add", "--cacheinfo", f"100644,{blob},{name}"
    )
    work("commit", "-q", "-m", "odd names")

    refused(work, repo, fact)


def test_names_that_some_computers_cannot_store_are_accepted_with_a_warning(site, clone, git):
    _repo, work = clone
    blob = work("hash-object", "-w", ".gitattributes").strip()
    for name in ("data/CC.sdf", "data/cc.sdf", "nul.txt", "what?", "plain.txt"):
        work("update-index", "--add", "--cacheinfo", f"100644,{blob},{name}")
    work("commit", "-q", "-m", "odd names")

    output = warnings_of(work("push", "origin", "HEAD"))

    assert [
        {name for name in ("CC.sdf", "cc.sdf", "nul.txt", "what?", "plain.txt") if name in line}
        for line in output
    ] == [
        {"nul.txt"},
        {"what?"},
        {"CC.sdf", "cc.sdf"},
    ]
    git("clone", "-q", f"{site.url}/owner/tiny", "back")
    assert sorted(file.name for file in (git.folder / "back/data").iterdir()) == ["CC.sdf", "cc.sdf"]


def test_a_git_folder_smuggled_into_a_tree_is_refused(clone):
    repo, work = clone
    blob = work("hash-object", "-w", ".gitattributes").strip()
    inner = subprocess.run(
        ["git", "mktree"],
        input=f"100644 blob {blob}\tconfig\n",
        cwd=work.folder,
        env=work.environment,
        capture_output=True,
        text=True,
    )
    outer = subprocess.run(
        ["git", "mktree"],
        input=f"040000 tree {inner.stdout.strip()}\t.GIT\n",
        cwd=work.folder,
        env=work.environment,
        capture_output=True,
        text=True,
    )
    commit = work("commit-tree", "-p", "HEAD", "-m", "evil", outer.stdout.strip()).strip()

    output = work("push", "origin", f"{commit}:refs/heads/main", ok=False)

    assert "unpack" in output or ".git" in output
    assert git_of(repo).resolve("main") == repo.head


def test_a_push_and_an_api_commit_to_one_branch_cannot_lose_each_other(cast, clone):
    from apps.registry.contents.services.commit import commit_changes
    from apps.registry.gitstore import AddFile

    repo, work = clone
    (work.folder / "a.txt").write_text("a")
    work.save("a.txt")
    result = commit_changes(
        actor=cast.owner.actor,
        address=repo.address,
        branch="main",
        changes=[AddFile("b.txt", b"b")],
        message="first",
    )

    assert "fetch first" in work("push", ok=False)
    work("pull", "-q", "--rebase")
    work("push", "-q")

    assert [one.title for one in git_of(repo).log(git_of(repo).resolve("main"))] == [
        "a change",
        "first",
        "initial commit",
    ]
    assert git_of(repo).log(git_of(repo).resolve("main"))[1].sha == result.sha


@pytest.fixture
def lfs(clone):
    """The clone with git-lfs installed."""
    repo, work = clone
    work("lfs", "install", "--local")
    return repo, work


def test_a_large_file_goes_by_git_lfs_and_comes_back_byte_by_byte(site, lfs, git):
    repo, work = lfs
    data = random.Random(1).randbytes(24 << 20)
    (work.folder / "weights.bin").write_bytes(data)
    work.save("weights.bin")
    work("push", "-q", "origin", "main")

    entry = git_of(repo).entry(git_of(repo).resolve("main"), "weights.bin")
    assert entry.size == len(data)
    assert entry.pointer.oid == hashlib.sha256(data).hexdigest()

    fresh = Git(
        {key: value for key, value in git.environment.items() if key != "GIT_LFS_SKIP_SMUDGE"}, git.folder
    )
    fresh(
        "clone",
        "-q",
        "-c",
        "filter.lfs.smudge=git-lfs smudge -- %f",
        "-c",
        "filter.lfs.required=true",
        f"{site.url}/owner/tiny",
        "back",
    )
    assert (git.folder / "back/weights.bin").read_bytes() == data


def test_files_are_locked_listed_and_unlocked_by_git_lfs(site, cast, git):
    a_repo(cast.owner, namespace="grove")
    people = {}
    for person in (cast.owner, cast.member):
        git("clone", "-q", address(site, person, "grove/tiny"), person.name)
        people[person.name] = git.at(git.folder / person.name)
        people[person.name]("lfs", "install", "--local")
    owner, member = people["owner"], people["member"]

    member("lfs", "lock", "logo.bin")
    assert "member" in owner("lfs", "lock", "logo.bin", ok=False)
    assert "member" in owner("lfs", "locks")
    (owner.folder / "logo.bin").write_bytes(b"theirs" * 100)
    owner.save("logo.bin")
    owner("config", f"lfs.{address(site, cast.owner, 'grove/tiny')}.git/info/lfs.locksverify", "true")
    assert "member" in owner("push", "-q", "origin", "main", ok=False)
    assert "member" in owner("lfs", "unlock", "logo.bin", ok=False)

    owner("lfs", "unlock", "--force", "logo.bin")

    assert "logo.bin" not in member("lfs", "locks")
    owner("push", "-q", "origin", "main")


def test_weights_pushed_by_git_lfs_are_counted(lfs):
    repo, work = lfs
    (work.folder / "model.safetensors").write_bytes(save({"a": numpy.zeros((50, 20), numpy.float16)}))
    work.save("model.safetensors")

    work("push", "-q", "origin", "main")

    assert Repo.objects.get(pk=repo.pk).parameters_by_dtype == {"F16": 1000}


def test_malformed_weights_pushed_by_git_lfs_are_accepted_with_a_warning(lfs):
    repo, work = lfs
    (work.folder / "model.safetensors").write_bytes(b"\xff" * 5000)
    work.save("model.safetensors")

    [warning] = warnings_of(work("push", "origin", "main"))

    assert "model.safetensors" in warning
    assert Repo.objects.get(pk=repo.pk).files_problem


def test_a_pointer_to_another_repositorys_bytes_is_refused(cast, lfs, site, git):
    _, work = lfs
    (work.folder / "mine.bin").write_bytes(b"secret bytes")
    work.save("mine.bin")
    work("push", "-q", "origin", "main")
    a_repo(cast.stranger, "theirs")
    git("clone", "-q", address(site, cast.stranger, "stranger/theirs"), "theirs")
    other = git.at(git.folder / "theirs")
    pointer = work("cat-file", "-p", "HEAD:mine.bin")

    (other.folder / "stolen.bin").write_text(pointer)
    (other.folder / ".gitattributes").write_text("")
    other.save("stolen.bin", ".gitattributes")

    output = other("push", "origin", "HEAD", ok=False)
    assert "stolen.bin" in output
