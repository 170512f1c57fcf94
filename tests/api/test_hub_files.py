"""Hub protocol: info, trees, commits, branches, tags, and file downloads."""

import gzip
import hashlib
import json

import pytest

from apps.registry.blobs.services import UploadContext, store_blob
from apps.registry.contents.services.commit import commit_changes
from apps.registry.gitstore import AddFile, AddLarge
from apps.registry.repos.models import Repo
from tests.api.hub import Hub, refusal
from tests.history_samples import with_modes
from tests.makers import a_repo

WEIGHTS = bytes(range(256)) * 40


def put(cast, repo, **files: bytes) -> str:
    """Commit files by path (`__` is a slash) and return the commit."""
    changes = [AddFile(path.replace("__", "/"), content) for path, content in files.items()]
    return commit_changes(
        actor=cast.owner.actor, address=repo.address, branch="main", changes=changes, message="Add files"
    ).sha


def put_large(cast, repo, path: str, content: bytes) -> str:
    sha256 = hashlib.sha256(content).hexdigest()
    store_blob(UploadContext(repo.id), sha256=sha256, size=len(content), blocks=iter([content]))
    commit_changes(
        actor=cast.owner.actor,
        address=repo.address,
        branch="main",
        changes=[AddLarge(path, sha256)],
        message="Add weights",
    )
    return sha256


@pytest.fixture
def repo(cast):
    repo = a_repo(owner=cast.owner, name="tiny")
    put(
        cast,
        repo,
        **{
            "README.md": b"---\nlicense: mit\n---\n# Hi\n",
            "data__a.txt": b"hello world",
            "data__deep__b.txt": b"b",
        },
    )
    return repo


@pytest.fixture
def hub(cast):
    return Hub(cast.owner)


BASE = "/api/models/owner/tiny"


def test_info_has_sha_files_and_card(hub, cast, repo):
    sha256 = put_large(cast, repo, "model.bin", WEIGHTS)

    body = hub.get(f"{BASE}?blobs=true&securityStatus=true").json()

    assert body["sha"] == Repo.objects.get().head
    assert (body["id"], body["author"], body["private"], body["gated"]) == (
        "owner/tiny",
        "owner",
        False,
        False,
    )
    assert body["cardData"] == {"license": "mit"}
    assert body["createdAt"].endswith("Z")
    files = {one["rfilename"]: one for one in body["siblings"]}
    assert files["data/a.txt"]["size"] == 11
    assert files["model.bin"]["lfs"] == {"sha256": sha256, "size": 10240, "pointerSize": 130}
    assert set(body["securityRepoStatus"]) == {"scansDone", "filesWithIssues"}
    assert "blobId" not in hub.get(BASE).json()["siblings"][0]


def test_info_at_a_revision_has_its_sha_and_a_missing_one_is_404(hub, repo):
    first = hub.get(f"{BASE}/commits/main").json()[-1]["id"]

    assert hub.get(f"{BASE}/revision/{first[:8]}").json()["sha"] == first
    assert hub.get(f"{BASE}/revision/HEAD").json()["sha"] == Repo.objects.get().head
    assert hub.get(f"{BASE}/revision/refs%2Fheads%2Fmain").json()["sha"] == Repo.objects.get().head
    assert refusal(hub.get(f"{BASE}/revision/absent")) == (404, "RevisionNotFound")


def test_expand_returns_only_named_properties_and_an_unknown_one_is_400_with_the_list(hub, repo):
    body = hub.get(f"{BASE}?expand=author&expand=downloadsAllTime&expand[]=childrenModelCount").json()

    assert set(body) == {"_id", "id", "author", "downloadsAllTime", "childrenModelCount"}
    response = hub.get("/api/models/owner/absent?expand=foo")
    assert refusal(response) == (400, "BadRequest")
    assert '"author"|"baseModels"|' in response.json()["error"]


