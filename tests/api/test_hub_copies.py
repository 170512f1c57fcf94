"""Hub protocol: copies of repositories and large files, permanent deletion, weight headers."""

import hashlib
import json

import numpy
import pytest
from safetensors.numpy import save

from apps.registry.blobs.models import RepoObject, StoredBlob
from apps.registry.blobs.services import hash_blobs
from apps.registry.contents.services.commit import commit_changes
from apps.registry.gitstore import AddFile
from apps.registry.protocols.hub import weights
from apps.registry.repos.models import Repo
from tests.api.hub import Hub, large_line, refusal
from tests.api.test_hub_files import put, put_large
from tests.makers import a_repo

WEIGHTS = b"weights " * 300
ABSENT = "0" * 64


@pytest.fixture
def source(cast):
    repo = a_repo(owner=cast.owner, name="tiny")
    put(cast, repo, **{"README.md": b"---\nlicense: mit\n---\n# Hi\n", "data__a.txt": b"hello"})
    put_large(cast, repo, "model.bin", WEIGHTS)
    return repo


def test_a_copy_begins_with_the_files_in_one_commit_and_reads_its_own_large_files(cast, source):
    hub = Hub(cast.stranger)

    made = hub.post("/api/models/owner/tiny/duplicate", {"repository": "stranger/copy"})

    assert (made.json()["url"], made.json()["filesCopyPending"]) == ("http://testserver/stranger/copy", False)
    (first,) = hub.get("/api/models/stranger/copy/commits/main").json()
    assert first["title"] == "Duplicate from owner/tiny"
    answer_body = hub.get("/api/models/stranger/copy").json()
    assert {one["rfilename"] for one in answer_body["siblings"]} == {
        ".gitattributes",
        "README.md",
        "data/a.txt",
        "model.bin",
    }
    assert (answer_body["sha"], answer_body["cardData"]) == (first["id"], {"license": "mit"})
    Hub(cast.owner).delete("/api/repos/delete", {"name": "owner/tiny"})
    assert hub.get("/stranger/copy/resolve/main/data/a.txt").content == b"hello"
    assert b"".join(hub.get("/stranger/copy/resolve/main/model.bin").streaming_content) == WEIGHTS


@pytest.mark.parametrize(
    ("is_private", "body", "hides"),
    [
        (False, {}, False),
        (True, {}, True),
        (True, {"visibility": "public"}, False),
        (False, {"visibility": "private"}, True),
    ],
)
def test_a_duplicate_of_a_private_repository_is_private_by_default(cast, is_private, body, hides):
    a_repo(owner=cast.owner, name="app", kind="space", is_private=is_private, settings={"sdk": "gradio"})

    Hub(cast.owner).post("/api/spaces/owner/app/duplicate", {"repository": "grove/copy", **body})

    copy = Repo.objects.get(name="copy")
    assert (copy.is_private, copy.settings) == (hides, {"sdk": "gradio"})


def test_a_copy_that_cannot_be_made_leaves_nothing(cast, source):
    a_repo(owner=cast.stranger, name="taken")
    hub = Hub(cast.stranger)

    taken = hub.post("/api/models/owner/tiny/duplicate", {"repository": "stranger/Taken"})

    assert refusal(taken) == (409, "NameTaken")
    assert taken.json()["url"] == "http://testserver/stranger/taken"
    assert refusal(hub.post("/api/models/owner/tiny/duplicate", {"repository": "owner/mine"})) == (
        403,
        "Forbidden",
    )
    assert refusal(hub.post("/api/models/owner/tiny/duplicate", {"repository": "a/b/c"}))[0] == 400
    assert refusal(Hub().post("/api/models/owner/tiny/duplicate", {"repository": "stranger/x"}))[0] == 401
    assert Repo.objects.count() == 2


def test_a_hidden_repo_cannot_be_copied_by_strangers(cast):
    a_repo(owner=cast.owner, name="hidden", is_private=True)

    refused = Hub(cast.stranger).post("/api/models/owner/hidden/duplicate", {"repository": "stranger/mine"})

    assert refusal(refused) == (404, "RepoNotFound")


def test_unsupported_options_are_named_in_a_warning(cast):
    hub = Hub(cast.owner)
    space = {"name": "a", "type": "space", "sdk": "static", "hardware": "t4-small"}

    hardware = hub.post("/api/repos/create", space)
    protected = hub.post("/api/repos/create", {"name": "b", "visibility": "protected"})
    plain = hub.post("/api/repos/create", {"name": "c"})

    assert "hardware" in hardware["X-HF-Warning"].partition("; ")[2]
    assert protected["X-HF-Warning"].startswith("visibility; ")
    assert "X-HF-Warning" not in plain


