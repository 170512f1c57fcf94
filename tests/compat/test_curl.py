"""curl: range requests and resumed downloads."""

import hashlib
import os
import subprocess

import pytest

from tests.makers import a_repo
from tests.seed import commit_files, commit_large_file

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
SIZE = 1_000_003


@pytest.fixture(params=["large", "regular", "xet"])
def file(request, site, live_cast, client, tmp_path):
    """Return (URL, bytes) of a public file that is stored by LFS, in git or by Xet."""
    data, repo = os.urandom(SIZE), a_repo(live_cast.owner)
    if request.param == "large":
        commit_large_file(live_cast.owner, repo, "a.bin", data)
    elif request.param == "regular":
        commit_files(live_cast.owner, repo, {"a.bin": data})
    else:
        (tmp_path / "up").write_bytes(data)
        client.python("api.upload_file(path_or_fileobj='up', path_in_repo='a.bin', repo_id='owner/tiny')")
    return f"{site.url}/owner/tiny/resolve/main/a.bin", data


def curl(*words: str) -> tuple[int, dict[str, str], bytes]:
    """Return status, headers and body of the final response after redirects."""
    command = ["curl", "-sS", "-L", "--max-time", "60", "-D", "/dev/stderr", *words]
    done = subprocess.run(command, capture_output=True, timeout=90, check=True)
    lines = done.stderr.decode().strip().split("\r\n\r\n")[-1].splitlines()
    headers = dict(line.lower().split(": ", 1) for line in lines[1:] if ": " in line)
    return int(lines[0].split()[1]), headers, done.stdout


@pytest.mark.method("Range", "If-Range", "If-None-Match", "HEAD", "-C - (resume)", client="curl")
def test_curl_reads_parts_and_goes_on_where_it_broke_off(file, tmp_path):
    url, data = file

    for span, start, end in (
        ("100-199", 100, 200),
        ("0-0", 0, 1),
        ("-50", SIZE - 50, SIZE),
        (f"{SIZE - 3}-", SIZE - 3, SIZE),
    ):
        status, headers, body = curl("-r", span, url)
        assert (status, headers["content-range"], body) == (
            206,
            f"bytes {start}-{end - 1}/{SIZE}",
            data[start:end],
        )
    status, headers, body = curl("-r", f"10-{SIZE * 2}", url)
    assert (status, hashlib.sha256(body).digest()) == (206, hashlib.sha256(data[10:]).digest())

    status, headers, _body = curl("-r", f"{SIZE}-", url)
    assert (status, headers["content-range"]) == (416, f"bytes */{SIZE}")

    status, headers, _body = curl("-I", url)
    assert (status, headers["content-length"], headers["accept-ranges"]) == (200, str(SIZE), "bytes")
    etag = headers["etag"]
    assert curl("-r", "5-9", "-H", f"If-Range: {etag}", url)[::2] == (206, data[5:10])
    status, _headers, body = curl("-r", "5-9", "-H", 'If-Range: "another"', url)
    assert (status, len(body)) == (200, SIZE)
    assert curl("-H", f"If-None-Match: {etag}", url)[::2] == (304, b"")

    (tmp_path / "part").write_bytes(data[:300_000])
    assert curl("-C", "-", "-o", str(tmp_path / "part"), url)[0] == 206
    assert (tmp_path / "part").read_bytes() == data
