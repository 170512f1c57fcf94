"""Xet downloads: readers of a repository can rebuild its files, and nothing else."""

import re
import time
from urllib.parse import urlsplit

import pytest

from apps.registry.blobs.models import RepoXorb
from apps.registry.blobs.xet.codec import unpack_run
from apps.registry.blobs.xet.hashes import keyed_hash
from apps.registry.blobs.xet.shard import read_shard
from tests.api.xet_calls import XetClient
from tests.makers import a_repo, a_token
from tests.xet_samples import SampleFile, SampleTerm, SampleXorb, noise_bytes, split_chunks

pytestmark = pytest.mark.usefixtures("own_store")

ONE = SampleXorb(split_chunks(noise_bytes(200_000), 30_000), [0, 1, 0, 1, 0, 0, 1])
TWO = SampleXorb(split_chunks(bytes(range(256)) * 300, 9_001), [2] * 9)
FILE = SampleFile([SampleTerm(ONE, 0, 3), SampleTerm(TWO, 2, 9), SampleTerm(ONE, 5, 7)])


@pytest.fixture
def xet(client, cast):
    """The owner, with a private repository that holds FILE."""
    xet = XetClient(client, a_repo(cast.owner, is_private=True), cast.owner)
    xet.send_file(FILE)
    return xet


def path_of(url: str) -> str:
    return url.removeprefix("http://testserver")


def rebuild(xet, body: dict, ranges_of) -> bytes:
    """Rebuild a file from a reconstruction as a client does."""
    fetched = {}
    for xorb, entries in body["xorbs" if "xorbs" in body else "fetch_info"].items():
        for chunks, url, first, last in map(ranges_of, entries):
            answer = xet.client.get(path_of(url), headers={"range": f"bytes={first}-{last}"})
            assert answer.status_code == 206
            fetched[xorb, chunks] = b"".join(answer)
            assert len(fetched[xorb, chunks]) == last - first + 1 == int(answer["Content-Length"])
    data = b""
    for term in body["terms"]:
        start, end = term["range"]["start"], term["range"]["end"]
        (key,) = [
            key for key in fetched if key[0] == term["hash"] and key[1][0] <= start and end <= key[1][1]
        ]
        made = ONE if term["hash"] == ONE.text else TWO
        records = unpack_run(fetched[key], sum(map(len, made.chunks[key[1][0] : key[1][1]])))
        skip = sum(map(len, made.chunks[key[1][0] : start]))
        data += records[skip : skip + term["unpacked_length"]]
    return data


def v1(entry):
    chunks = (entry["range"]["start"], entry["range"]["end"])
    return chunks, entry["url"], entry["url_range"]["start"], entry["url_range"]["end"]


def v2(entry):
    (span,) = entry["ranges"]
    return (
        (span["chunks"]["start"], span["chunks"]["end"]),
        entry["url"],
        span["bytes"]["start"],
        span["bytes"]["end"],
    )


@pytest.mark.parametrize(
    ("path", "ranges_of"),
    [
        ("/v1/reconstructions/", v1),
        ("/reconstructions/", v1),
        ("/reconstruction/", v1),
        ("/v2/reconstructions/", v2),
    ],
)
def test_a_whole_file_is_rebuilt_from_its_plan(xet, path, ranges_of):
    body = xet.get(path + FILE.text).json()

    assert body["offset_into_first_range"] == 0
    assert rebuild(xet, body, ranges_of) == FILE.data


@pytest.mark.parametrize(("start", "end"), [(0, 1), (40_000, 40_001), (89_999, 90_001), (100_000, 10**9)])
def test_a_part_of_a_file_is_rebuilt_from_its_plan(xet, start, end):
    body = xet.get(f"/v2/reconstructions/{FILE.text}", range=f"bytes={start}-{end - 1}").json()

    data, skip = rebuild(xet, body, v2), body["offset_into_first_range"]
    assert (
        data[skip : skip + end - start] == FILE.data[start:end]
        or data[skip:][: len(FILE.data) - start] == FILE.data[start:end]
    )


def test_a_range_beyond_the_end_is_refused_as_old_clients_need_it(xet):
    for path in ("/v1/reconstructions/", "/v2/reconstructions/"):
        assert (
            xet.get(path + FILE.text, range=f"bytes={len(FILE.data)}-{len(FILE.data) + 9}").status_code == 416
        )


