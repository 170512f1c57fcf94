"""Packs that expand far beyond their size, objects with old defects, and repositories that hold them."""

from __future__ import annotations

import hashlib
import io
import json
import struct
import tarfile
import zlib

import pygit2
import pytest
import requests

from apps.registry.contents.revision_limits import check_expansion
from apps.registry.contents.services.commit import commit_changes
from apps.registry.contents.services.derive import refresh_derived
from apps.registry.formats.diffs import notebooks
from apps.registry.formats.diffs.notebooks import cells_between
from apps.registry.formats.text import PAGE_CHARACTERS, PAGE_LINES, text_page
from apps.registry.gitstore import Copy, TooManyFiles
from apps.registry.gitstore.dates import FIRST, LAST, commit_date
from apps.registry.gitstore.expansion import MOST, Expansions
from apps.registry.gitstore.large import all_ref_tips, large_history, reachable_large
from apps.registry.repos.selectors.files import git_of
from tests.api.test_git_protocol import PUSH, ZERO, commands, pack_of, push, sha_of
from tests.makers import a_repo
from tests.seed import commit_files, commit_large_file

KINDS = {1: "commit", 2: "tree", 3: "blob", 4: "tag"}
WHO = "A <a@example.com> 1312735823 +0000"
PAGES = (
    "",
    "/tree/side",
    "/commits/side",
    "/commits/side/a0",
    "/branches",
    "/tags",
    "/commit/side",
    "/compare/main...side",
)
OTHERS = (
    "/owner/tiny/feeds/commits.atom?revision=side",
    "/owner/tiny/feeds/commits.json?revision=side",
    "/api/models/owner/tiny/commits/side",
    "/api/models/owner/tiny/tree/side?expand=true",
    "/api/models/owner/tiny/tree/side?recursive=true&expand=true",
    "/api/models/owner/tiny/revision/side?blobs=true",
    "/api/models/owner/tiny/refs",
)


def object_sha(kind: int, data: bytes) -> bytes:
    return bytes.fromhex(sha_of(KINDS[kind], data))


def a_commit(tree: bytes, *, author: str = WHO, header: bytes = b"", words: bytes = b"m\n") -> bytes:
    head = f"tree {object_sha(2, tree).hex()}\nauthor {author}\ncommitter {author}\n".encode()
    return head + header + b"\n" + words


def a_bomb(depth: int, width: int = 10) -> list[tuple[int, bytes]]:
    """Return a blob, nested trees that each contain the next one many times, and a commit."""
    objects, mode = [(3, b"x")], b"100644"
    for _ in range(depth):
        raw = object_sha(*objects[-1])
        objects.append((2, b"".join(b"%s a%d\0" % (mode, place) + raw for place in range(width))))
        mode = b"40000"
    return [*objects, (1, a_commit(objects[-1][1]))]


def push_objects(client, person, *objects: tuple[int, bytes], ref: str = "refs/heads/side") -> bytes:
    body = commands(f"{ZERO} {object_sha(*objects[-1]).hex()} {ref}") + pack_of(*objects)
    return push(client, person, body).content


def write_objects(repo, objects: list[tuple[int, bytes]], ref: str = "refs/heads/side") -> str:
    """Write objects and a ref as a push would, without its checks."""
    git = git_of(repo).git
    for kind, data in objects:
        sha = git.odb.write(kind, data)
    git.references.create(ref, sha, force=True)
    return str(sha)


# --- trees


@pytest.mark.parametrize("depth", [6, 60])
def test_a_small_pack_cannot_expand_to_a_million_paths(cast, client, depth):
    a_repo(cast.owner)

    answer = push_objects(client, cast.owner, *a_bomb(depth))

    assert b"ng refs/heads/side" in answer
    assert b"200000" in answer


def test_a_running_site_refuses_it_and_keeps_working(site, live_cast):
    a_repo(live_cast.owner)
    bomb = a_bomb(30)
    body = commands(f"{ZERO} {object_sha(*bomb[-1]).hex()} refs/heads/main") + pack_of(*bomb)

    headers = {**live_cast.owner.headers, "Content-Type": PUSH}
    answer = requests.post(f"{site.url}/owner/tiny.git/git-receive-pack", body, headers=headers, timeout=60)

    assert answer.status_code == 200
    assert b"ng refs/heads/main" in answer.content
    assert requests.get(f"{site.url}/api/models/owner/tiny?blobs=true", timeout=60).json()["siblings"][0][
        "size"
    ]


