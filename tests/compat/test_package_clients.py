"""pip, uv, twine and pypi-simple against the package index."""

from __future__ import annotations

import hashlib
import json
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from apps.toolchain.packages.models import Project, ProjectFile
from apps.toolchain.packages.services.projects import create_project, update_project
from apps.toolchain.packages.services.versions import yank_version
from apps.toolchain.releases.services.assets import put_asset
from apps.toolchain.releases.services.releases import create_release, publish_release
from apps.users.accounts.models import TokenRole
from tests.compat.versions import installed, make_environment
from tests.conftest import wait_until
from tests.makers import a_token
from tests.package_makers import a_wheel, an_sdist, form_of, publish

TOOLS = ("pip==26.3", "uv==0.13.9", "twine==7.0.0", "pypi-simple==1.8.0", "PyGithub==2.10.0")


@dataclass
class Tools:
    """The packaging tools of one person, in one folder.

    places  folder of the programs
    """

    url: str
    folder: Path
    places: Path
    environment: dict[str, str]

    def run(self, *command: str, ok: bool = True, feed: str = "") -> str:
        """Run a program and return its output and error output."""
        done = subprocess.run(
            [self.places / command[0], *command[1:]],
            cwd=self.folder,
            env=self.environment,
            input=feed,
            capture_output=True,
            text=True,
            timeout=240,
        )
        words = done.stdout + done.stderr
        assert (done.returncode == 0) is ok, words[-5000:]
        return words

    def pip(self, *arguments: str, ok: bool = True) -> str:
        host = self.url.partition("://")[2]
        place = host.partition("@")[2] or host
        return self.run(
            "python", "-m", "pip", *arguments, "--isolated", "--no-cache-dir", "--no-input",
            "--disable-pip-version-check", "--trusted-host", place.partition(":")[0], ok=ok,
        )  # fmt: skip

    def pip_install(self, *arguments: str, ok: bool = True) -> str:
        target = ["--target", str(self.folder / "lib"), "--upgrade", "--no-deps"]
        return self.pip("install", "-v", *target, "--index-url", f"{self.url}/simple/", *arguments, ok=ok)

    def twine(self, token: str, *files: str, ok: bool = True) -> str:
        return self.run(
            "twine", "upload", "--verbose", "--non-interactive", "--disable-progress-bar",
            "--repository-url", f"{self.url}/legacy/", "-u", "__token__", "-p", token, *files, ok=ok,
        )  # fmt: skip

    def uv_publish(self, token: str, *files: str, check: bool = False, ok: bool = True) -> str:
        extra = ["--check-url", f"{self.url}/simple/"] if check else []
        return self.run(
            "uv", "publish", "--publish-url", f"{self.url}/legacy/", *extra, "-t", token, *files, ok=ok
        )

    def uv_install(self, *arguments: str, ok: bool = True) -> str:
        target = ["--target", str(self.folder / "uvlib"), "--no-deps", "--no-cache"]
        return self.run(
            "uv", "pip", "install", *target, "--index-url", f"{self.url}/simple/", *arguments, ok=ok
        )

    def write(self, file: tuple[str, bytes]) -> str:
        (self.folder / "dist").mkdir(exist_ok=True)
        (self.folder / "dist" / file[0]).write_bytes(file[1])
        return f"dist/{file[0]}"

    def netrc(self, token: str, login: str = "owner") -> None:
        host = self.url.partition("://")[2].partition(":")[0]
        file = self.folder / ".netrc"
        file.write_text(f"machine {host} login {login} password {token}\n")
        file.chmod(0o600)


@pytest.fixture
def tools(site, client_env, tmp_path, live_cast) -> Tools:
    place = installed("package-tools-2", make_environment, *TOOLS)
    environment = {
        **client_env,
        "HOME": str(tmp_path),
        "COLUMNS": "400",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }
    return Tools(site.url, tmp_path, place / "bin", environment)


def test_twine_uploads_and_pip_and_uv_install(tools, live_cast):
    files = [tools.write(one) for one in (a_wheel(), an_sdist())]

    tools.twine(live_cast.owner.token, *files)
    tools.twine(live_cast.owner.token, *files)
    assert "Successfully installed trees-1.0" in tools.pip_install("trees")
    tools.uv_install("trees")

    assert (tools.folder / "lib/trees/__init__.py").exists()
    assert (tools.folder / "uvlib/trees/__init__.py").exists()