def test_large_files_are_shared_with_a_repo_that_then_commits_them(cast, source):
    target = a_repo(owner=cast.stranger, name="target", kind="dataset")
    hub, sha256 = Hub(cast.stranger), hashlib.sha256(WEIGHTS).hexdigest()
    body = {
        "target": {"type": "dataset", "name": "stranger/target"},
        "files": [{"sha256": sha256}, {"sha256": ABSENT, "xetHash": ABSENT}],
    }

    shared = hub.post("/api/models/owner/tiny/lfs-files/duplicate", body)

    assert [one["sha256"] for one in shared.json()["failed"]] == [ABSENT]
    assert hub.commit(target, large_line("copy.bin", sha256)).status_code == 200
    assert b"".join(hub.get("/datasets/stranger/target/resolve/main/copy.bin").streaming_content) == WEIGHTS


def test_a_file_of_any_size_that_came_by_lfs_has_a_xet_hash_to_copy_it_by_once_it_is_computed(cast, source):
    target, hub = a_repo(owner=cast.stranger, name="target"), Hub(cast.stranger)
    sha256 = hashlib.sha256(WEIGHTS).hexdigest()
    api = "/api/models/owner/tiny"

    (before,) = hub.post(f"{api}/paths-info/main", {"paths": ["model.bin"]}).json()
    hash_blobs()
    (after,) = hub.post(f"{api}/paths-info/main", {"paths": ["model.bin"]}).json()
    (expanded,) = hub.post(f"{api}/paths-info/main", {"paths": ["model.bin"], "expand": True}).json()
    listed = hub.get(f"{api}/tree/main").json()

    assert "xetHash" not in before
    assert after["xetHash"] == StoredBlob.objects.get(sha256=sha256).xet_hash
    # what is told here is downloaded by Xet, which only files that came by Xet can be
    assert not any("xetHash" in one for one in [expanded, *listed])
    file = {"sha256": sha256, "xetHash": after["xetHash"], "filename": "model.bin"}
    body = {"target": {"type": "model", "name": "stranger/target"}, "files": [file]}
    assert hub.post(f"{api}/lfs-files/duplicate", body).json() == {"failed": []}
    assert hub.commit(target, large_line("copy.bin", sha256)).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"target": "stranger/target", "files": []},
        {"target": {"type": "bucket", "name": "stranger/target"}, "files": []},
        {"target": {"type": "dataset", "name": "stranger/target"}, "files": {}},
        {"target": {"type": "dataset", "name": "stranger/target"}, "files": [{"sha256": "x"}]},
        {"target": {"type": "dataset", "name": "owner/tiny"}, "files": []},
    ],
)
def test_malformed_sharing_is_refused(cast, source, body):
    a_repo(owner=cast.stranger, name="target", kind="dataset")

    assert refusal(Hub(cast.stranger).post("/api/models/owner/tiny/lfs-files/duplicate", body))[0] in (
        400,
        404,
    )


def test_sharing_needs_a_reader_here_and_a_writer_there(cast, source):
    a_repo(owner=cast.owner, name="hidden", is_private=True)
    body = {"target": {"type": "model", "name": "owner/tiny"}, "files": []}

    assert refusal(Hub(cast.stranger).post("/api/models/owner/hidden/lfs-files/duplicate", body)) == (
        404,
        "RepoNotFound",
    )
    assert refusal(Hub(cast.stranger).post("/api/models/owner/tiny/lfs-files/duplicate", body)) == (
        403,
        "Forbidden",
    )


def test_large_files_are_listed_page_by_page_with_those_of_the_history(cast, source):
    hub, base = Hub(cast.owner), "/api/models/owner/tiny"
    put_large(cast, source, "other.bin", b"other " * 300)
    hub.commit(source, {"key": "deletedFile", "value": {"path": "model.bin"}})

    first = hub.get(f"{base}/lfs-files?limit=1")
    second = hub.get(first["Link"][len("<http://testserver") : first["Link"].index(">")])

    files = {one["filename"]: one for one in first.json() + second.json()}
    assert set(files) == {"model.bin", "other.bin"}
    assert files["model.bin"]["fileOid"] == hashlib.sha256(WEIGHTS).hexdigest()
    assert (files["model.bin"]["size"], files["model.bin"]["ref"]) == (2400, "refs/heads/main")
    assert files["model.bin"]["pushedAt"].endswith("Z")
    assert "Link" not in second