def test_an_honest_tree_with_equal_folders_is_taken(cast, client):
    repo = a_repo(cast.owner)

    answer = push_objects(client, cast.owner, *a_bomb(3))

    assert b"ok refs/heads/side" in answer
    assert (
        sum(entry.is_file for entry in git_of(repo).tree(git_of(repo).resolve("side"), recursive=True))
        == 1000
    )


def test_copies_of_folders_cannot_grow_beyond_the_limit_either(cast, settings):
    settings.REVISION_FILES_LIMIT = 30
    repo = commit_files(cast.owner, a_repo(cast.owner), {f"d/{number}.txt": "x" for number in range(8)})

    def doubled(place: int) -> None:
        changes = [Copy("d", None, f"d/copy{place}")]
        commit_changes(
            actor=cast.owner.actor, address=repo.address, branch="main", changes=changes, message="m"
        )

    doubled(1)
    head = git_of(repo).resolve("main")
    with pytest.raises(TooManyFiles) as refusal:
        doubled(2)

    assert refusal.value.facts == {"limit": 30}
    assert git_of(repo).resolve("main") == head


def test_the_hub_client_and_the_editor_get_the_reason(cast, client, settings):
    settings.REVISION_FILES_LIMIT = 10
    commit_files(cast.owner, a_repo(cast.owner), {f"{number}.txt": "x" for number in range(9)})
    lines = (
        b'{"key": "header", "value": {"summary": "s"}}\n'
        b'{"key": "file", "value": {"path": "b", "content": "eA==", "encoding": "base64"}}'
    )
    client.force_login(cast.owner.user)

    hub = client.post(
        "/api/models/owner/tiny/commit/main",
        lines,
        content_type="application/x-ndjson",
        headers=cast.owner.headers,
    )
    page = client.post(
        "/owner/tiny/new/main",
        {"path": "b.txt", "content": "x", "message": "", "description": "", "parent": ""},
    )

    assert (hub.status_code, hub["X-Error-Code"]) == (422, "TooManyFiles")
    assert page.status_code == 422
    assert "10" in page.content.decode()


def test_paths_are_measured_where_they_end_not_where_they_are_met_first(cast, client):
    a_repo(cast.owner)
    chain, mode = [(3, b"x")], b"100644"
    for _ in range(150):
        chain.append((2, mode + b" a\0" + object_sha(*chain[-1])))
        mode = b"40000"

    answer = push_objects(client, cast.owner, *chain, (1, a_commit(chain[-1][1])))

    assert b"ng refs/heads/side" in answer


def test_counting_is_exact_up_to_the_limit(cast):
    repo = a_repo(cast.owner)
    small, large = (
        git_of(repo).tree_id(write_objects(repo, a_bomb(depth), f"refs/heads/d{depth}")) for depth in (3, 70)
    )
    paths = [entry.path for entry in git_of(repo).tree(git_of(repo).resolve("d3"), recursive=True)]

    counted = Expansions(git_of(repo).git)

    assert counted.of(small) == (len(paths), sum(map(len, paths)), max(map(len, paths)), 3)
    assert counted.of(large).entries == MOST


@pytest.mark.parametrize("mode", [b"60000", b"777", b"7777777777777777777777"])
def test_a_mode_that_is_no_kind_of_file_is_refused(cast, client, mode):
    a_repo(cast.owner)
    tree = mode + b" d\0" + b"\x01" * 20

    answer = push_objects(client, cast.owner, (2, tree), (1, a_commit(tree)))

    assert b"ng refs/heads/side" in answer
    assert client.get("/owner/tiny/tree/side").status_code == 404


# --- trees that were stored before they were judged


def test_pages_and_protocols_of_a_stored_bomb_answer(cast, client, monkeypatch):
    monkeypatch.setattr("apps.registry.gitstore.history.LIMIT_SECONDS", 1)
    monkeypatch.setattr("apps.registry.gitstore.deltas.RENAMES_SECONDS", 1)
    repo = a_repo(cast.owner)
    write_objects(repo, a_bomb(12))

    answers = {path: client.get(path) for path in (*(f"/owner/tiny{page}" for page in PAGES), *OTHERS)}

    assert {path: answer.status_code for path, answer in answers.items() if answer.status_code >= 500} == {}
    info = answers["/api/models/owner/tiny/revision/side?blobs=true"]
    assert len(info.json()["siblings"]) == 60_000
    assert info["X-HF-Warning"].startswith("siblings; ")
    assert client.get("/owner/tiny/archive/side.tar").status_code == 422


