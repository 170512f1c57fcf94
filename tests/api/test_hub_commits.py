"""Hub protocol: preupload, commits and their refusals."""

import base64
import hashlib
import json

import pytest
from django.conf import settings

from apps.registry.blobs.services import UploadContext, store_blob
from apps.registry.repos.models import Repo
from apps.registry.repos.selectors import git_of
from apps.users.accounts.models import TokenRole
from tests.api.hub import (
    BRANCH_MOVED_SENTENCE,
    NO_SUCH_FILE_SENTENCE,
    Hub,
    deleted_line,
    file_line,
    large_line,
    refusal,
)
from tests.makers import a_repo, a_token


@pytest.fixture
def repo(cast):
    return a_repo(owner=cast.owner, name="tiny")


@pytest.fixture
def hub(cast):
    return Hub(cast.owner)


def head_of(repo) -> str:
    return Repo.objects.get(pk=repo.pk).head


def paths_of(repo) -> list[str]:
    return [entry.path for entry in git_of(repo).tree(head_of(repo), recursive=True) if entry.is_file]


def nothing_is_spooled() -> bool:
    return not any(settings.SPOOL_ROOT.glob("commit-*"))


def an_uploaded_object(repo, content: bytes) -> str:
    sha256 = hashlib.sha256(content).hexdigest()
    store_blob(UploadContext(repo.id), sha256=sha256, size=len(content), blocks=iter([content]))
    return sha256


def test_a_commit_adds_files_and_says_where_it_is(hub, repo):
    response = hub.commit(repo, file_line("README.md", b"# Hello"), file_line("data/a.txt", b""))

    body = response.json()
    assert body["commitUrl"] == f"http://testserver/owner/tiny/commit/{head_of(repo)}"
    assert body["commitOid"] == head_of(repo)
    assert paths_of(repo) == [".gitattributes", "README.md", "data/a.txt"]


def test_long_contents_go_through_a_file_and_arrive_whole(hub, repo):
    content = bytes(range(256)) * 12_000
    text = (
        b'{"key":"header","value":{"summary":"s","description":""}}\n'
        b'{"value":{"path":"a.bin","encoding":"base64","content":"'
    )
    text += (
        base64.b64encode(content).replace(b"/", b"\\/")
        + b'"},"key":"file"}\n'
        + json.dumps(file_line("b.txt", b"b")).encode()
    )

    assert hub.commit(repo, text=text).status_code == 200

    git = git_of(repo)
    assert git.read(git.entry(head_of(repo), "a.bin").oid) == content
    assert paths_of(repo) == [".gitattributes", "a.bin", "b.txt"]
    assert nothing_is_spooled()


def test_files_and_folders_are_deleted(hub, repo):
    hub.commit(repo, *[file_line(path, b"x") for path in ("a", "d/b", "e/c", "f/g/h")])

    response = hub.commit(repo, deleted_line("a"), deleted_line("d", "deletedFolder"), deleted_line("f"))

    assert response.status_code == 200
    assert paths_of(repo) == [".gitattributes", "e/c"]


def test_deleting_what_is_not_there_is_404_with_the_text_that_clients_show(hub, repo):
    response = hub.commit(repo, deleted_line("absent"))

    assert refusal(response) == (404, "EntryNotFound")
    assert NO_SUCH_FILE_SENTENCE in response["X-Error-Message"]


def test_a_large_file_is_committed_by_its_hash_once_it_is_uploaded(hub, repo):
    sha256 = an_uploaded_object(repo, b"weights" * 100)

    assert hub.commit(repo, large_line("model.bin", sha256, 700)).status_code == 200

    entry = git_of(repo).entry(head_of(repo), "model.bin")
    assert (entry.pointer.oid, entry.size) == (sha256, 700)


def test_a_large_file_not_uploaded_or_of_another_size_is_refused(hub, repo, cast):
    sha256 = an_uploaded_object(repo, b"weights")
    foreign = an_uploaded_object(a_repo(owner=cast.owner, name="other"), b"other weights")
    before = head_of(repo)

    for line in (
        large_line("m", "0" * 64),
        large_line("m", sha256, 8),
        large_line("m", foreign),
        large_line("m", "../x"),
        large_line("m", sha256, -1),
    ):
        assert refusal(hub.commit(repo, line))[0] == 400
    assert head_of(repo) == before