def test_every_property_of_expand_is_supported(hub, cast, repo):
    from huggingface_hub.hf_api import ExpandDatasetProperty_T, ExpandModelProperty_T, ExpandSpaceProperty_T

    for kind, words in (
        ("model", ExpandModelProperty_T),
        ("dataset", ExpandDatasetProperty_T),
        ("space", ExpandSpaceProperty_T),
    ):
        a_repo(owner=cast.owner, name="wide", kind=kind)
        query = "&".join(f"expand={word}" for word in words.__args__)
        assert hub.get(f"/api/{kind}s/owner/wide?{query}").status_code == 200
        assert hub.get(f"/api/{kind}s?{query}").json()[0]["id"]


def test_a_tree_lists_a_folder_or_all_below_it(hub, repo):
    def paths(query):
        return [(one["type"], one["path"]) for one in hub.get(f"{BASE}/tree/main{query}").json()]

    assert paths("") == [("file", ".gitattributes"), ("file", "README.md"), ("directory", "data")]
    assert paths("/data%2Fdeep") == [("file", "data/deep/b.txt")]
    assert paths("/data/deep") == paths("/data%2Fdeep")
    assert [path for _, path in paths("?recursive=true")][2:] == [
        "data",
        "data/a.txt",
        "data/deep",
        "data/deep/b.txt",
    ]


def test_a_long_tree_comes_in_pages_that_link_to_each_other(hub, repo):
    seen, address = [], f"{BASE}/tree/main?recursive=true&limit=2"
    while address:
        response = hub.get(address.removeprefix("http://testserver"))
        seen += [one["path"] for one in response.json()]
        link = response.headers.get("Link", "")
        assert not link or link.startswith(f"<http://testserver{BASE}/tree/{Repo.objects.get().head}?")
        address = link[1 : link.index(">")] if link else ""

    assert seen == [one["path"] for one in hub.get(f"{BASE}/tree/main?recursive=true").json()]
    assert len(seen) == 6


def test_a_long_page_is_the_same_from_memory_and_for_clients_without_gzip(hub, cast, repo):
    many = [AddFile(f"many/{number:04d}.txt", str(number).encode()) for number in range(600)]
    commit_changes(actor=cast.owner.actor, address=repo.address, branch="main", changes=many, message="many")
    address = f"{BASE}/tree/main/many?recursive=true"

    first = hub.get(address)
    second = hub.get(address, accept_encoding="gzip")
    paged = hub.get(f"{address}&limit=500", accept_encoding="gzip")

    assert len(first.json()) == 600
    assert second["Content-Encoding"] == "gzip"
    assert json.loads(gzip.decompress(second.content)) == first.json()
    assert json.loads(gzip.decompress(paged.content)) == first.json()[:500]
    assert "Link" in paged
    assert "Link" not in second


def test_an_expanded_tree_has_the_last_commit_of_each_entry(hub, cast, repo):
    sha = put(cast, repo, **{"data__a.txt": b"changed"})

    last = {one["path"]: one["lastCommit"] for one in hub.get(f"{BASE}/tree/main?expand=true").json()}

    assert last["data"] == {"id": sha, "title": "Add files", "date": last["data"]["date"]}
    assert last[".gitattributes"]["title"] == "initial commit"


def test_a_folder_that_is_absent_is_404_with_the_commit(hub, repo):
    response = hub.get(f"{BASE}/tree/main/additional_chat_templates")

    assert refusal(response) == (404, "EntryNotFound")
    assert response["X-Repo-Commit"] == Repo.objects.get().head
    assert refusal(hub.get(f"{BASE}/tree/absent")) == (404, "RevisionNotFound")
    assert refusal(hub.get(f"{BASE}/tree/main?cursor=%21"))[0] == 400