def test_rows_of_a_stored_bomb_are_derived_up_to_the_limit(cast, settings):
    settings.REVISION_FILES_LIMIT = 500
    repo = a_repo(cast.owner)
    write_objects(repo, a_bomb(12), "refs/heads/main")

    row = refresh_derived(repo)

    assert 0 < row.file_count <= 500
    assert "500" in row.files_problem
    with pytest.raises(TooManyFiles):
        check_expansion(git_of(row), git_of(row).tree_id(row.head))


def test_odd_modes_that_were_stored_are_read_as_submodules(cast, client):
    repo = a_repo(cast.owner)
    tree = b"100664 a\0" + object_sha(3, b"x") + b"60000 d\0" + b"\x01" * 20
    write_objects(repo, [(3, b"x"), (2, tree), (1, a_commit(tree))])

    assert [(entry.path, entry.mode) for entry in git_of(repo).tree(git_of(repo).resolve("side"))] == [
        ("a", 0o100644)
    ]
    assert client.get("/owner/tiny/tree/side").status_code == 200


def test_what_garbage_collection_keeps_is_what_histories_hold(cast, own_store):
    repo = commit_large_file(cast.owner, a_repo(cast.owner), "a.bin", b"one" * 500)
    repo = commit_large_file(cast.owner, repo, "a.bin", b"two" * 500)
    git = git_of(repo)

    found = reachable_large(git, all_ref_tips(git))

    assert len(found) == 2
    assert found == set(large_history(git, all_ref_tips(git)))


def test_a_list_with_files_ends_before_it_gets_heavy(cast, client, monkeypatch):
    monkeypatch.setattr("apps.registry.protocols.hub.listing.SIBLINGS_LIMIT", 5)
    for name in ("one", "two", "three"):
        commit_files(cast.owner, a_repo(cast.owner, name), {"a.txt": "x", "b.txt": "x"})

    first = client.get("/api/models?full=true&sort=createdAt")

    assert [one["id"] for one in first.json()] == ["owner/three"]
    second = client.get(first["Link"].partition(">")[0].removeprefix("<").partition("testserver")[2])
    assert [one["id"] for one in second.json()] == ["owner/two"]


# --- commits and tags


@pytest.mark.parametrize(
    ("author", "header"),
    [
        ("A <a@example.com> 4102444800000 +0000", b""),
        ("A <a@example.com> 9223372036854775807 +0000", b""),
        ("A <a@example.com> 0 -9999", b""),
        ("A <a@example.com> 1312735823 +051800", b""),
        (" <> 1312735823 +0000", b""),
        (WHO, b"encoding klingon\n"),
        (WHO, b"encoding utf-16\n"),
        (WHO, b"encoding idna\n"),
        (WHO, b"encoding rot13\n"),
        (WHO, b"encoding ISO-8859-1\n"),
    ],
)
def test_a_commit_that_git_takes_breaks_no_page(cast, client, author, header):
    repo = a_repo(cast.owner)
    tree = b"100644 a0\0" + object_sha(3, b"x")

    answer = push_objects(
        client,
        cast.owner,
        (3, b"x"),
        (2, tree),
        (1, a_commit(tree, author=author, header=header, words=b"caf\xe9\n")),
    )

    assert b"ok refs/heads/side" in answer
    paths = [
        *(f"/owner/tiny{page}" for page in PAGES),
        "/owner/tiny/blob/side/a0",
        "/owner/tiny/blame/side/a0",
        *OTHERS,
    ]
    assert {path: client.get(path).status_code for path in paths} == dict.fromkeys(paths, 200)
    archive = b"".join(client.get("/owner/tiny/archive/side.tar").streaming_content)
    with tarfile.open(fileobj=io.BytesIO(archive)) as members:
        assert members.getnames() == ["tiny-side/a0"]
    title = git_of(repo).commit(git_of(repo).resolve("side")).title
    assert title == ("café" if b"8859" in header else "caf\N{REPLACEMENT CHARACTER}")


