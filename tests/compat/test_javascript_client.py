"""The unmodified JavaScript hub client, in Node.js."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.compat.versions import javascript_modules

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
SCRIPT = Path(__file__).with_name("javascript.mjs")
CALLS = (
    "whoAmI createRepo uploadFiles listFiles downloadFile fileDownloadInfo createBranch commit "
    "pathsInfo countCommits listCommits deleteBranch deleteFile deleteFiles fileExists snapshotDownload "
    "modelInfo listModels listDatasets repoExists checkRepoAccess deleteRepo"
).split()


@pytest.mark.method(*CALLS, "createRepo({files, license})", client="@huggingface/hub")
def test_a_script_makes_fills_reads_and_removes_a_repository(site, live_cast, tmp_path):
    person = {
        "HUB_URL": site.url,
        "TOKEN": live_cast.owner.token,
        "HOME": str(tmp_path),
        "MODULES": str(javascript_modules()),
    }
    run = subprocess.run(
        ["node", SCRIPT],
        env={"PATH": os.environ["PATH"], **person},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-4000:]
    # The client logs its downloads on the same stream.
    out = json.loads(run.stdout.splitlines()[-1])

    organization = ["grove", False, None, None]
    assert out["whoAmI"] == ["owner", False, None, "postpaid", [organization]]
    assert out["avatar"].startswith("image/")
    assert out["createRepo"] == "/owner/script"
    card = "---\nlicense: mit\n---\n\n# started\n"
    assert out["createRepoFiles"] == [["initial commit"], "hello", card]
    assert out["uploadFiles"][:2] == ["Add xet.bin", "Add lfs.bin"]
    assert [line for line in out["listFiles"] if line.startswith("file weights/")] == [
        "file weights/lfs.bin",
        "file weights/xet.bin",
    ]
    assert (out["downloadFile"], out["slice"], out["fileDownloadInfo"]) == ([0, 0], 0, 3_000_007)
    assert out["commit"] == ["branch", None, False]
    assert (out["pathsInfo"], out["deleteFiles"]) == ([["weights/lfs.bin", 3_000_007]], False)
    assert out["countCommits"] == len(out["uploadFiles"]) + 1
    assert out["empty"] == [0, 0]
    assert out["snapshotDownload"] == [0, ["lfs.bin", "xet.bin"], 3_000_007]
    assert (out["modelInfo"], out["listModels"], out["listDatasets"]) == (
        True,
        ["owner/script"],
        ["owner/started"],
    )
    assert (out["repoExists"], out["checkRepoAccess"], out["deleteRepo"]) == ([True, False], 401, False)