def test_a_commit_on_a_stale_parent_is_412_and_one_on_the_head_passes(hub, repo):
    first = head_of(repo)
    hub.commit(repo, file_line("a", b"1"), parentCommit=first)

    response = hub.commit(repo, file_line("a", b"2"), parentCommit=first)

    assert refusal(response) == (412, "BranchMoved")
    # the hub client's own tests compare it; the REST API speaks of no page
    assert response["X-Error-Message"] == BRANCH_MOVED_SENTENCE
    assert hub.commit(repo, file_line("a", b"3"), parentCommit=head_of(repo)[:7]).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "../secret",
        "/etc/passwd",
        "a/../../b",
        "a//b",
        "./a",
        ".git/config",
        "a/.GIT/hooks/x",
        "..\\x",
        "a\u0001b",
        "n" * 256,
        "d/" * 600 + "x",
        "",
        "a/",
        ".g\u200cit/config",
    ],
)
def test_paths_that_a_repository_may_not_hold_are_refused(hub, repo, path):
    before = head_of(repo)

    assert refusal(hub.commit(repo, file_line("good", b"x"), file_line(path, b"x")))[0] in (400, 422)
    assert head_of(repo) == before
    assert refusal(
        hub.post(
            "/api/models/owner/tiny/preupload/main", {"files": [{"path": path, "size": 1, "sample": ""}]}
        )
    )[0] in (400, 422)


def test_backslashes_inside_a_name_are_kept(hub, repo):
    assert hub.commit(repo, file_line("folder/..\\..\\file", b"x")).status_code == 200


def test_names_that_differ_only_by_case_are_accepted_with_a_warning(hub, repo):
    first = hub.commit(repo, file_line("Read.md", b"x"))

    response = hub.commit(repo, file_line("read.md", b"y"))

    assert (response.status_code, head_of(repo)) == (200, response.json()["commitOid"])
    topic, _, sentence = response["X-HF-Warning"].partition("; ")
    assert (topic, "Read.md" in sentence, "read.md" in sentence) == ("commit", True, True)
    assert "X-HF-Warning" not in first


HEADER = b'{"key":"header","value":{"summary":"s","description":""}}\n'


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\n\n",
        HEADER + b'{"key":"file","value":{"path":"a","encoding":"base64","conte',
        HEADER + b'{"key":"file","value":{"path":"a","encoding":"base64","content":"' + b"QUFB" * 100_000,
        HEADER
        + b'{"key":"file","value":{"path":"a","encoding":"base64","content":"'
        + b"QU=B" * 100_000
        + b'"}}',
        HEADER
        + b'{"key":"file","value":{"path":"a","encoding":"base64","content":"'
        + b"QUFB" * 100_000
        + b'"}',
        HEADER + b'{"key":"file","value":{"path":"a","content":"' + b"QUFB" * 100_000 + b'"}}',
        HEADER + b'{"key":"lfsFile","value":{"path":"a","content":"' + b"QUFB" * 100_000 + b'"}}',
        HEADER + b'{"key":"file","value":{"path":"a","encoding":"base64","content":"QQ"}}',
        HEADER + b'{"key":"file","value":{"path":"a","encoding":"base64","content":5}}',
        HEADER + b'{"key":"file","value":{"path":"a","encoding":"base64"}}',
        HEADER + b'{"key":"file","value":{"path":"\xff","encoding":"base64","content":"QQ=="}}',
        HEADER + b'{"key":"file","value":{"path":"\\ud800","encoding":"base64","content":"QQ=="}}',
        HEADER + b'{"key":"file","value":{"path":5,"encoding":"base64","content":"QQ=="}}',
        HEADER + b'{"key":"surprise","value":{"path":"a"}}',
        HEADER + b'{"key":"file","value":[]}',
        HEADER + b"[]",
        HEADER + HEADER,
        b'{"key":"file","value":{"path":"a","encoding":"base64","content":"QQ=="}}\n' + HEADER,
        b'{"key":"header","value":{"description":""}}\n',
        b'{"key":"header","value":{"summary":"  "}}\n',
        b'{"key":"header","value":{"summary":"s","parentCommit":"zz"}}\n',
        b'{"key":"header","value":{"summary":"a\\u0000b"}}\n',
    ],
)
def test_malformed_or_truncated_lines_are_refused_and_nothing_is_stored(hub, repo, text):
    before = head_of(repo)

    assert refusal(hub.commit(repo, text=text))[0] == 400
    assert head_of(repo) == before
    assert nothing_is_spooled()