def test_moments_are_clamped_to_what_pages_can_show():
    assert commit_date(1312735823).isoformat() == "2011-08-07T16:50:23+00:00"
    assert commit_date(-(2**62)) == FIRST
    assert commit_date(2**62) == LAST


def test_what_lies_in_the_future_has_a_date(cast, client):
    a_repo(cast.owner)
    tree = b"100644 a0\0" + object_sha(3, b"x")
    push_objects(
        client,
        cast.owner,
        (3, b"x"),
        (2, tree),
        (1, a_commit(tree, author="A <a@example.com> 4070908800 +0000")),
    )

    page = client.get("/owner/tiny/commits/side").content.decode()

    assert 'datetime="2099-01-01T00:00:00+00:00" data-moment' in page


@pytest.mark.parametrize("padding", [0, 120])
def test_faults_of_old_histories_are_taken_by_small_and_large_packs(cast, client, padding):
    a_repo(cast.owner)
    inner = b"100644 f\0" + object_sha(3, b"x")
    tree = b"040000 d\0" + object_sha(2, inner)
    blobs = [(3, b"%d" % number) for number in range(padding)]
    old = a_commit(tree, author="A <a@example.com>1312735823 +051800")

    answer = push_objects(client, cast.owner, *blobs, (3, b"x"), (2, inner), (2, tree), (1, old))

    assert b"ok refs/heads/side" in answer
    for path in (
        "/owner/tiny/tree/side/d",
        "/owner/tiny/commits/side",
        "/api/models/owner/tiny/tree/side?recursive=true&expand=true",
    ):
        assert client.get(path).status_code == 200


def test_words_of_a_commit_have_a_limit(cast, client):
    a_repo(cast.owner)

    answer = push_objects(client, cast.owner, (2, b""), (1, a_commit(b"", words=b"x" * (2 << 20))))

    assert b"ng refs/heads/side" in answer


def test_a_tag_leads_to_its_commit_by_a_few_steps(cast, client):
    repo = a_repo(cast.owner)
    last, kind, chain = repo.head, "commit", []
    for _ in range(20):
        chain.append((4, f"object {last}\ntype {kind}\ntag v1\ntagger {WHO}\n\nm\n".encode()))
        last, kind = object_sha(*chain[-1]).hex(), "tag"

    assert b"ok refs/tags/v1" in push_objects(client, cast.owner, *chain[:5], ref="refs/tags/v1")
    assert b"ng refs/tags/v2" in push_objects(client, cast.owner, *chain, ref="refs/tags/v2")


def test_branches_and_tags_are_bounded(cast, client, monkeypatch):
    monkeypatch.setattr("apps.registry.contents.services.checks.REFS_LIMIT", 2)
    repo = a_repo(cast.owner)

    def made(name: str) -> int:
        return client.post(
            f"/api/models/owner/tiny/branch/{name}", {}, "application/json", headers=cast.owner.headers
        ).status_code

    assert [made("one"), made("two")] == [200, 400]
    assert (
        b"ng refs/heads/three"
        in push(client, cast.owner, commands(f"{ZERO} {repo.head} refs/heads/three")).content
    )


def test_a_delta_that_names_gigabytes_is_not_made(cast, client):
    repo, base, times = a_repo(cast.owner), bytes(0xFFFFFF), 400
    sizes = b"".join(_varint(size) for size in (len(base), len(base) * times))
    # each copies the whole base
    delta = sizes + b"\xf0\xff\xff\xff" * times
    body = b"PACK" + struct.pack(">II", 2, 2) + _head(3, len(base)) + zlib.compress(base)
    body += _head(7, len(delta)) + object_sha(3, base) + zlib.compress(delta)

    answer = push(
        client,
        cast.owner,
        commands(f"{ZERO} {'1' * 40} refs/heads/side") + body + hashlib.sha1(body).digest(),
    ).content

    assert b"unpack " in answer
    assert b"unpack ok" not in answer
    assert git_of(repo).target("refs/heads/side") is None


def _varint(number: int) -> bytes:
    found = bytearray()
    while number > 127:
        found.append(number & 127 | 128)
        number >>= 7
    return bytes([*found, number])


def _head(kind: int, size: int) -> bytes:
    return bytes([kind << 4 | size & 15 | 128]) + _varint(size >> 4)


# --- lines


