"""Releases: drafts, publishing, downloads, uploads in pieces, the form of GitHub's API."""

import hashlib
import json

import pytest

from apps.business.usage.models import StoredItem
from apps.core.notifications.models import Event
from apps.toolchain.packages.distributions.scanning import EICAR
from apps.toolchain.packages.models import Project, ProjectStatus
from apps.toolchain.packages.services.projects import create_project, transfer_project
from apps.toolchain.releases.models import Asset, AssetUpload, Release
from apps.toolchain.releases.services.assets import put_asset
from apps.toolchain.releases.services.releases import create_release, publish_release
from tests.api.matrix import session_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_store")]
API = "/api/v1/packages/trees/releases"
DATA = b"weights" * 1000


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def call(client, method, path, person=None, body=None, **headers):
    sent = {**(person.headers if person else {}), **headers}
    return client.generic(method, path, json.dumps(body or {}), "application/json", headers=sent)


def send_bytes(client, method, path, person, data, **headers):
    sent = {**person.headers, **headers}
    return client.generic(method, path, data, "application/octet-stream", headers=sent)


def a_draft(cast, tag="v1.0", **facts) -> Release:
    if not Project.objects.exists():
        create_project(actor=cast.owner.actor, name="trees")
    return create_release(actor=cast.owner.actor, name="trees", tag=tag, **facts)


def a_release(cast, tag="v1.0", files=(("tiny.gguf", DATA),), **facts) -> Release:
    release = a_draft(cast, tag, **facts)
    for name, data in files:
        put_asset(actor=cast.owner.actor, name="trees", tag=tag, filename=name, blocks=[data])
    return publish_release(actor=cast.owner.actor, name="trees", tag=release.tag)


def test_a_draft_is_unseen_until_all_of_it_is_published(client, cast):
    create_project(actor=cast.owner.actor, name="trees")
    made = call(client, "POST", API, cast.owner, {"tag": "v1.0", "notes": "Counts *trees*."})
    path = f"{API}/v1.0/assets/tiny.gguf"
    put = send_bytes(client, "PUT", path, cast.owner, DATA, **{"x-checksum-sha256": sha256(DATA)})

    assert (made.status_code, made.json()["is_draft"], put.status_code) == (201, True, 201)
    assert client.get(made["Location"]).status_code == 404
    assert client.get(API).json()["items"] == []
    assert client.get(put.json()["url"]).status_code == 401
    assert client.get(put.json()["url"], headers=cast.stranger.headers).status_code == 404
    assert client.get("/tools/trees/releases/v1.0").status_code == 404
    done = call(client, "POST", f"{API}/v1.0/publish", cast.owner)

    assert done.json()["is_draft"] is False
    assert client.get(f"{API}/latest").json()["assets"][0]["sha256"] == sha256(DATA)
    whole = client.get(put.json()["url"])
    assert b"".join(whole) == DATA
    assert Event.objects.get(source=f"release:{Release.objects.get().pk}").facts["version"] == "v1.0"


def test_published_files_never_change(client, cast):
    a_release(cast)

    more = send_bytes(client, "PUT", f"{API}/v1.0/assets/more.bin", cast.owner, b"x")
    gone = call(client, "DELETE", f"{API}/v1.0/assets/tiny.gguf", cast.owner)
    again = call(client, "POST", API, cast.owner, {"tag": "v1.0"})
    deleted = call(client, "DELETE", f"{API}/v1.0", cast.owner)
    reused = call(client, "POST", API, cast.owner, {"tag": "v1.0"})

    codes = [one.json()["code"] for one in (more, gone, again, reused)]
    assert codes == ["ReleasePublished", "ReleasePublished", "ReleaseExists", "ReleaseExists"]
    assert (deleted.status_code, Asset.objects.count()) == (204, 0)
    assert client.get("/packages/trees/releases/v1.0/tiny.gguf").status_code == 401


def test_downloads_have_digests_ranges_and_sums(client, cast):
    release = a_release(cast, files=(("tiny.gguf", DATA), ("b.txt", b"two")))
    path = "/packages/trees/releases/v1.0/tiny.gguf"

    part = client.get(path, headers={"range": "bytes=7-13"})
    sums = client.get("/packages/trees/releases/v1.0/SHA256SUMS").content.decode()

    assert (part.status_code, b"".join(part)) == (206, b"weights")
    assert part["ETag"] == f'"{sha256(DATA)}"'
    assert part["Repr-Digest"].startswith("sha-256=:")
    assert sums == f"{sha256(b'two')}  b.txt\n{sha256(DATA)}  tiny.gguf\n"
    assert client.get("/packages/trees/releases/latest/tiny.gguf")["Location"] == path
    assert client.get("/packages/trees/releases/latest/absent").status_code == 404
    client.get(path)
    assert release.assets.get(name="tiny.gguf").downloads == 1


def test_a_file_arrives_in_pieces_and_goes_on_after_a_break(client, cast):
    a_draft(cast)
    body = {"name": "tiny.gguf", "size_bytes": len(DATA), "sha256": sha256(DATA)}
    path = call(client, "POST", f"{API}/v1.0/uploads", cast.owner, body)["Location"]

    first = send_bytes(client, "PATCH", path, cast.owner, DATA[:3000], **{"upload-offset": "0"})
    wrong = send_bytes(client, "PATCH", path, cast.owner, DATA[4000:], **{"upload-offset": "4000"})
    offset = client.get(path, headers=cast.owner.headers).json()["received_bytes"]
    last = send_bytes(client, "PATCH", path, cast.owner, DATA[offset:], **{"upload-offset": str(offset)})

    assert (first.json()["received_bytes"], first.json()["is_complete"]) == (3000, False)
    assert (wrong.status_code, wrong.json()["received_bytes"]) == (409, 3000)
    assert last.json()["is_complete"] is True
    assert Asset.objects.get().sha256 == sha256(DATA)
    assert not AssetUpload.objects.exists()