def test_an_address_sends_exactly_the_range_that_it_was_signed_for(xet):
    _chunks, url, first, last = v2(xet.get(f"/v2/reconstructions/{FILE.text}").json()["xorbs"][ONE.text][0])
    whole = len(ONE.body)

    for span in (
        f"bytes={first}-{last + 1}",
        f"bytes={first}-{last - 1}",
        f"bytes=0-{whole - 1}",
        "bytes=0-",
        f"bytes=-{whole}",
    ):
        assert xet.client.get(path_of(url), headers={"range": span}).status_code == 403
    assert xet.client.get(path_of(url)).status_code == 403
    assert (
        b"".join(xet.client.get(path_of(url), headers={"range": f"bytes={first}-{last}"}))
        == ONE.body[first : last + 1]
    )


def test_an_address_cannot_be_forged_moved_or_kept(xet, monkeypatch):
    _chunks, url, first, last = v2(xet.get(f"/v2/reconstructions/{FILE.text}").json()["xorbs"][ONE.text][0])
    fields = {"range": f"bytes={first}-{last}"}

    assert xet.client.get(path_of(url).replace(ONE.text, TWO.text), headers=fields).status_code == 403
    assert xet.client.get(path_of(url)[:-2], headers=fields).status_code == 403
    later = time.time() + 3 * 3600
    monkeypatch.setattr("apps.core.signing.time.time", lambda: later)
    answer = xet.client.get(path_of(url), headers=fields)
    assert (answer.status_code, answer.json()["code"]) == (403, "Expired")


def test_a_file_hash_reads_nothing_through_another_repo(xet, client, cast):
    other = XetClient(client, a_repo(cast.stranger, "other"), cast.stranger)

    for path in ("/v1/reconstructions/", "/v2/reconstructions/"):
        for scope in ("read", "write"):
            assert other.get(path + FILE.text, scope).status_code == 404


def test_a_reader_does_not_see_what_no_commit_names(client, cast):
    xet = XetClient(client, a_repo(cast.owner), cast.owner)
    xet.send_file(FILE, commit=False)
    reader = XetClient(client, xet.repo, cast.stranger)

    assert reader.get(f"/v2/reconstructions/{FILE.text}").status_code == 404
    assert xet.get(f"/v2/reconstructions/{FILE.text}", "write").status_code == 200


def test_a_missing_forged_or_expired_token_is_refused(xet, monkeypatch):
    path = f"/xet/g1/v2/reconstructions/{FILE.text}"
    bearer = xet.bearer("read")

    assert xet.client.get(path).status_code == 401
    assert xet.client.get(path, headers=xet.person.headers).status_code == 401
    assert xet.client.get(path, headers={"authorization": bearer["authorization"][:-2]}).status_code == 401
    later = time.time() + 1000
    monkeypatch.setattr("apps.core.signing.time.time", lambda: later)
    answer = xet.client.get(path, headers=bearer)
    assert answer.status_code == 401
    assert answer.json()["error"]


def test_a_read_token_changes_nothing(xet):
    for path in (
        f"/v1/xorbs/default/{ONE.text}",
        "/v1/shards",
        "/v2/shards",
        f"/v1/xorb-grants/default/{ONE.text}",
    ):
        assert xet.post(path, ONE.body, "read").status_code == 403


def test_a_token_ends_with_its_repository(xet):
    bearer = xet.bearer("read")
    xet.repo.deleted_at = "2026-01-01T00:00:00Z"
    xet.repo.save()

    assert xet.client.get(f"/xet/g1/v2/reconstructions/{FILE.text}", headers=bearer).status_code == 401