def test_paths_info_takes_forms_and_json_and_leaves_out_what_is_absent(hub, repo):
    form = hub.send(
        "POST",
        f"{BASE}/paths-info/main",
        body=b"paths=data&paths=absent&paths=README.md",
        kind="application/x-www-form-urlencoded",
    )
    sent = hub.post(f"{BASE}/paths-info/main", {"paths": ["data", "absent", "README.md"], "expand": True})

    assert [one["path"] for one in form.json()] == ["data", "README.md"]
    assert [one["lastCommit"]["title"] for one in sent.json()] == ["Add files", "Add files"]
    for bad in ({"paths": [5]}, {"paths": 5}, {"paths": ["x"] * 1001}, {"paths": ["\u0000"]}):
        assert refusal(hub.post(f"{BASE}/paths-info/main", bad))[0] == 400


def test_commits_come_newest_first_and_in_pages(hub, repo):
    response = hub.get(f"{BASE}/commits/main?limit=1")
    link = response["Link"]
    second = hub.get(link[len("<http://testserver") : link.index(">")])

    assert [one["title"] for one in response.json() + second.json()] == ["Add files", "initial commit"]
    assert response["X-Total-Count"] == "2"
    assert response.json()[0]["authors"] == [{"user": "owner"}]
    assert "Link" not in second
    assert "formatted" not in response.json()[0]
    assert hub.get(f"{BASE}/commits/main?expand[]=formatted").json()[0]["formatted"]["title"] == "Add files"
    assert refusal(hub.get(f"{BASE}/commits/main?cursor=x"))[0] == 400


def test_branches_are_made_listed_and_removed(hub, repo):
    first = hub.get(f"{BASE}/commits/main").json()[-1]["id"]

    assert hub.post(f"{BASE}/branch/a%2Fb", {"startingPoint": first}).status_code == 200
    assert hub.get(f"{BASE}/refs").json()["branches"][1] == {
        "name": "a/b",
        "ref": "refs/heads/a/b",
        "targetCommit": first,
    }
    response = hub.post(f"{BASE}/branch/a%2Fb")
    assert refusal(response) == (409, "RefExists")
    assert "refs/heads/a/b" in response["X-Error-Message"]
    assert hub.delete(f"{BASE}/branch/a%2Fb").status_code == 200
    assert refusal(hub.delete(f"{BASE}/branch/a%2Fb")) == (404, "RevisionNotFound")
    assert "refs/heads/main" in hub.delete(f"{BASE}/branch/main")["X-Error-Message"]


@pytest.mark.parametrize(
    "name", ["a..b", "a b", "-x", "x.lock", "a%00b", "refs%2Fheads%2Fx", "HEAD", "%FF", "n" * 201]
)
def test_a_branch_or_tag_of_a_bad_name_is_refused(hub, repo, name):
    assert hub.post(f"{BASE}/branch/{name}").status_code in (400, 404, 422)
    assert len(hub.get(f"{BASE}/refs").json()["branches"]) == 1


def test_tags_are_made_and_removed(hub, repo):
    assert hub.post(f"{BASE}/tag/main", {"tag": "v1", "message": "First"}).status_code == 200
    assert hub.get(f"{BASE}/refs").json()["tags"] == [
        {"name": "v1", "ref": "refs/tags/v1", "targetCommit": Repo.objects.get().head}
    ]
    assert refusal(hub.post(f"{BASE}/tag/main", {"tag": "v1"})) == (409, "RefExists")
    assert refusal(hub.post(f"{BASE}/tag/absent", {"tag": "v2"})) == (404, "RevisionNotFound")
    assert refusal(hub.post(f"{BASE}/tag/main", {"tag": 5}))[0] == 400
    assert hub.delete(f"{BASE}/tag/v1").status_code == 200
    assert refusal(hub.delete(f"{BASE}/tag/v1")) == (404, "RevisionNotFound")


def test_refs_change_only_for_those_who_may_write(cast, repo):
    for person in (cast.stranger, cast.anonymous):
        for response in (
            Hub(person).post(f"{BASE}/branch/x"),
            Hub(person).post(f"{BASE}/tag/main", {"tag": "v1"}),
        ):
            assert response.status_code == (403 if person is cast.stranger else 401)


