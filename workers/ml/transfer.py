"""The child process that transfers files between the hub and a job's folder with huggingface_hub.

It reads one order (JSON) from its input and answers in JSON lines; it never parses the files.
"""

from __future__ import annotations

import errno
import json
import sys
from collections.abc import Collection, Mapping
from glob import escape
from pathlib import Path
from shutil import disk_usage
from typing import Any

from huggingface_hub import (
    CommitOperationAdd,
    HfApi,
    get_hf_file_metadata,
    hf_hub_url,
    snapshot_download,
)
from huggingface_hub.errors import HfHubHTTPError, RepositoryNotFoundError, RevisionNotFoundError

from .allowlists import MODEL_CODE, dataset_files, model_files, publishable
from .artifacts import store_artifacts
from .disk import size
from .faults import JobFault, PlatformFault, UserFault
from .input_cache import InputCache, WrongContent
from .process_limits import exit_with_parent

ADAPTER_WEIGHTS = "adapter_model.safetensors"
UNSAFE_WEIGHTS = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".h5", ".msgpack")


def main() -> None:
    order = json.loads(sys.stdin.readline())
    exit_with_parent(sys.stdin)
    actions = {"fetch": fetch, "publish": publish, "keep": keep}
    try:
        emit("done", actions[order["action"]](order))
    except JobFault as fault:
        emit("fault", {"code": fault.code, "message": fault.message})


def emit(kind: str, data: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps({"kind": kind, "data": data}) + "\n")
    sys.stdout.flush()


def fetch(order: Mapping[str, Any]) -> dict[str, Any]:
    """Download each input, at its commit, into `folder/<name>`.

    raises  UserFault if an input is missing or has unsafe weights, PlatformFault if the hub or the disk fails
    """
    api = HfApi(endpoint=order["endpoint"], token=order["token"])
    return {
        name: fetch_one(api, repo, Path(order["folder"]) / name, order)
        for name, repo in order["repos"].items()
    }


def fetch_one(api: HfApi, repo: Mapping[str, str], folder: Path, order: Mapping[str, Any]) -> int:
    """Download one repository and return the total size of its allowed files in bytes."""
    address, commit = repo["address"], repo["commit"]
    try:
        return fetch_files(api, repo, folder, order)
    except WrongContent as error:
        raise PlatformFault("hub_unreachable", f"{address} did not arrive as it is: {error}") from error
    except (RepositoryNotFoundError, RevisionNotFoundError) as error:
        message = f"{address} at {commit[:7]} no longer exists, or you do not have access to it."
        raise UserFault("input_missing", message) from error
    except HfHubHTTPError as error:
        raise http_fault(error, "input_missing", f"{address} could not be downloaded") from error
    except OSError as error:
        raise os_fault(error) from error


def fetch_files(api: HfApi, repo: Mapping[str, str], folder: Path, order: Mapping[str, Any]) -> int:
    """Put the allowed files of a repository into a folder: those of the cache, then the others."""
    address, commit, kind = repo["address"], repo["commit"], repo["kind"]
    info = api.repo_info(address, repo_type=kind, revision=commit, files_metadata=True)
    siblings = {sibling.rfilename: sibling for sibling in getattr(info, "siblings", None) or []}
    sizes = {name: sibling.size or 0 for name, sibling in siblings.items()}
    names = allowed_files(sizes, kind, address)
    large = {name: siblings[name].lfs["sha256"] for name in names if siblings[name].lfs}
    cache, total = cache_of(order), sum(sizes[name] for name in names)
    kept = take_kept(
        api, repo, folder, cache, {name: (sha256, sizes[name]) for name, sha256 in large.items()}
    )
    wanted = [name for name in names if name not in kept]
    missing = sum(sizes[name] for name in wanted)
    if cache:
        cache.evict(0, free_bytes=missing + order["reserve_bytes"])
    check_disk_space(total, folder, order, kind=kind, missing=missing)
    note = f"; {len(kept)} more are on this worker" if kept else ""
    emit(
        "log", {"level": "info", "line": f"Downloading {address} at {commit[:7]}: {len(wanted)} files{note}."}
    )
    download(api, repo, folder, wanted)
    if cache:
        for name in [name for name in wanted if name in large]:
            cache.add(folder / name, large[name])
    return total


def cache_of(order: Mapping[str, Any]) -> InputCache | None:
    """Return the cache of the order, None if there is none."""
    facts = order.get("cache")
    if not facts or not facts["limit_bytes"]:
        return None
    return InputCache(Path(facts["folder"]), facts["limit_bytes"], facts["is_linked"])


