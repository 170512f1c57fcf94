"""An empty file, in git and in the object store, downloaded by every client (JavaScript: javascript.mjs)."""

import hashlib
import shutil
import subprocess

import pytest

from tests.compat.test_curl import curl
from tests.makers import a_repo
from tests.seed import commit_files, commit_large_file

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
EMPTY_SHA256 = hashlib.sha256(b"").hexdigest()


@pytest.fixture(params=["regular", "large"])
def url(request, site, live_cast):
    """The URL of an empty file."""
    repo = a_repo(live_cast.owner)
    commit_files(live_cast.owner, repo, {"a.txt": b"a"})
    if request.param == "regular":
        commit_files(live_cast.owner, repo, {"empty": b""})
    else:
        commit_large_file(live_cast.owner, repo, "empty", b"")
    return f"{site.url}/owner/tiny/resolve/main/empty"


def test_curl_and_wget_write_an_empty_file_and_resume_it(url, tmp_path):
    for words in ([], ["-r", "0-0"], ["-r", "0-"], ["-r", "-5"], ["-H", 'If-Range: "another"', "-r", "0-9"]):
        status, headers, body = curl(*words, url)
        assert (status, headers["content-length"], body) == (200, "0", b"")
    assert curl("-r", "0-0", url)[1]["content-range"] == "bytes */0"
    status, headers, _body = curl("-I", url)
    assert (status, headers["content-length"]) == (200, "0")
    assert curl("-H", f"If-None-Match: {headers['etag']}", "-r", "0-0", url)[0] == 304

    part = tmp_path / "part"
    for _time in range(2):
        assert curl("-C", "-", "-o", str(part), url)[0] == 200
        assert part.read_bytes() == b""
    if shutil.which("wget"):
        for _time in range(2):
            subprocess.run(["wget", "-q", "-c", "-O", str(tmp_path / "wget"), url], check=True, timeout=60)
        assert (tmp_path / "wget").read_bytes() == b""


def test_the_hub_client_downloads_an_empty_file(url, client):
    out = client.python(
        """
out = [
    Path(hf_hub_download("owner/tiny", "empty")).read_text(),
    Path(hf_hub_download("owner/tiny", "empty", local_dir="local")).read_text(),
    (Path(snapshot_download("owner/tiny")) / "empty").stat().st_size,
    HfFileSystem().cat_file("owner/tiny/empty").decode(),
    HfFileSystem().open("owner/tiny/empty").read().decode(),
    HfFileSystem().cat_file("owner/tiny/empty", start=0, end=10).decode(),
]
"""
    )

    assert out == ["", "", 0, "", "", ""]