def test_a_squashed_branch_has_one_commit_and_the_same_files(hub, repo):
    before = hub.get(f"{BASE}/tree/main?recursive=true").json()

    assert hub.post(f"{BASE}/super-squash/main", {"message": "All"}).status_code == 200

    assert [one["title"] for one in hub.get(f"{BASE}/commits/main").json()] == ["All"]
    assert hub.get(f"{BASE}/tree/main?recursive=true").json() == before
    assert Repo.objects.get().head == hub.get(f"{BASE}/commits/main").json()[0]["id"]


def test_a_regular_file_is_sent_with_what_clients_need(hub, repo):
    response = hub.get("/owner/tiny/resolve/main/data/a.txt")

    assert response.content == b"hello world"
    assert response["ETag"] == '"95d09f2b10159347eece71399a7e2e907ea3df4f"'
    assert response["X-Repo-Commit"] == Repo.objects.get().head
    assert (response["Content-Length"], response["Accept-Ranges"]) == ("11", "bytes")
    assert response["Content-Disposition"] == "inline; filename*=UTF-8''a.txt; filename=\"a.txt\";"
    head = hub.head("/owner/tiny/resolve/main/data/a.txt")
    assert (head["Content-Length"], head["ETag"], head.content) == ("11", response["ETag"], b"")


@pytest.mark.parametrize(
    ("facts", "sent", "fields"),
    [
        ("bytes=0-4", b"hello", "bytes 0-4/11"),
        ("bytes=6-", b"world", "bytes 6-10/11"),
        ("bytes=-5", b"world", "bytes 6-10/11"),
        ("bytes=6-999", b"world", "bytes 6-10/11"),
    ],
)
def test_a_part_of_a_file_is_sent_by_range(hub, repo, facts, sent, fields):
    response = hub.get("/owner/tiny/resolve/main/data/a.txt", Range=facts)

    assert (response.status_code, response.content, response["Content-Range"]) == (206, sent, fields)
    assert response["Content-Length"] == str(len(sent))


def test_a_range_beyond_the_end_is_416_with_the_size(hub, repo):
    response = hub.get("/owner/tiny/resolve/main/data/a.txt", Range="bytes=11-")

    assert refusal(response)[0] == 416
    assert response["Content-Range"] == "bytes */11"


def test_a_matching_etag_is_304(hub, repo):
    etag = hub.head("/owner/tiny/resolve/main/data/a.txt")["ETag"]

    assert hub.get("/owner/tiny/resolve/main/data/a.txt", If_None_Match=etag).status_code == 304
    assert (
        hub.get("/owner/tiny/resolve/main/data/a.txt", Range="bytes=0-1", If_Range='"other"').status_code
        == 200
    )


def test_a_large_file_is_sent_whole_and_by_range_with_its_links(hub, cast, repo):
    sha256 = put_large(cast, repo, "model.bin", WEIGHTS)

    head = hub.head("/owner/tiny/resolve/main/model.bin")
    assert (head["ETag"], head["X-Linked-ETag"], head["X-Linked-Size"]) == (
        f'"{sha256}"',
        f'"{sha256}"',
        "10240",
    )
    assert head["Content-Length"] == "10240"
    whole = hub.get("/owner/tiny/resolve/main/model.bin")
    assert b"".join(whole.streaming_content) == WEIGHTS
    part = hub.get("/owner/tiny/resolve/main/model.bin", Range="bytes=250-259")
    assert (part.status_code, b"".join(part.streaming_content)) == (206, WEIGHTS[250:260])
    raw = hub.get("/owner/tiny/raw/main/model.bin")
    assert raw.content.startswith(b"version https://git-lfs.github.com/spec/v1\noid sha256:")