def test_a_regular_file_above_the_limit_and_a_commit_above_the_limit_are_413(hub, repo, settings):
    settings.REGULAR_FILE_LIMIT_BYTES = 1 << 20
    assert refusal(hub.commit(repo, file_line("a", b"x" * (1 << 20) + b"x"))) == (413, "TooLarge")

    settings.COMMIT_LIMIT_BYTES = 1 << 10
    assert refusal(hub.commit(repo, file_line("a", b"x" * 2000))) == (413, "TooLarge")
    assert paths_of(repo) == [".gitattributes"]


def test_a_card_that_is_not_valid_is_refused_with_all_else_of_the_commit(hub, repo):
    response = hub.commit(
        repo, file_line("a.txt", b"x"), file_line("README.md", b"---\nlicense: [nonsense\n---\n")
    )

    assert refusal(response)[0] == 400
    assert paths_of(repo) == [".gitattributes"]


def test_strangers_readers_and_anonymous_cannot_commit(cast, repo):
    reader = Hub()
    reader.headers = {"authorization": f"Bearer {a_token(cast.owner.user, TokenRole.READ)}"}

    assert refusal(Hub(cast.stranger).commit(repo, file_line("a", b"x"))) == (403, "Forbidden")
    assert refusal(reader.commit(repo, file_line("a", b"x"))) == (403, "Forbidden")
    assert refusal(Hub().commit(repo, file_line("a", b"x")))[0] == 401
    assert paths_of(repo) == [".gitattributes"]


def test_a_commit_to_a_branch_that_is_not_there_or_to_a_sha_is_404(hub, repo):
    assert refusal(hub.commit(repo, file_line("a", b"x"), branch="absent")) == (404, "RevisionNotFound")
    assert refusal(hub.commit(repo, file_line("a", b"x"), branch=head_of(repo))) == (404, "RevisionNotFound")


def test_pull_requests_are_refused_clearly(hub, repo):
    response = hub.post("/api/models/owner/tiny/preupload/main?create_pr=1", {"files": []})

    assert refusal(response) == (404, "NotSupported")


def test_preupload_returns_upload_modes_and_current_oids(hub, repo):
    sha256 = an_uploaded_object(repo, b"weights")
    hub.commit(
        repo,
        file_line("a.txt", b"hello"),
        large_line("model.bin", sha256),
        file_line(".gitignore", b"*.log\n"),
    )
    files = [
        {"path": "a.txt", "size": 5, "sample": base64.b64encode(b"hello").decode()},
        {"path": "model.bin", "size": 7, "sample": base64.b64encode(b"weights").decode()},
        {"path": "x.safetensors", "size": 9, "sample": ""},
        {"path": "raw", "size": 9, "sample": base64.b64encode(b"\0\1\2").decode()},
        {"path": "big.txt", "size": 11 << 20, "sample": ""},
        {"path": "empty.bin", "size": 0, "sample": ""},
        {"path": "run.log", "size": 1, "sample": ""},
    ]

    body = {
        one["path"]: one
        for one in hub.post("/api/models/owner/tiny/preupload/main", {"files": files}).json()["files"]
    }

    modes = {path: one["uploadMode"] for path, one in body.items()}
    assert modes == {
        "a.txt": "regular",
        "model.bin": "lfs",
        "x.safetensors": "lfs",
        "raw": "lfs",
        "big.txt": "lfs",
        "empty.bin": "regular",
        "run.log": "regular",
    }
    assert body["model.bin"]["oid"] == sha256
    assert body["a.txt"]["oid"] == "b6fc4c620b67d95f953a5c1c1230aaab5db5a1b0"
    assert body["raw"]["oid"] is None
    assert [path for path, one in body.items() if one["shouldIgnore"]] == ["run.log"]


BAD_SAMPLE, TOO_MANY = {"path": "a", "size": 1, "sample": "?"}, [{"path": "a", "size": 1}] * 1001


@pytest.mark.parametrize(
    "files", [None, {}, [5], [{"path": "a"}], [{"path": "a", "size": -1}], [BAD_SAMPLE], TOO_MANY]
)
def test_a_malformed_preupload_is_refused(hub, repo, files):
    assert refusal(hub.post("/api/models/owner/tiny/preupload/main", {"files": files}))[0] == 400
