"""What a mirror of other people's repositories meets: names, modes, weights, addresses."""

import subprocess

import pytest

from tests.compat.test_git_clients import Git, address
from tests.makers import a_repo

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def test_repositories_of_any_name_are_made_filled_and_read(client):
    out = client.python(
        """
out = []
for name in ("jobs", "settings", "members", "followers", "following", "activity", "collections", "tree"):
    api.create_repo(f"owner/{name}")
    api.upload_file(path_or_fileobj=name.encode(), path_in_repo="a", repo_id=f"owner/{name}")
    out.append(Path(hf_hub_download(f"owner/{name}", "a")).read_text() == name)
out.append(refused(lambda: api.create_repo("owner/resolve"), BadRequestError))
"""
    )

    assert out == [True] * 8 + ["BadRequestError"]


def test_odd_files_are_uploaded_with_a_warning_and_downloaded_whole(live_cast, client):
    a_repo(live_cast.owner)
    header = b'{"a":{"dtype":"F2_NEW","shape":[8],"data_offsets":[0,2]}}'
    weights = len(header).to_bytes(8, "little") + header + b"xxyy"
    out = client.python(
        f"""
import logging
lines = []
class Kept(logging.Handler):
    def emit(self, record): lines.append(record.getMessage())
logging.getLogger("huggingface_hub").addHandler(Kept())
files = {{"CC.sdf": b"1", "cc.sdf": b"2", "nul.txt": b"3", "empty.safetensors": b""}}
files["model.safetensors"] = {weights!r}
operations = [CommitOperationAdd(path, content) for path, content in files.items()]
api.create_commit("owner/tiny", operations, commit_message="Mirror")
folder = Path(snapshot_download("owner/tiny"))
out = [
    [line for line in lines if "cc.sdf" in line],
    [(folder / path).read_bytes() == content for path, content in files.items()],
    api.model_info("owner/tiny").safetensors.parameters,
    refused(lambda: api.upload_file(path_or_fileobj=b"", path_in_repo="a:b", repo_id="owner/tiny")),
]
"""
    )

    [warning], *rest = out
    assert all(name in warning for name in ("CC.sdf", "nul.txt", "empty.safetensors", "model.safetensors"))
    assert rest == [[True] * 5, {"F2_NEW": 8}, "HfHubHTTPError"]


def test_an_executable_file_stays_one_after_an_upload(site, live_cast, client, client_env, tmp_path):
    a_repo(live_cast.owner)
    git = Git(
        {**client_env, "GIT_AUTHOR_EMAIL": "o@example.com", "GIT_COMMITTER_EMAIL": "o@example.com"}, tmp_path
    )
    git("clone", "-q", address(site, live_cast.owner, "owner/tiny"), "work")
    work = git.at(tmp_path / "work")
    work("config", "user.name", "owner")
    (work.folder / "run.sh").write_text("#!/bin/sh\n")
    (work.folder / "run.sh").chmod(0o755)
    work.save("run.sh")
    work("push", "-q")

    client.python(
        """
api.upload_file(path_or_fileobj=b"#!/bin/bash", path_in_repo="run.sh", repo_id="owner/tiny")
api.upload_file(path_or_fileobj=b"#!/bin/bash", path_in_repo="new.sh", repo_id="owner/tiny")
"""
    )

    work("pull", "-q")
    modes = dict(line.split("\t")[::-1] for line in work("ls-tree", "HEAD").splitlines())
    assert {name: modes[name][:6] for name in ("run.sh", "new.sh")} == {
        "run.sh": "100755",
        "new.sh": "100644",
    }


def test_addresses_with_extra_slashes_are_cloned_and_read(site, live_cast, client, client_env, tmp_path):
    a_repo(live_cast.owner)
    for number, path in enumerate(("/owner/tiny/", "//owner/tiny", "//owner/tiny.git/")):
        command = ["git", "clone", "-q", f"{site.url}{path}", str(number)]
        subprocess.run(command, env=client_env, cwd=tmp_path, check=True, timeout=60)

    out = client.python(
        f"""
api = HfApi(endpoint="{site.url}/")
out = [api.model_info("owner/tiny").id, len(api.list_repo_files("owner/tiny"))]
"""
    )

    assert out == ["owner/tiny", 1]
