"""Stores the artifacts of a job on the hub: the files that its recipe left in `run/artifacts`."""

from __future__ import annotations

import hashlib
import json
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from apps.toolchain.contracts import ARTIFACT_NAME, ARTIFACTS_LIMIT, Artifact, media_type_of

from .allowlists import publishable
from .faults import PlatformFault, UserFault
from .hub import HubRefusal, HubUnreachable, refusal_of, retry_while_unreachable

TIMEOUT_SECONDS = 300


def store_artifacts(order: Mapping[str, Any]) -> list[Artifact]:
    """Store the allowed files of a folder, by name.

    order   endpoint, token, job, folder, and the patterns of the recipe as files
    raises  UserFault if the hub refuses one, PlatformFault if it fails
    """
    files = artifacts_in(Path(order["folder"]), order["files"])
    return [store(order, name, file) for name, file in files]


def artifacts_in(folder: Path, patterns: Sequence[str]) -> list[tuple[str, Path]]:
    """Return names and paths of the files of a folder that a job may keep (raises UserFault)."""
    files = [(name, path) for name, path in publishable(folder, patterns) if ARTIFACT_NAME.fullmatch(name)]
    if len(files) > ARTIFACTS_LIMIT:
        raise UserFault("output_refused", f"The job has {len(files)} artifacts; at most {ARTIFACTS_LIMIT}.")
    return files


def store(order: Mapping[str, Any], name: str, path: Path) -> Artifact:
    """Store one file (raises as store_artifacts)."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    artifact = Artifact(name, digest, path.stat().st_size, media_type_of(name))
    try:
        retry_while_unreachable(lambda: put(order, artifact, path))
    except HubRefusal as refusal:
        raise UserFault("output_refused", f"{name} was refused: {refusal.message}") from refusal
    except HubUnreachable as error:
        raise PlatformFault("hub_unreachable", f"The hub could not be reached with {name}.") from error
    return artifact


def put(order: Mapping[str, Any], artifact: Artifact, path: Path) -> None:
    """Send one file.

    raises  HubRefusal, HubUnreachable
    """
    url = f"{order['endpoint']}/api/v1/jobs/{order['job']}/artifacts/{artifact.name}"
    headers = {
        "Authorization": f"Bearer {order['token']}",
        "Accept": "application/json",
        "Content-Type": "application/octet-stream",
        "Content-Length": str(artifact.size_bytes),
        "X-Checksum-Sha256": artifact.sha256,
    }
    with path.open("rb") as file:
        request = urllib.request.Request(url, file, headers, method="PUT")
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
                json.loads(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                raise refusal_of(error) from None
        except (OSError, ValueError) as error:
            raise HubUnreachable(str(error)) from error