@pytest.mark.parametrize(("data", "code"), [(b"y" * len(DATA), "WrongBytes"), (DATA + b"more", "TooLarge")])
def test_pieces_that_are_not_the_file_are_refused(client, cast, data, code):
    a_draft(cast)
    body = {"name": "tiny.gguf", "size_bytes": len(DATA), "sha256": sha256(DATA)}
    path = call(client, "POST", f"{API}/v1.0/uploads", cast.owner, body)["Location"]

    answer = send_bytes(client, "PATCH", path, cast.owner, data, **{"upload-offset": "0"})

    assert answer.json()["code"] == code
    assert not Asset.objects.exists()


@pytest.mark.parametrize(
    ("name", "data", "headers", "status"),
    [
        ("SHA256SUMS", b"x", {}, 422),
        ("..", b"x", {}, 422),
        ("a%20b", b"x", {}, 422),
        ("a.bin", b"x", {"x-checksum-sha256": "0" * 64}, 422),
        ("a.bin", b"x", {"x-checksum-sha256": "zz"}, 400),
        ("virus.txt", b"." * 99 + EICAR, {}, 400),
    ],
)
def test_bad_files_of_releases_are_refused(client, cast, name, data, headers, status):
    a_draft(cast)

    answer = send_bytes(client, "PUT", f"{API}/v1.0/assets/{name}", cast.owner, data, **headers)

    assert answer.status_code == status
    assert not Asset.objects.exists()


def test_only_publishers_make_releases(client, cast):
    a_draft(cast)

    assert call(client, "POST", API, cast.stranger, {"tag": "v2"}).status_code == 403
    assert call(client, "POST", API, None, {"tag": "v2"}).status_code == 401
    assert call(client, "POST", f"{API}/v1.0/publish", cast.stranger).status_code in (403, 404)
    assert call(client, "POST", API, cast.owner, {"tag": "latest"}).status_code == 422
    assert call(client, "POST", f"{API}/v1.0/publish", cast.owner).json()["code"] == "ReleaseEmpty"


def test_the_latest_release_is_no_prerelease(client, cast):
    a_release(cast, "v1.0")
    a_release(cast, "v2.0-rc1", is_prerelease=True)

    assert client.get(f"{API}/latest").json()["tag"] == "v1.0"
    assert client.get("/tools/trees/releases/latest")["Location"] == "/tools/trees/releases/v1.0"


def test_what_releases_store_counts_for_the_owner(cast):
    a_release(cast)
    assert StoredItem.objects.get(source="releases").size_bytes == len(DATA)

    transfer_project(actor=cast.owner.actor, name="trees", owner="grove")

    assert StoredItem.objects.get(source="releases").namespace == cast.organization


def test_quarantine_withholds_files_of_releases(client, cast):
    a_release(cast)
    Project.objects.update(status=ProjectStatus.QUARANTINED)

    assert client.get("/packages/trees/releases/v1.0/tiny.gguf").status_code == 403


def test_a_publisher_makes_a_release_on_the_pages(client, cast, tmp_path):
    create_project(actor=cast.owner.actor, name="trees")
    browser, base = session_of(cast.owner), "/tools/trees/releases/v1.0"
    file = tmp_path / "notes.txt"
    file.write_bytes(b"hello")

    made = browser.post(
        "/tools/trees/new-release", {"tag": "v1.0", "notes": "**bold**\n\n<script>x</script>"}
    )
    assert made["Location"] == base
    with file.open("rb") as content:
        browser.post(f"{base}/upload", {"files": content})
    browser.post(f"{base}/edit", {"title": "First", "notes": "**bold**\n\n<script>x</script>"})
    assert client.get(base).status_code == 404
    browser.post(f"{base}/publish")

    shown = client.get(base).content.decode()
    assert 'data-asset="notes.txt"' in shown
    assert "<strong>bold</strong>" in shown
    assert "<script>x" not in shown
    assert 'data-release="v1.0"' in client.get("/tools/trees/releases").content.decode()
    browser.post(f"{base}/delete", {"confirm": "v1.0"})
    assert client.get(base).status_code == 404


def test_pages_of_releases_take_few_queries(client, cast, django_assert_max_num_queries):
    for number in range(3):
        a_release(cast, f"v{number}", notes="x")

    with django_assert_max_num_queries(12):
        client.get("/tools/trees/releases")
    with django_assert_max_num_queries(12):
        client.get("/api/v3/repos/owner/trees/releases")


def test_githubs_form_shows_projects_and_published_releases_alone(client, cast):
    release = a_release(cast, notes="Notes")
    a_draft(cast, "v9")
    base = "/api/v3/repos/owner/trees"

    latest = client.get(f"{base}/releases/latest").json()
    (asset,) = client.get(f"{base}/releases/{release.pk}/assets").json()

    assert (latest["tag_name"], latest["body"], latest["draft"]) == ("v1.0", "Notes", False)
    assert asset["digest"] == f"sha256:{sha256(DATA)}"
    assert [one["tag_name"] for one in client.get(f"{base}/releases").json()] == ["v1.0"]
    assert client.get(f"{base}/releases/tags/v9").status_code == 404
    assert client.get("/api/v3/repos/stranger/trees").status_code == 404
    raw = client.get(f"{base}/releases/assets/{asset['id']}", headers={"accept": "application/octet-stream"})
    assert raw["Location"] == asset["browser_download_url"]
