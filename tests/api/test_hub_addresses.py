"""Hub protocol: revisions and paths as the JavaScript client sends them, redirects, Xet discovery."""

import pytest

from apps.registry.contents.services.refs import create_branch
from tests.api.hub import Hub, file_line, refusal
from tests.api.test_hub_files import put
from tests.api.xet_calls import XetClient
from tests.makers import a_repo
from tests.xet_samples import SampleFile, SampleXorb, noise_bytes, split_chunks

BASE = "/api/models/owner/tiny"


@pytest.fixture
def repo(cast):
    repo = a_repo(owner=cast.owner, name="tiny")
    put(cast, repo, **{"data__a.txt": b"hello"})
    create_branch(actor=cast.owner.actor, address=repo.address, name="a/branch/with/slashes")
    return repo


@pytest.mark.parametrize(
    "revision",
    [
        "a/branch/with/slashes",
        "refs/heads/a/branch/with/slashes",
        "a%2Fbranch%2Fwith%2Fslashes",
        "main",
        "HEAD",
    ],
)
def test_revisions_are_found_encoded_or_as_they_are(repo, revision):
    hub = Hub()

    assert [one["path"] for one in hub.get(f"{BASE}/tree/{revision}/data").json()] == ["data/a.txt"]
    assert {one["path"] for one in hub.get(f"{BASE}/tree/{revision}").json()} == {".gitattributes", "data"}
    assert len(hub.get(f"{BASE}/commits/{revision}").json()) == 2
    assert hub.get(f"{BASE}/revision/{revision}").json()["sha"]
    assert hub.get(f"/owner/tiny/resolve/{revision}/data/a.txt").content == b"hello"
    assert hub.get(f"/owner/tiny/raw/{revision}/data/a.txt").content == b"hello"


@pytest.mark.parametrize("rest", ["a/branch", "a/branch/with", "nothing/data/a.txt", "x/" * 40 + "y"])
def test_a_path_without_a_revision_is_404(repo, rest):
    assert refusal(Hub().get(f"{BASE}/tree/{rest}")) == (404, "RevisionNotFound")
    assert refusal(Hub().get(f"/owner/tiny/resolve/{rest}/data/a.txt")) == (404, "RevisionNotFound")


def test_a_folder_that_is_absent_behind_a_raw_revision_is_no_entry(repo):
    refused = Hub().get(f"{BASE}/tree/a/branch/with/slashes/absent")

    assert refusal(refused) == (404, "EntryNotFound")
    assert '"absent"' in refused.json()["error"]
    assert '"a/branch/with/slashes"' in refused.json()["error"]


@pytest.mark.parametrize("word", ["resolve", "raw"])
def test_the_old_address_of_a_file_leads_to_the_new_one(cast, repo, word):
    owner = Hub(cast.owner)
    owner.commit(repo, file_line("ä b.txt", b"odd"))
    owner.post("/api/repos/move", {"fromRepo": "owner/tiny", "toRepo": "grove/large", "type": "model"})

    for method in (owner.get, owner.head):
        moved = method(f"/owner/tiny/{word}/a%2Fbranch%2Fwith%2Fslashes/data/a.txt?download=true")
        assert moved.status_code == 307
        assert (
            moved["Location"] == f"/grove/large/{word}/a%2Fbranch%2Fwith%2Fslashes/data/a.txt?download=true"
        )
    odd = owner.get(f"/OWNER/Tiny/{word}/main/%C3%A4%20b.txt")
    assert odd["Location"] == f"/grove/large/{word}/main/%C3%A4%20b.txt"
    assert owner.get(odd["Location"]).content == b"odd"
    assert owner.get(f"/GROVE/Large/{word}/main/data/a.txt").status_code == 200


def test_the_old_address_works_on_the_other_routes_as_it_is(cast, repo):
    owner = Hub(cast.owner)
    owner.post("/api/repos/move", {"fromRepo": "owner/tiny", "toRepo": "grove/large", "type": "model"})

    assert owner.get(f"{BASE}/tree/main").status_code == 200
    assert owner.get(f"{BASE}/refs").json()["branches"]
    assert (
        owner.commit(repo, file_line("new.txt", b"x"))
        .json()["commitUrl"]
        .startswith("http://testserver/grove/large/commit/")
    )
    assert owner.get("/owner/tiny.git/info/refs?service=git-upload-pack").status_code == 200
    assert owner.get(f"{BASE}/xet-read-token/main").json()["accessToken"]


def test_an_old_address_of_a_hidden_repository_is_not_found(cast):
    a_repo(owner=cast.owner, name="tiny", is_private=True)
    Hub(cast.owner).post(
        "/api/repos/move", {"fromRepo": "owner/tiny", "toRepo": "owner/large", "type": "model"}
    )

    assert refusal(Hub(cast.stranger).get("/owner/tiny/resolve/main/.gitattributes")) == (404, "RepoNotFound")


FILE = SampleFile.whole(SampleXorb(split_chunks(noise_bytes(100_000), 30_000)))
ACCEPT = "application/vnd.xet-fileinfo+json, */*"


@pytest.fixture
def large(client, cast, settings, tmp_path):
    settings.OBJECT_STORE = {"kind": "local", "root": tmp_path / "objects"}
    settings.XET_ADVERTISE_FROM_BYTES = 1000
    repo = a_repo(owner=cast.owner, name="tiny")
    XetClient(client, repo, cast.owner).send_file(FILE, commit=False)
    large = {
        "key": "lfsFile",
        "value": {"path": "a.bin", "algo": "sha256", "oid": FILE.oid, "size": len(FILE.data)},
    }
    assert Hub(cast.owner).commit(repo, large, file_line("small.txt", b"small")).status_code == 200
    return repo


def test_clients_that_accept_xet_file_info_get_only_headers(large):
    response = Hub().get("/owner/tiny/resolve/main/a.bin", Accept=ACCEPT, Range="bytes=0-0")

    assert (response.status_code, response["Content-Type"], response.content) == (
        200,
        "application/vnd.xet-fileinfo+json",
        b"",
    )
    assert (response["ETag"], response["X-Linked-Size"], response["X-Xet-Hash"]) == (
        f'"{FILE.oid}"',
        str(len(FILE.data)),
        FILE.text,
    )
    assert 'rel="xet-auth"' in response["Link"]
    assert 'rel="xet-reconstruction-info"' in response["Link"]


def test_other_clients_and_small_files_get_the_requested_range(large, settings):
    for path, size in (("a.bin", len(FILE.data)), ("small.txt", 5)):
        accept = ACCEPT if path == "small.txt" else "*/*"
        sent = Hub().get(f"/owner/tiny/resolve/main/{path}", Accept=accept, Range="bytes=0-0")
        assert (sent.status_code, sent["Content-Range"]) == (206, f"bytes 0-0/{size}")
    settings.XET_ADVERTISE_FROM_BYTES = 1 << 30
    assert Hub().get("/owner/tiny/resolve/main/a.bin", Accept=ACCEPT, Range="bytes=0-0").status_code == 206