class TestTokens:
    def test_a_token_is_returned_in_headers_and_body(self, xet):
        answer = xet.token_answer("read", "refs%2Fpr%2F1")
        body = answer.json()

        assert answer.status_code == 200
        assert body["casUrl"] == answer["X-Xet-Cas-Url"]
        assert re.fullmatch(r"http://testserver/xet/g1-[0-9a-f]{16}", body["casUrl"])
        assert body["accessToken"] == answer["X-Xet-Access-Token"]
        assert str(body["exp"]) == answer["X-Xet-Token-Expiration"]
        assert 600 < body["exp"] - time.time() <= 900

    def test_the_url_has_the_generation(self, xet, settings):
        settings.XET_GENERATION = 7

        assert urlsplit(xet.token_answer("read").json()["casUrl"]).path.startswith("/xet/g7-")

    def test_a_token_requires_read_or_write_access(self, client, cast):
        public, private = a_repo(cast.owner, "open"), a_repo(cast.owner, "closed", is_private=True)

        def status(repo, person, scope):
            return XetClient(client, repo, person).token_answer(scope).status_code

        assert [status(public, person, "read") for person in (cast.owner, cast.stranger, cast.anonymous)] == [
            200,
            200,
            200,
        ]
        assert [
            status(public, person, "write") for person in (cast.owner, cast.stranger, cast.anonymous)
        ] == [
            200,
            403,
            401,
        ]
        assert [
            status(private, person, "read") for person in (cast.owner, cast.stranger, cast.anonymous)
        ] == [
            200,
            404,
            401,
        ]
        assert [
            status(private, person, "write") for person in (cast.owner, cast.stranger, cast.anonymous)
        ] == [
            200,
            404,
            401,
        ]

    def test_a_read_token_is_not_exchanged_for_a_write_token(self, client, cast):
        repo = a_repo(cast.owner)
        headers = {"authorization": f"Bearer {a_token(cast.owner.user, role='read')}"}

        assert (
            client.get(f"/api/models/{repo.address.id}/xet-write-token/main", headers=headers).status_code
            == 403
        )

    @pytest.mark.parametrize("kind", ["dataset", "space", "kernel"])
    def test_every_kind_of_repository_has_tokens(self, client, cast, kind):
        assert (
            XetClient(client, a_repo(cast.owner, kind=kind), cast.owner)
            .token_answer("write", "None")
            .status_code
            == 200
        )


class TestDeduplication:
    def first_chunk(self, file=FILE):
        from apps.registry.blobs.xet.hashes import to_text

        return to_text(file.terms[0].leaves[0][0])

    def test_the_first_chunk_of_a_file_leads_to_its_xorb_with_keyed_hashes(self, xet):
        answer = xet.get(f"/v1/chunks/default/{self.first_chunk()}", "write")

        reply = answer.content
        first, following = read_shard(reply).xorbs
        key = reply[-200 + 72 : -200 + 104]
        assert (first.hash, following.hash) == (ONE.hash, TWO.hash)
        assert first.chunks[0].hash == keyed_hash(ONE.leaves[0][0], key)
        assert all(hash not in reply for hash, _ in ONE.leaves)
        assert int.from_bytes(reply[-200 + 112 : -200 + 120], "little") > time.time() + 86_400

    def test_every_answer_has_a_key_of_its_own(self, xet):
        one, two = (
            xet.get(f"/v1/chunks/default/{self.first_chunk()}", "write").content[-128:-96] for _ in range(2)
        )

        assert one != two

    def test_deduplication_does_not_cross_repositories(self, xet, client, cast):
        other = XetClient(client, a_repo(cast.stranger, "other"), cast.stranger)

        assert other.get(f"/v1/chunks/default/{self.first_chunk()}", "write").status_code == 404

    def test_a_read_token_gets_no_deduplication(self, xet):
        assert xet.get(f"/v1/chunks/default/{self.first_chunk()}", "read").status_code == 404

    @pytest.mark.parametrize(
        "path", ["/v1/chunks/default/nonsense", f"/v1/chunks/default/{'0' * 64}", f"/chunk/x/{'1' * 64}"]
    )
    def test_what_is_not_known_is_a_miss(self, xet, path):
        assert xet.get(path, "write").status_code == 404

    def test_a_fault_is_a_miss_too(self, xet, monkeypatch):
        def broken(*_, **__):
            raise RuntimeError("no store")

        monkeypatch.setattr("apps.registry.protocols.xet.downloads.dedup_reply", broken)

        assert xet.get(f"/v1/chunks/default/{self.first_chunk()}", "write").status_code == 404

    def test_a_marked_xorb_is_not_offered_and_an_upload_revives_it(self, xet):
        link = RepoXorb.objects.get(repo_key=xet.repo.pk, xorb_id=ONE.text)
        link.xorb.marked_for_deletion_at = link.created_at
        link.xorb.save()

        assert xet.get(f"/v1/chunks/default/{self.first_chunk()}", "write").status_code == 404
        assert xet.post(f"/v1/xorb-grants/default/{ONE.text}", b"{}").status_code == 404
        xet.send_xorb(ONE)
        assert xet.get(f"/v1/chunks/default/{self.first_chunk()}", "write").status_code == 200


def test_telemetry_is_answered_at_the_root_of_the_host(client):
    assert client.post("/v1/telemetry", b"{}", content_type="application/json").status_code == 200


def test_unsupported_routes_are_404_in_xet_format(client):
    for path in ("/xet/g1/v2/file-chunk-hashes/x", "/xet/g1/v1/reconstructions", "/xet/"):
        answer = client.get(path)
        assert (answer.status_code, answer["Content-Type"]) == (404, "application/json")
