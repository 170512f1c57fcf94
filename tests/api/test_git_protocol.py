"""git over HTTP with requests that git never sends."""

import gzip
import hashlib
import struct
import zlib

import pytest

from apps.registry.protocols.git.packets import FLUSH, PacketReader, inflate, packet
from apps.registry.repos.selectors.files import git_of
from tests.makers import a_repo

ZERO = "0" * 40
PUSH = "application/x-git-receive-pack-request"
FETCH = "application/x-git-upload-pack-request"


def push(client, person, body, path="/owner/tiny/git-receive-pack", **headers):
    return client.post(path, body, content_type=PUSH, headers={**person.headers, **headers})


def commands(*lines, abilities="report-status side-band-64k"):
    first, *others = lines
    return (
        packet(f"{first}\0{abilities}".encode()) + b"".join(packet(line.encode()) for line in others) + FLUSH
    )


def pack_of(*objects):
    """Return a pack of whole objects, each (type, bytes): 1 commit, 2 tree, 3 blob."""
    body = b"PACK" + struct.pack(">II", 2, len(objects))
    for kind, data in objects:
        size, head = len(data), (kind << 4) | (len(data) & 15)
        size >>= 4
        while size:
            body += bytes([head | 128])
            head, size = size & 127, size >> 7
        body += bytes([head]) + zlib.compress(data)
    return body + hashlib.sha1(body).digest()


def sha_of(kind, data):
    return hashlib.sha1(f"{kind} {len(data)}\0".encode() + data).hexdigest()


def nothing_moved(repo):
    folder = git_of(repo).folder
    return git_of(repo).resolve("main") == repo.head and not list((folder / "objects").glob("tmp_*"))


def test_only_smart_http_is_served(cast, client):
    a_repo(cast.owner)

    assert client.get("/owner/tiny/info/refs").status_code == 403
    assert client.get("/owner/tiny/info/refs?service=git-shell").status_code == 403
    assert client.get("/owner/tiny/git-upload-pack").status_code == 405


def test_git_gets_an_authentication_challenge(cast, client):
    a_repo(cast.owner)
    a_repo(cast.owner, "secret", is_private=True)

    for path in (
        "/owner/tiny/info/refs?service=git-receive-pack",
        "/owner/secret/info/refs?service=git-upload-pack",
        "/a/b/info/refs?service=git-upload-pack",
    ):
        answer = client.get(path)
        assert answer.status_code == 401
        assert answer["WWW-Authenticate"].startswith("Basic realm=")
        assert answer["Content-Type"].startswith("text/plain")
    for path in ("/owner/tiny/git-receive-pack", "/owner/secret/git-upload-pack"):
        assert client.post(path, b"0000", content_type=PUSH).status_code == 401


def test_a_stranger_sees_nothing_of_a_private_repository_and_cannot_push_to_a_public_one(cast, client):
    a_repo(cast.owner)
    a_repo(cast.owner, "secret", is_private=True)

    hidden = client.get("/owner/secret/info/refs?service=git-upload-pack", headers=cast.stranger.headers)
    absent = client.get("/owner/absent/info/refs?service=git-upload-pack", headers=cast.stranger.headers)
    assert (
        (hidden.status_code, hidden.content) == (absent.status_code, absent.content) == (404, absent.content)
    )
    assert push(client, cast.stranger, b"0000").status_code == 403


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"zzzz",
        b"0005",
        b"fff0abc",
        b"0003",
        packet(b"hello"),
        packet(f"{ZERO} {ZERO} refs/heads/x".encode()) + FLUSH,
    ],
)
def test_a_push_that_cannot_be_read_is_a_bad_request(cast, client, body):
    repo = a_repo(cast.owner)

    assert push(client, cast.owner, body).status_code == 400

    assert nothing_moved(repo)


@pytest.mark.parametrize(
    "pack",
    [
        b"",
        b"PACK",
        b"junk" * 10,
        pack_of((3, b"x"))[:-5],
        pack_of((3, b"x"))[:-20] + b"\0" * 20,
        b"PACK" + b"\0\0\0\2" + b"\xff" * 40,
    ],
)
def test_a_broken_pack_is_refused_in_the_report_and_leaves_nothing(cast, client, pack):
    repo = a_repo(cast.owner)

    answer = push(client, cast.owner, commands(f"{ZERO} {'1' * 40} refs/heads/x") + pack)

    assert answer.status_code == 200
    assert b"ng refs/heads/x" in answer.content
    assert nothing_moved(repo)
    assert git_of(repo).target("refs/heads/x") is None


def test_a_commit_whose_files_were_not_sent_is_refused(cast, client):
    repo = a_repo(cast.owner)
    commit = f"tree {'2' * 40}\nauthor o <o@e> 1 +0000\ncommitter o <o@e> 1 +0000\n\nx\n".encode()

    answer = push(
        client, cast.owner, commands(f"{ZERO} {sha_of('commit', commit)} refs/heads/x") + pack_of((1, commit))
    )

    assert b"ng refs/heads/x" in answer.content
    assert nothing_moved(repo)