def take_kept(
    api: HfApi,
    repo: Mapping[str, str],
    folder: Path,
    cache: InputCache | None,
    files: Mapping[str, tuple[str, int]],
) -> set[str]:
    """Put the files that the cache has into the folder and return their names.

    The hub is asked for the head of each, as for a download: a commit may name a hash whose bytes the job may
    not read.
    files  SHA-256 and size by name
    """
    kept = set()
    for name, (sha256, count) in files.items():
        if cache is None or ".." in name or not cache.has(sha256, count):
            continue
        url = hf_hub_url(
            repo["address"], name, repo_type=repo["kind"], revision=repo["commit"], endpoint=api.endpoint
        )
        head = get_hf_file_metadata(url, token=api.token, endpoint=api.endpoint)
        if (head.etag, head.size) == (sha256, count) and cache.take(sha256, folder / name):
            kept.add(name)
    return kept


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


def allowed_files(sizes: Mapping[str, int], kind: str, address: str) -> list[str]:
    """Return the files that a job may read.

    raises  UserFault for a model without safetensors weights
    """
    if kind == "dataset":
        return dataset_files(sizes)
    names = model_files(sizes)
    if not any(name.endswith(".safetensors") for name in names):
        raise no_safetensors(sizes, address)
    return names


def no_safetensors(names: Collection[str], address: str) -> UserFault:
    """Return the fault of a model without safetensors weights."""
    unsafe = sorted(name for name in names if name.endswith(UNSAFE_WEIGHTS))
    if unsafe:
        advice = "Jobs load safetensors only: convert the weights and commit them."
        return UserFault("model_unsafe_weights", f"{address} has its weights only as {unsafe[0]}. {advice}")
    if ADAPTER_WEIGHTS in names:
        advice = "Choose its base model, or a repository with the merged weights."
        return UserFault("model_no_weights", f"{address} is an adapter without its base model. {advice}")
    if any(name.endswith(MODEL_CODE) for name in names):
        return UserFault("model_no_weights", f"{address} has code, but no model.safetensors.")
    return UserFault("model_no_weights", f"{address} has no model.safetensors.")


def check_disk_space(
    wanted: int, folder: Path, order: Mapping[str, Any], *, kind: str, missing: int | None = None
) -> None:
    """Check that the files fit before they are downloaded.

    missing  bytes that have to be downloaded, if not all
    raises  UserFault if they exceed the job's limit, PlatformFault if the disk has too little free space
    """
    folder.mkdir(parents=True, exist_ok=True)
    limit = order["disk_bytes"]
    if wanted > limit:
        message = f"The {kind} takes {size(wanted)} of disk space; the limit on this worker is {size(limit)}."
        raise UserFault(f"{kind}_too_large", message)
    missing = wanted if missing is None else missing
    if missing > disk_usage(folder).free - order["reserve_bytes"]:
        raise PlatformFault("disk_full", f"The worker's disk has less than {size(missing)} available.")


def publish(order: Mapping[str, Any]) -> dict[str, Any]:
    """Publish the allowed files of a folder in the output repository as one commit.

    returns  {kind, address, commit}
    raises   UserFault if the hub refuses it, PlatformFault if the hub fails
    """
    repo = order["repo"]
    operations = [
        CommitOperationAdd(path, str(file))
        for path, file in publishable(Path(order["folder"]), order["files"])
    ]
    api = HfApi(endpoint=order["endpoint"], token=order["token"])
    try:
        api.create_repo(repo["address"], repo_type=repo["kind"], private=repo["is_private"], exist_ok=True)
        texts = {"commit_message": order["message"], "commit_description": order["description"]}
        commit = api.create_commit(repo["address"], operations, repo_type=repo["kind"], **texts)
    except HfHubHTTPError as error:
        raise http_fault(error, "output_refused", f"{repo['address']} was refused") from error
    except OSError as error:
        raise os_fault(error) from error
    return {"kind": repo["kind"], "address": repo["address"], "commit": commit.oid}


def keep(order: Mapping[str, Any]) -> dict[str, Any]:
    """Store the job's artifacts on the hub and return them (raises as store_artifacts)."""
    return {"artifacts": [one.to_json() for one in store_artifacts(order)]}


def http_fault(error: HfHubHTTPError, code: str, what: str) -> JobFault:
    """Return a platform fault for a response that may be retried, a user fault for a refusal."""
    response = getattr(error, "response", None)
    status = response.status_code if response is not None else 0
    if status in (0, 401, 408, 429) or status >= 500:
        return PlatformFault("hub_unreachable", f"{what}: the hub answered {status}.")
    return UserFault(code, f"{what}: {error.server_message or status}")


def os_fault(error: OSError) -> JobFault:
    """Return the fault of a full disk or of a failed connection."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return PlatformFault("disk_full", "The worker's disk is full.")
    return PlatformFault("hub_unreachable", f"The hub could not be reached: {error}")


if __name__ == "__main__":
    main()
