"""The porter: a child that carries files between the hub and a job's folder with huggingface_hub.

It reads one order (JSON) from its input and answers in JSON lines; it never opens what it carries.
"""

from __future__ import annotations

import errno
import json
import sys
from collections.abc import Mapping
from glob import escape
from pathlib import Path
from shutil import disk_usage
from typing import Any

from huggingface_hub import CommitOperationAdd, HfApi, snapshot_download
from huggingface_hub.errors import HfHubHTTPError, RepositoryNotFoundError, RevisionNotFoundError

from .allowed import MODEL_CODE, dataset_files, model_files, publishable
from .deathbed import die_with_parent
from .disk import size
from .faults import JobFault, OurFault, YourFault


def main() -> None:
    die_with_parent()
    order = json.loads(sys.stdin.readline())
    acts = {"fetch": fetch, "publish": publish}
    try:
        say("done", acts[order["act"]](order))
    except JobFault as fault:
        say("fault", {"code": fault.code, "message": fault.message})


def say(kind: str, data: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps({"kind": kind, "data": data}) + "\n")
    sys.stdout.flush()


def fetch(order: Mapping[str, Any]) -> dict[str, Any]:
    """Bring each input, at its commit, into `folder/<name>`.

    raises  YourFault for an input that is gone or whose weights are unsafe, OurFault if the hub or the disk fails
    """
    api = HfApi(endpoint=order["endpoint"], token=order["token"])
    return {
        name: fetch_one(api, repo, Path(order["folder"]) / name, order)
        for name, repo in order["repos"].items()
    }


def fetch_one(api: HfApi, repo: Mapping[str, str], folder: Path, order: Mapping[str, Any]) -> int:
    """Bring one repository; return the bytes of the files that were chosen."""
    address, commit, kind = repo["address"], repo["commit"], repo["kind"]
    try:
        info = api.repo_info(address, repo_type=kind, revision=commit, files_metadata=True)
        sizes = {sibling.rfilename: sibling.size or 0 for sibling in getattr(info, "siblings", None) or []}
        names = chosen(sizes, kind, address)
        need_room(sum(sizes[name] for name in names), folder, order)
        say("log", {"level": "info", "line": f"Downloading {address} at {commit[:7]}: {len(names)} files."})
        download(api, repo, folder, names)
    except (RepositoryNotFoundError, RevisionNotFoundError) as error:
        raise YourFault(
            "input_missing", f"{address} at {commit[:7]} is no longer there, or you may not read it."
        ) from error
    except HfHubHTTPError as error:
        raise refused(error, "input_missing", f"{address} could not be downloaded") from error
    except OSError as error:
        raise disk_or_hub(error) from error
    return sum(sizes[name] for name in names)


def download(api: HfApi, repo: Mapping[str, str], folder: Path, names: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if not names:
        return
    snapshot_download(
        repo["address"],
        repo_type=repo["kind"],
        revision=repo["commit"],
        local_dir=folder,
        allow_patterns=[escape(name) for name in names],
        endpoint=api.endpoint,
        token=api.token,
        max_workers=4,
    )


def chosen(sizes: Mapping[str, int], kind: str, address: str) -> list[str]:
    """Return the files that a job may read.

    raises  YourFault for a model without safetensors weights
    """
    if kind == "dataset":
        return dataset_files(sizes)
    names = model_files(sizes)
    if not any(name.endswith(".safetensors") for name in names):
        unsafe = sorted(
            name
            for name in sizes
            if name.endswith((".bin", ".pt", ".pth", ".ckpt", ".pkl", ".h5", ".msgpack"))
        )
        if unsafe:
            message = f"{address} has its weights only as {unsafe[0]}. Jobs load safetensors; convert the weights and commit them."
            raise YourFault("model_unsafe_weights", message)
        if any(name.endswith(MODEL_CODE) for name in sizes):
            raise YourFault("model_no_weights", f"{address} has code, but no model.safetensors.")
        raise YourFault("model_no_weights", f"{address} has no model.safetensors.")
    return names


def need_room(wanted: int, folder: Path, order: Mapping[str, Any]) -> None:
    """Look whether the files fit before they are fetched.

    raises  YourFault if a job may not take so much, OurFault if the disk has no room for it
    """
    folder.mkdir(parents=True, exist_ok=True)
    if wanted > order["disk_bytes"]:
        raise YourFault(
            "disk_exceeded",
            f"The input takes {size(wanted)}; a job on this worker may take {size(order['disk_bytes'])} of disk.",
        )
    if wanted > disk_usage(folder).free - order["reserve_bytes"]:
        raise OurFault("disk_full", f"The worker's disk has no room for {size(wanted)}.")


def publish(order: Mapping[str, Any]) -> dict[str, Any]:
    """Commit what may be published of a folder to the output repository, in one commit.

    returns  {kind, address, commit}
    raises   YourFault if the hub refuses it, OurFault if the hub fails
    """
    repo = order["repo"]
    operations = [CommitOperationAdd(path, str(file)) for path, file in publishable(Path(order["folder"]))]
    api = HfApi(endpoint=order["endpoint"], token=order["token"])
    try:
        api.create_repo(repo["address"], repo_type=repo["kind"], private=repo["is_private"], exist_ok=True)
        texts = {"commit_message": order["message"], "commit_description": order["description"]}
        commit = api.create_commit(repo["address"], operations, repo_type=repo["kind"], **texts)
    except HfHubHTTPError as error:
        raise refused(error, "output_refused", f"{repo['address']} was refused") from error
    except OSError as error:
        raise disk_or_hub(error) from error
    return {"kind": repo["kind"], "address": repo["address"], "commit": commit.oid}


def refused(error: HfHubHTTPError, code: str, what: str) -> JobFault:
    """Return our fault for an answer that says to come again, yours for a refusal."""
    response = getattr(error, "response", None)
    status = response.status_code if response is not None else 0
    if status in (0, 401, 408, 429) or status >= 500:
        return OurFault("hub_unreachable", f"{what}: the hub answered {status}.")
    return YourFault(code, f"{what}: {error.server_message or status}")


def disk_or_hub(error: OSError) -> JobFault:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return OurFault("disk_full", "The worker's disk is full.")
    return OurFault("hub_unreachable", f"The hub could not be reached: {error}")


if __name__ == "__main__":
    main()