def test_a_text_is_shown_a_page_at_a_time():
    page = text_page("\n" * 200_000, "many.txt", 150_000)

    assert (page.count, len(page.rows)) == (200_000, PAGE_LINES)
    assert page.first <= 150_000 <= page.last
    assert (page.before, page.after) == (page.first - PAGE_LINES, page.last + 1)
    assert text_page("a\nb\n", "a.txt").is_whole
    assert text_page("a\nb", "a.txt", 9).last == 2


def test_pages_of_a_text_are_light_whatever_its_lines_are():
    text = "\n".join(['"' * 500_000, *["(" * 1_000] * 400])

    page, pages = text_page(text, "a.py"), 1
    while page.after:
        assert sum(len(row.html) for row in page.rows) < 2 << 20
        page, pages = text_page(text, "a.py", page.after), pages + 1

    assert page.last == 401
    assert pages >= 400_000 // PAGE_CHARACTERS


def test_a_file_of_empty_lines_makes_a_small_page_that_leads_to_the_others(cast, client):
    commit_files(cast.owner, a_repo(cast.owner), {"many.txt": "\n" * 200_000})

    page = client.get("/owner/tiny/blob/main/many.txt").content.decode()
    later = client.get("/owner/tiny/blob/main/many.txt?line=5000").content.decode()

    assert len(page) < 1 << 20
    assert 'data-lines="200000"' in page
    assert "?as=text&amp;line=2001" in page
    assert 'id="L5000"' in later
    assert 'id="L2000"' not in later


def test_odd_spellings_of_a_line_lead_somewhere(cast, client):
    commit_files(cast.owner, a_repo(cast.owner), {"a.txt": "one\ntwo\n"})

    for line in ("0", "-1", "9" * 30, "x", "2"):
        assert 'id="L2"' in client.get(f"/owner/tiny/blob/main/a.txt?line={line}").content.decode()


@pytest.mark.parametrize(
    "cell",
    [
        {"cell_type": "code", "source": "(a)\n" * 1_000, "outputs": []},
        {"cell_type": "markdown", "source": "*a* **b** [c](d) `e`\n\n" * 200},
        {
            "cell_type": "code",
            "source": "x",
            "outputs": [{"output_type": "stream", "name": "stdout", "text": "a"}] * 100,
        },
        {
            "cell_type": "code",
            "source": "x",
            "outputs": [{"output_type": "display_data", "data": {"text/html": "<b>x</b>" * 100}}] * 9,
        },
    ],
)
def test_a_notebook_of_many_cells_makes_a_page_of_bounded_weight(cast, client, cell):
    notebook = json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell] * 1_000})
    commit_files(cast.owner, a_repo(cast.owner), {"a.ipynb": notebook})

    page = client.get("/owner/tiny/blob/main/a.ipynb").content.decode()

    assert 'class="notebook-cell"' in page
    assert len(page) < 4 << 20


def test_lines_of_a_changed_notebook_are_made_up_to_a_limit():
    cells = [
        {"cell_type": "code", "source": f"# {number}\n" + "(a)\n" * 1_000, "outputs": []}
        for number in range(50)
    ]
    new = json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}).encode()

    changes = cells_between(b"", new)

    assert [change.added for change in changes] == [1_002] * 50
    assert sum(len(change.lines) for change in changes) <= notebooks.LINES_LIMIT
    assert changes[-1].is_cut


def test_headers_with_very_many_metadata_are_cut(cast, client):
    header = json.dumps({"__metadata__": {f"m{number}": "v" for number in range(20_000)}}).encode()
    commit_files(cast.owner, a_repo(cast.owner), {"m.safetensors": struct.pack("<Q", len(header)) + header})

    page = client.get("/owner/tiny/blob/main/m.safetensors").content.decode()

    assert "m199<" in page
    assert "m200<" not in page


def test_walks_do_not_end_at_the_depth_of_calls(cast):
    repo = a_repo(cast.owner)
    objects, mode = [(3, b"x")], b"100644"
    for _ in range(3_000):
        objects.append((2, mode + b" a\0" + object_sha(*objects[-1])))
        mode = b"40000"
    sha = write_objects(repo, [*objects, (1, a_commit(objects[-1][1]))])

    git = git_of(repo)
    assert isinstance(git.git[sha], pygit2.Commit)
    assert sum(1 for _ in git.tree(sha, recursive=True, after="a/a")) == 2_998