@pytest.mark.parametrize(
    "name",
    [
        "refs/heads/a..b",
        "refs/heads/x.lock",
        "refs/pr/9",
        "HEAD",
        "refs/heads/../../x",
        "objects/pack",
        "refs/heads/" + "x" * 300,
    ],
)
def test_odd_names_of_refs_are_refused(cast, client, name):
    repo = a_repo(cast.owner)

    answer = push(client, cast.owner, commands(f"{ZERO} {repo.head} {name}"))

    assert b"ng " in answer.content
    assert [ref.name for ref in git_of(repo).refs().branches] == ["main"]


def test_a_branch_can_lead_only_to_a_commit(cast, client):
    repo = a_repo(cast.owner)
    blob = git_of(repo).entry(repo.head, ".gitattributes").oid

    answer = push(client, cast.owner, commands(f"{ZERO} {blob} refs/heads/x"))

    assert b"ng refs/heads/x" in answer.content


def test_one_refused_ref_refuses_all(cast, client):
    repo = a_repo(cast.owner)

    answer = push(
        client,
        cast.owner,
        commands(f"{ZERO} {repo.head} refs/heads/good", f"{repo.head} {ZERO} refs/heads/main"),
    )

    assert b"ng refs/heads/good" in answer.content
    assert git_of(repo).target("refs/heads/good") is None


def test_ten_thousand_refs_move_in_one_push_and_one_more_is_told_to_be_split(cast, client):
    repo = a_repo(cast.owner)
    moves = [f"{ZERO} {repo.head} refs/tags/v{number}" for number in range(10_001)]

    refused = push(client, cast.owner, commands(*moves))
    twice = push(client, cast.owner, commands(moves[0], moves[0]))
    accepted = push(client, cast.owner, commands(*moves[1:]))

    assert b"10,001" in refused.content
    assert b"git push origin" in refused.content
    assert b"ng refs/tags/v0" in twice.content
    assert b"ok refs/tags/v10000" in accepted.content
    assert len(git_of(repo).refs().tags) == 10_000


def test_a_stale_push_is_refused(cast, client):
    repo = a_repo(cast.owner)

    answer = push(client, cast.owner, commands(f"{'3' * 40} {repo.head} refs/heads/main"))

    assert b"ng refs/heads/main" in answer.content


def test_bodies_may_be_gzip_and_bad_ones_are_refused(cast, client):
    repo = a_repo(cast.owner)
    want = packet(f"want {repo.head}\n".encode()) + FLUSH + packet(b"done\n")
    path = "/owner/tiny.git/git-upload-pack"

    good = client.post(path, gzip.compress(want), content_type=FETCH, headers={"content-encoding": "gzip"})
    assert b"PACK" in b"".join(good.streaming_content)
    for body in (b"not gzip", gzip.compress(want)[:-9]):
        assert (
            client.post(path, body, content_type=FETCH, headers={"content-encoding": "gzip"}).status_code
            == 400
        )
    bomb = gzip.compress(b"0" * (33 << 20))
    assert (
        client.post(path, bomb, content_type=FETCH, headers={"content-encoding": "gzip"}).status_code == 413
    )
    assert client.post(path, want, content_type=FETCH, headers={"content-encoding": "br"}).status_code == 400


def test_a_large_file_hidden_in_a_small_pack_is_refused(cast, client):
    repo = a_repo(cast.owner)
    blob = b"\0" * (12 << 20)
    tree = b"100644 z.txt\0" + bytes.fromhex(sha_of("blob", blob))
    commit = f"tree {sha_of('tree', tree)}\nauthor o <o@e> 1 +0000\ncommitter o <o@e> 1 +0000\n\nx\n".encode()

    answer = push(
        client,
        cast.owner,
        commands(f"{ZERO} {sha_of('commit', commit)} refs/heads/x")
        + pack_of((1, commit), (2, tree), (3, blob)),
    )

    assert b"z.txt (12.0 MiB)" in answer.content
    assert nothing_moved(repo)


def test_packets_are_cut_wherever_blocks_end():
    stream = packet(b"one") + packet(b"two") + FLUSH + b"the rest"

    for size in (1, 2, 3, 7, 100):
        reader = PacketReader(iter([stream[start : start + size] for start in range(0, len(stream), size)]))
        assert list(reader.lines()) == [b"one", b"two"]
        assert b"".join(reader.rest()) == b"the rest"


def test_gzip_is_undone_in_bounded_pieces():
    data = b"\0" * (5 << 20)

    pieces = list(inflate([gzip.compress(data)], 6 << 20, step=1 << 16))

    assert b"".join(pieces) == data
    assert max(map(len, pieces)) <= 1 << 16
