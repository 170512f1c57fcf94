"""The hub client's methods for files, metadata and large files, in each version."""

import pytest

from apps.registry.repos.models import Gating
from apps.registry.repos.services.access_requests import request_access, set_gating
from tests.api.test_pages_views_of_files import a_gguf
from tests.compat.versions import HUB_VERSIONS, IS_LONG, LEGACY_HUB, OLDER_HUB
from tests.makers import a_repo
from tests.seed import a_model, commit_large_file

pytestmark = pytest.mark.slow


@pytest.mark.method(
    "delete_file", "delete_files", "get_paths_info", "CommitOperationCopy", "CommitOperationDelete"
)
def test_files_are_copied_looked_at_and_removed(hub):
    out = hub.python(
        """
api.create_repo("tiny")
added = [CommitOperationAdd(f"d/{n}.txt", b"n" * n) for n in range(4)]
api.create_commit("owner/tiny", added, commit_message="Add")
changes = [CommitOperationCopy("d/3.txt", "copies/three.txt"), CommitOperationDelete("d/0.txt")]
api.create_commit("owner/tiny", changes, commit_message="Copy")
found = api.get_paths_info("owner/tiny", ["d/1.txt", "copies/three.txt", "absent", "d"])
seen = [(one.path, one.size) for one in found if hasattr(one, "size")]
api.delete_file("d/1.txt", "owner/tiny")
api.delete_files("owner/tiny", ["d/*.txt"])
out = [sorted(seen), api.list_repo_files("owner/tiny"), len(api.list_repo_commits("owner/tiny"))]
"""
    )

    assert out == [[["copies/three.txt", 3], ["d/1.txt", 1]], [".gitattributes", "copies/three.txt"], 5]


@pytest.mark.method(
    "dataset_info",
    "space_info",
    "kernel_info",
    "repo_info",
    "revision_exists",
    "resolve_revision",
    "run_as_future",
)
def test_every_kind_of_repository_has_info(hub, live_cast):
    for kind in ("model", "dataset", "space", "kernel"):
        a_repo(live_cast.owner, f"a-{kind}", kind=kind)

    out = hub.python(
        """
infos = [api.dataset_info("owner/a-dataset"), api.space_info("owner/a-space"),
         api.kernel_info("owner/a-kernel"), api.repo_info("owner/a-model")]
sha = infos[-1].sha
out = [[one.id for one in infos], all(len(one.sha) == 40 for one in infos),
       api.revision_exists("owner/a-model", sha[:8]), api.revision_exists("owner/a-model", "absent"),
       api.resolve_revision("owner/a-model", revision="main").resolved == sha,
       api.run_as_future(api.model_info, "owner/a-model").result().id]
"""
    )

    assert out == [
        ["owner/a-dataset", "owner/a-space", "owner/a-kernel", "owner/a-model"],
        True,
        True,
        False,
        True,
        "owner/a-model",
    ]


@pytest.mark.method(
    "list_datasets", "list_spaces", "get_dataset_tags", "get_organization_overview", "list_user_repos"
)
def test_lists_of_each_kind_and_what_one_owns(hub, live_cast):
    a_repo(live_cast.owner, "data", kind="dataset")
    a_repo(live_cast.owner, "demo", kind="space", is_private=True)
    a_repo(live_cast.owner, "ours", namespace="grove")

    out = hub.python(
        """
out = [[one.id for one in api.list_datasets(author="owner")],
       [one.id for one in api.list_spaces(author="owner")],
       sorted(api.get_dataset_tags())[:1], api.get_organization_overview("grove").fullname,
       sorted(one.id for one in api.list_user_repos()), [one.id for one in api.list_user_repos("grove")]]
"""
    )

    assert out[:2] == [["owner/data"], ["owner/demo"]]
    assert out[3:] == ["The Grove", ["owner/data", "owner/demo"], ["grove/ours"]]