def test_large_files_are_deleted_for_good_by_admins_only(cast, source):
    sha256, base = hashlib.sha256(WEIGHTS).hexdigest(), "/api/models/owner/tiny"
    body = {"deletions": {"sha": [sha256, ABSENT], "rewriteHistory": True}}

    assert refusal(Hub(cast.stranger).post(f"{base}/lfs-files/batch", body)) == (403, "Forbidden")
    done = Hub(cast.owner).post(f"{base}/lfs-files/batch", body)

    assert (done.status_code, done.json()["deleted"]) == (200, 1)
    assert Hub(cast.owner).get(f"{base}/lfs-files").json() == []
    assert refusal(Hub(cast.owner).get("/owner/tiny/resolve/main/model.bin")) == (404, "EntryNotFound")
    assert Hub(cast.owner).get("/owner/tiny/resolve/main/data/a.txt").status_code == 200
    assert not RepoObject.objects.exists()


@pytest.mark.parametrize(
    "deletions",
    [
        None,
        [],
        {"sha": []},
        {"sha": ["x"]},
        {"sha": [ABSENT] * 1001},
        {"sha": [ABSENT], "rewriteHistory": "no"},
    ],
)
def test_a_deletion_that_names_no_large_files_is_400(cast, source, deletions):
    assert (
        refusal(Hub(cast.owner).post("/api/models/owner/tiny/lfs-files/batch", {"deletions": deletions}))[0]
        == 400
    )


def commit_shards(cast, repo, folder: str = "", **index) -> None:
    shards = {
        f"model-{number}.safetensors": save({f"t{number}": numpy.zeros((2, number), "float16")})
        for number in (1, 2)
    }
    put_large(cast, repo, f"{folder}model-1.safetensors", shards["model-1.safetensors"])
    names = {
        "metadata": {"total_size": 12},
        "weight_map": {"t1": "model-1.safetensors", "t2": "model-2.safetensors"},
        **index,
    }
    changes = [
        AddFile(f"{folder}model-2.safetensors", shards["model-2.safetensors"]),
        AddFile(f"{folder}model.safetensors.index.json", json.dumps(names).encode()),
    ]
    commit_changes(
        actor=cast.owner.actor, address=repo.address, branch="main", changes=changes, message="Shards"
    )


@pytest.mark.parametrize("folder", ["", "unet/"])
def test_the_headers_of_all_shards_come_in_one_answer(cast, folder):
    commit_shards(cast, a_repo(owner=cast.owner, name="tiny"), folder)

    answer_body = (
        Hub().get(f"/api/models/owner/tiny/safetensors-metadata/{folder}model.safetensors.index.json").json()
    )

    assert answer_body["index"] == {"metadata": {"total_size": 12}}
    assert {shard: list(header) for shard, header in answer_body["headers"].items()} == {
        "model-1.safetensors": ["t1"],
        "model-2.safetensors": ["t2"],
    }
    assert answer_body["headers"]["model-2.safetensors"]["t2"]["shape"] == [2, 2]


@pytest.mark.parametrize(
    ("weight_map", "expected"),
    [({"t1": "absent.safetensors"}, 404), ({"t1": 5}, 422), (None, 422), ({"t1": ".gitattributes"}, 422)],
)
def test_an_index_that_leads_nowhere_is_refused(cast, weight_map, expected):
    commit_shards(cast, a_repo(owner=cast.owner, name="tiny"), weight_map=weight_map)

    assert (
        refusal(Hub().get("/api/models/owner/tiny/safetensors-metadata/model.safetensors.index.json"))[0]
        == expected
    )


def test_headers_too_large_for_one_answer_are_refused(cast, monkeypatch):
    commit_shards(cast, a_repo(owner=cast.owner, name="tiny"))
    monkeypatch.setattr(weights, "HEADERS_LIMIT_BYTES", 100)

    assert refusal(Hub().get("/api/models/owner/tiny/safetensors-metadata/model.safetensors.index.json")) == (
        413,
        "TooLarge",
    )
    assert refusal(Hub().get("/api/models/owner/tiny/safetensors-metadata/absent.json")) == (
        404,
        "EntryNotFound",
    )