def test_twenty_uploads_at_once_are_all_published_once(tools, live_cast):
    token = live_cast.owner.token
    files = [a_wheel(version=f"1.{number // 2}") for number in range(20)]

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda file: _post(tools.url, token, file), files))

    assert answers == [200] * 20
    assert ProjectFile.objects.count() == 10
    assert Project.objects.count() == 1
    page = requests.get(
        f"{tools.url}/simple/trees/", headers={"accept": "application/vnd.pypi.simple.v1+json"}
    )
    assert sorted(page.json()["versions"]) == sorted({f"1.{number}" for number in range(10)})


def _post(url: str, token: str, file: tuple[str, bytes]) -> int:
    form = {name: value for name, value in form_of(*file).items() if name != "content"}
    sent = requests.post(
        f"{url}/legacy/", form, files={"content": file}, auth=("__token__", token), timeout=60
    )
    return sent.status_code


def test_twine_shows_why_other_bytes_are_refused(tools, live_cast):
    tools.twine(live_cast.owner.token, tools.write(a_wheel()))

    words = tools.twine(live_cast.owner.token, tools.write(a_wheel(files={"trees/a.py": b""})), ok=False)

    assert "File already exists" in words


def test_uv_publishes_and_skips_what_is_there(tools, live_cast):
    files = [tools.write(one) for one in (a_wheel(), an_sdist())]

    tools.uv_publish(live_cast.owner.token, *files)
    again = tools.uv_publish(live_cast.owner.token, *files, check=True)
    changed = tools.uv_publish(
        live_cast.owner.token, tools.write(a_wheel(files={"trees/a.py": b""})), ok=False
    )

    assert "already exists, skipping" in again
    assert "File already exists" in changed


def test_uv_shows_why_a_file_is_refused(tools, live_cast):
    words = tools.uv_publish(
        live_cast.owner.token, tools.write(a_wheel(more="Requires-Dist: a b c\n")), ok=False
    )
    denied = tools.uv_publish("hf_wrong", tools.write(a_wheel()), ok=False)
    wrong_url = ["--publish-url", f"{tools.url}/simple/", "-t", live_cast.owner.token]
    index = tools.run("uv", "publish", *wrong_url, "dist/*", ok=False)

    assert "requires-dist" in words
    assert "401" in denied or "credentials" in denied.lower()
    assert "simple index URL" in index


def test_pip_resolves_with_the_metadata_alone(tools, live_cast):
    publish(live_cast.owner.actor, a_wheel("leaves"))
    publish(live_cast.owner.actor, a_wheel(more="Requires-Dist: leaves\n"))

    words = tools.pip(
        "install", "-v", "--dry-run", "--target", "lib", "--index-url", f"{tools.url}/simple/", "trees"
    )

    assert "trees-1.0-py3-none-any.whl.metadata" in words
    assert "Would install" in words
    assert "leaves-1.0" in words


def test_a_yanked_version_is_installed_only_if_it_is_pinned(tools, live_cast):
    publish(live_cast.owner.actor)
    publish(live_cast.owner.actor, a_wheel(version="2.0"))
    yank_version(actor=live_cast.owner.actor, name="trees", version="2.0", reason="Counts wrongly")

    assert "Successfully installed trees-1.0" in tools.pip_install("trees")
    pinned = tools.pip_install("trees==2.0")

    assert "Successfully installed trees-2.0" in pinned
    assert "Counts wrongly" in pinned


def test_a_private_project_is_installed_with_a_password_of_netrc(tools, live_cast):
    create_project(actor=live_cast.owner.actor, name="trees", is_private=True)
    publish(live_cast.owner.actor)
    token = a_token(
        live_cast.owner.user, TokenRole.FINE_GRAINED, grants=[{"target": "package:trees", "need": 1}]
    )

    refused, without = tools.pip_install("trees", ok=False), tools.uv_install("trees", ok=False)
    tools.netrc(token)
    assert "Successfully installed trees-1.0" in tools.pip_install("trees")
    tools.uv_install("trees")

    assert "No matching distribution" in refused
    assert without


def test_an_index_for_members_is_used_with_a_password(tools, live_cast):
    publish(live_cast.owner.actor)
    host = tools.url.partition("://")[2]

    tools.url = f"http://member:{live_cast.member.token}@{host}"

    assert "Successfully installed trees-1.0" in tools.pip_install("trees")
    tools.uv_install("trees")


def test_an_absent_project_does_not_stop_a_search_in_other_indexes(tools, live_cast):
    publish(live_cast.owner.actor)

    words = tools.pip_install("absent-project", ok=False)

    assert "No matching distribution" in words
    assert "User for" not in words