@pytest.mark.method(
    "preupload_lfs_files", "get_hf_file_metadata", "verify_repo_checksums", "get_safetensors_metadata"
)
def test_large_files_are_sent_ahead_checked_and_looked_into(hub, live_cast):
    a_model(live_cast.owner)

    out = hub.python(
        """
import os
data = os.urandom(700_000)
api.create_repo("large")
add = CommitOperationAdd("weights.bin", data)
api.preupload_lfs_files("owner/large", [add])
api.create_commit("owner/large", [add], commit_message="Add weights")
from huggingface_hub import hf_hub_url
facts = api.get_hf_file_metadata(url=hf_hub_url("owner/large", "weights.bin"))
import hashlib
same = facts.etag == hashlib.sha256(data).hexdigest()
hf_hub_download("owner/large", "weights.bin")
checked = api.verify_repo_checksums("owner/large")
tensors = api.get_safetensors_metadata("owner/tiny-sentiment").parameter_count
verified = checked.checked_count >= 1
out = [same, facts.size, len(facts.commit_hash), verified, list(checked.mismatches), tensors]
"""
    )

    assert out == [True, 700_000, 40, True, [], {"F32": 530}]


@pytest.mark.method("list_lfs_files", "permanently_delete_lfs_files")
def test_large_files_are_listed_and_deleted_for_good(hub, live_cast):
    a_model(live_cast.owner)

    out = hub.python(
        """
files = list(api.list_lfs_files("owner/tiny-sentiment"))
api.permanently_delete_lfs_files("owner/tiny-sentiment", files)
out = [[one.filename for one in files], list(api.list_lfs_files("owner/tiny-sentiment")),
       "model.safetensors" in api.list_repo_files("owner/tiny-sentiment")]
"""
    )

    assert out == [["model.safetensors"], [], False]


@pytest.mark.method("duplicate_repo")
def test_a_repository_is_duplicated_with_its_large_files(hub, live_cast):
    a_model(live_cast.owner)

    out = hub.python(
        """
copy = api.duplicate_repo("owner/tiny-sentiment", "owner/twin")
paths = [hf_hub_download(f"owner/{name}", "model.safetensors") for name in ("tiny-sentiment", "twin")]
a, b = (Path(path).read_bytes() for path in paths)
conflict = refused(lambda: api.duplicate_repo("owner/tiny-sentiment", "owner/twin"), HfHubHTTPError)
out = [copy.repo_id, a == b, len(a) > 1000, conflict]
"""
    )

    assert out == ["owner/twin", True, True, "HfHubHTTPError"]


@pytest.mark.method(
    "list_pending_access_requests", "list_accepted_access_requests", "list_rejected_access_requests"
)
@pytest.mark.method("accept_access_request", "cancel_access_request", "reject_access_request", "grant_access")
def test_a_gated_repository_opens_to_granted_people(hub, live_cast):
    address = a_model(live_cast.owner).address
    set_gating(actor=live_cast.owner.actor, address=address, gating=Gating.MANUAL)
    request_access(actor=live_cast.stranger.actor, address=address, reason="To compare.")

    out = hub.python(
        f"""
name, other = "owner/tiny-sentiment", HfApi(token="{live_cast.stranger.token}")
def reads(cache):
    try:
        return Path(other.hf_hub_download(name, "config.json", cache_dir=cache)).stat().st_size > 0
    except GatedRepoError:
        return False
seen = [reads("1")]
api.accept_access_request(name, "stranger"); seen.append(reads("2"))
api.cancel_access_request(name, "stranger"); seen.append(reads("3"))
pending = [(one.username, one.email) for one in api.list_pending_access_requests(name)]
api.reject_access_request(name, "stranger", rejection_reason="No.")
api.grant_access(name, "member")
methods = (api.list_accepted_access_requests, api.list_rejected_access_requests)
lists = [[one.username for one in method(name)] for method in methods]
again = refused(lambda: api.grant_access(name, "member"), HfHubHTTPError)
out = [seen, pending, lists, other.model_info(name).gated, again]
"""
    )

    assert out == [
        [False, True, False],
        [["stranger", "stranger@example.com"]],
        [["member"], ["stranger"]],
        "manual",
        "HfHubHTTPError",
    ]


@pytest.mark.method(
    "snapshot_download(allow_patterns=…)", "upload_folder(delete_patterns=…)", "hf_hub_download(local_dir=…)"
)
def test_parts_of_a_repository_go_up_and_come_down(hub):
    out = hub.python(
        """
folder = Path("up"); folder.mkdir()
for name in ("a.txt", "b.txt", "c.json"):
    (folder / name).write_text(name)
api.create_repo("tiny")
api.upload_folder(folder_path="up", repo_id="owner/tiny", ignore_patterns=["b.*"], path_in_repo="sub")
(folder / "a.txt").unlink()
api.upload_folder(folder_path="up", repo_id="owner/tiny", path_in_repo="sub", delete_patterns="*.txt",
                  ignore_patterns=["*.log"])
down = Path(snapshot_download("owner/tiny", allow_patterns=["sub/*.json"]))
hf_hub_download("owner/tiny", "sub/b.txt", local_dir="here")
downloaded = sorted(one.name for one in down.rglob("*") if one.is_file())
out = [api.list_repo_files("owner/tiny"), downloaded, Path("here/sub/b.txt").read_text()]
"""
    )

    assert out == [[".gitattributes", "sub/b.txt", "sub/c.json"], ["c.json"], "b.txt"]