def test_files_are_never_run_by_a_browser(hub, cast, repo):
    put(
        cast,
        repo,
        **{"page.html": b"<script>alert(1)</script>", "pic.svg": b"<svg/>", "a.js": b"1", "weird": b"<html>"},
    )

    for path in ("page.html", "pic.svg", "a.js", "weird"):
        for word in ("resolve", "raw"):
            response = hub.get(f"/owner/tiny/{word}/main/{path}")
            assert response["Content-Type"] in ("text/plain; charset=utf-8", "application/octet-stream")
            assert response["X-Content-Type-Options"] == "nosniff"
            assert "sandbox" in response["Content-Security-Policy"]


@pytest.mark.parametrize(
    "path", ["absent.json", "data", "data/", "..%2F..%2Fetc%2Fpasswd", "%FF", "x" * 3000, ".git/config"]
)
def test_a_file_that_is_absent_is_404_with_the_commit(hub, repo, path):
    for send in (hub.get, hub.head):
        response = send(f"/owner/tiny/resolve/main/{path}")
        assert refusal(response) == (404, "EntryNotFound")
        assert response["X-Repo-Commit"] == Repo.objects.get().head


def test_names_beyond_ascii_and_names_with_percent_signs_are_found(hub, cast, repo):
    put(cast, repo, **{"日本 語.txt": b"1", "100%25.txt": b"2", "a+b#c?.txt": b"3"})

    for path, content in (
        ("%E6%97%A5%E6%9C%AC%20%E8%AA%9E.txt", b"1"),
        ("100%2525.txt", b"2"),
        ("a%2Bb%23c%3F.txt", b"3"),
    ):
        assert hub.get(f"/owner/tiny/resolve/main/{path}").content == content


def test_a_download_is_counted_once_for_all_files_that_a_client_fetches(cast, repo):
    for _ in range(2):
        for path in ("README.md", "data/a.txt"):
            Hub().head(f"/owner/tiny/resolve/main/{path}", X_HF_Download_Counter="1")
            Hub().get(f"/owner/tiny/resolve/main/{path}", X_HF_Download_Counter="1")
    Hub().get("/owner/tiny/resolve/main/README.md")

    assert Repo.objects.get().downloads == 1


def test_datasets_are_resolved_under_their_own_prefix(hub, cast):
    a_repo(owner=cast.owner, name="tweets", kind="dataset")

    assert hub.get("/datasets/owner/tweets/resolve/main/.gitattributes").status_code == 200
    assert refusal(hub.get("/owner/tweets/resolve/main/.gitattributes")) == (404, "RepoNotFound")
    assert refusal(hub.get("/gpt2/resolve/main/config.json")) == (404, "RepoNotFound")


def test_large_files_of_a_history_are_listed(hub, cast, repo):
    sha256 = put_large(cast, repo, "model.bin", WEIGHTS)

    found = hub.get(f"{BASE}/lfs-files").json()

    assert [(one["fileOid"], one["filename"], one["size"]) for one in found] == [(sha256, "model.bin", 10240)]


@pytest.mark.parametrize("more", [0, 150])
def test_submodules_are_listed_and_are_no_files(cast, repo, hub, more):
    put(cast, repo, **{f"many__{number}.txt": b"x" for number in range(more)})
    repo = Repo.objects.get()
    repo = with_modes(cast.owner, repo, {"vendor": (0o160000, "1" * 40)}, "Add a submodule")

    for query in ("", "?recursive=true", "?expand=true"):
        items = hub.get(f"{BASE}/tree/main{query}").json()
        (found,) = (one for one in items if one["path"] == "vendor")
        assert (found["type"], found["oid"], found["size"]) == ("unknown", "1" * 40, 0)
    assert hub.get(f"{BASE}/tree/main/vendor").status_code == 404
    assert hub.get("/owner/tiny/resolve/main/vendor").status_code == 404
    siblings = {one["rfilename"] for one in hub.get(BASE).json()["siblings"]}
    assert (len(siblings), "vendor" in siblings) == (4 + more, False)