def test_pypi_simple_reads_the_index(tools, live_cast):
    file = publish(live_cast.owner.actor, a_wheel(more="Requires-Python: >=3.9\n"))
    update_project(actor=live_cast.owner.actor, name="trees", status="deprecated", status_reason="Use bushes")

    code = (
        "import json, sys\nfrom pypi_simple import PyPISimple\n"
        "with PyPISimple(sys.argv[1]) as client:\n"
        "    page = client.get_project_page('Trees'); one = page.packages[0]\n"
        "    names = client.get_index_page().projects\n"
        "    metadata = client.get_package_metadata(one)\n"
        "print(json.dumps([page.project, one.filename, one.digests, one.requires_python, names, metadata,"
        " one.size, page.status, page.status_reason, page.versions]))"
    )
    out = json.loads(tools.run("python", "-c", code, f"{tools.url}/simple/").splitlines()[-1])

    assert out[:5] == ["trees", file.filename, {"sha256": file.sha256}, ">=3.9", ["trees"]]
    assert hashlib.sha256(out[5].encode()).hexdigest() == file.core_metadata.sha256
    assert out[6:] == [file.size, "deprecated", "Use bushes", ["1.0"]]


def a_release(cast, data: bytes) -> None:
    create_project(actor=cast.owner.actor, name="trees")
    create_release(actor=cast.owner.actor, name="trees", tag="v1.0", notes="Counts trees")
    put_asset(actor=cast.owner.actor, name="trees", tag="v1.0", filename="tiny.gguf", blocks=[data])
    publish_release(actor=cast.owner.actor, name="trees", tag="v1.0")


def test_pygithub_reads_the_latest_release(tools, live_cast):
    a_release(live_cast, b"weights")

    code = (
        "import json, sys\nfrom github import Github\n"
        "repo = Github(base_url=sys.argv[1] + '/api/v3').get_repo('owner/trees')\n"
        "release = repo.get_latest_release(); asset = list(release.get_assets())[0]\n"
        "tags = [one.tag_name for one in repo.get_releases()]\n"
        "print(json.dumps([release.tag_name, release.body, asset.name, asset.size,"
        " asset.browser_download_url, tags, asset.raw_data['digest']]))"
    )
    out = json.loads(tools.run("python", "-c", code, tools.url).splitlines()[-1])

    assert out[:4] == ["v1.0", "Counts trees", "tiny.gguf", 7]
    assert out[5:] == [["v1.0"], f"sha256:{hashlib.sha256(b'weights').hexdigest()}"]
    assert requests.get(out[4], timeout=20).content == b"weights"


def test_curl_goes_on_with_a_download_that_was_cut(tools, live_cast):
    data = bytes(range(256)) * 4096
    a_release(live_cast, data)
    url, file = f"{tools.url}/packages/trees/releases/v1.0/tiny.gguf", tools.folder / "tiny.gguf"
    file.write_bytes(data[: len(data) // 2])

    subprocess.run(["curl", "-sSf", "-C", "-", "-o", file, url], check=True, timeout=60)
    sums = requests.get(f"{tools.url}/packages/trees/releases/v1.0/SHA256SUMS", timeout=20).text
    done = subprocess.run(["sha256sum", "-c"], cwd=tools.folder, input=sums, text=True, capture_output=True)

    assert file.read_bytes() == data
    assert done.stdout == "tiny.gguf: OK\n"


def test_what_arrived_of_a_cut_piece_is_kept(tools, live_cast):
    data = bytes(range(256)) * 8192
    create_project(actor=live_cast.owner.actor, name="trees")
    create_release(actor=live_cast.owner.actor, name="trees", tag="v1.0")
    headers = {"authorization": f"Bearer {live_cast.owner.token}"}
    body = {"name": "tiny.gguf", "size_bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    base = f"{tools.url}/api/v1/packages/trees/releases/v1.0/uploads"
    upload = tools.url + requests.post(base, json=body, headers=headers, timeout=20).headers["location"]

    _send_half(tools.url, upload, headers["authorization"], data)
    offset = wait_until(lambda: requests.get(upload, headers=headers, timeout=20).json()["received_bytes"])
    rest = {**headers, "upload-offset": str(offset), "content-type": "application/octet-stream"}
    done = requests.patch(upload, data[offset:], headers=rest, timeout=60)

    assert 0 < offset < len(data)
    assert done.json()["is_complete"] is True


def _send_half(site: str, url: str, authorization: str, data: bytes) -> None:
    """Send the first half of a request, then close the connection."""
    host, _colon, port = site.partition("://")[2].partition(":")
    lines = [
        f"PATCH {url.removeprefix(site)} HTTP/1.1",
        f"Host: {host}:{port}",
        f"Authorization: {authorization}",
        "Upload-Offset: 0",
        "Content-Type: application/octet-stream",
        f"Content-Length: {len(data)}",
    ]
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode() + data[: len(data) // 2])
        time.sleep(0.5)