@pytest.mark.method("upload_large_folder")
@pytest.mark.parametrize("hub", [OLDER_HUB, LEGACY_HUB], indirect=True)
def test_a_large_folder_goes_up_and_goes_on_where_it_was(hub):
    out = hub.python(
        """
import os
folder = Path("up"); folder.mkdir()
for number in range(6):
    (folder / f"{number}.bin").write_bytes(os.urandom(150_000))
    (folder / f"{number}.txt").write_text(str(number))
api.create_repo("big")
for _ in range(2):
    api.upload_large_folder(repo_id="owner/big", folder_path="up", repo_type="model", print_report=False,
                            num_workers=2)
down = Path(snapshot_download("owner/big"))
same = all((down / one.name).read_bytes() == one.read_bytes() for one in folder.iterdir() if one.is_file())
out = [same, len(api.list_repo_files("owner/big"))]
"""
    )

    assert out == [True, 13]


@pytest.mark.parametrize("hub", HUB_VERSIONS if IS_LONG else HUB_VERSIONS[:1], indirect=True)
@pytest.mark.method(
    "hf repos create",
    "hf repos branch",
    "hf repos tag",
    "hf repos settings",
    "hf repos move",
    "hf repos delete-files",
)
@pytest.mark.method("hf repos delete", "hf repos ls", "hf upload", "hf download --include", "hf models ls")
def test_the_command_line_keeps_a_repository(hub):
    (hub.folder / "up").mkdir()
    for name in ("a.txt", "b.json"):
        (hub.folder / "up" / name).write_text(name)

    hub.hf("repos", "create", "tiny", "--private")
    hub.hf("upload", "owner/tiny", "up", ".")
    hub.hf("repos", "branch", "create", "owner/tiny", "side")
    hub.hf("repos", "tag", "create", "owner/tiny", "v1", "-m", "First")
    hub.hf("download", "owner/tiny", "--include", "*.json", "--revision", "v1", "--local-dir", "down")
    hub.hf("repos", "delete-files", "owner/tiny", "a.txt")
    hub.hf("repos", "settings", "owner/tiny", "--public")
    hub.hf("repos", "move", "owner/tiny", "grove/tiny")
    owned = hub.hf("repos", "ls", "--namespace", "grove", "--format", "json")
    listed = hub.hf("models", "ls", "--author", "grove", "--format", "json")
    hub.hf("repos", "branch", "delete", "grove/tiny", "side")
    tags = hub.hf("repos", "tag", "list", "grove/tiny")
    hub.hf("repos", "delete", "grove/tiny", "--yes")
    after = hub.hf("models", "ls", "--author", "grove", "--format", "json")

    assert [one.name for one in (hub.folder / "down").glob("[a-z]*")] == ["b.json"]
    assert "grove/tiny" in owned
    assert "grove/tiny" in listed
    assert "v1" in tags
    assert "grove/tiny" not in after


@pytest.mark.method(
    "list_models(apps=…)", "model_info(expand=…)", "list_spaces_hardware", "hf spaces hardware"
)
def test_what_a_gguf_file_says_is_known_and_found_by_the_applications_that_load_it(hub, live_cast):
    commit_large_file(live_cast.owner, a_repo(live_cast.owner, "packed"), "model.gguf", a_gguf(special=True))

    out = hub.python(
        """
found = [[one.id for one in api.list_models(apps=app)] for app in ("ollama", ["llama.cpp", "ollama"], "vllm")]
info = api.model_info("owner/packed", expand=["gguf", "tags"])
out = [found, info.gguf, api.model_info("owner/packed").gguf == info.gguf, api.list_spaces_hardware()]
"""
    )

    packed = ["owner/packed"]
    gguf = {
        "total": 576,
        "architecture": "llama",
        "context_length": 4096,
        "chat_template": "{{ messages }}",
        "bos_token": "word1",
    }
    assert out == [[packed, packed, []], gguf, True, []]
    hub.hf("spaces", "hardware")
