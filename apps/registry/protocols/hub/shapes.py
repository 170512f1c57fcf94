"""Serialization of repositories: one function per property."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from apps.core.errors import BadRequest
from apps.registry.formats.cards.tasks import AUTO_CLASSES
from apps.registry.gitstore import Entry
from apps.registry.repos.addresses import RepoKind
from apps.registry.repos.models import Repo

from .params import format_timestamp

# The official client downloads by the tree, which is paged; these limits affect only requests for `siblings`.
SIBLINGS_LIMIT, ENTRIES_LIMIT = 60_000, 200_000


@dataclass(slots=True)
class RepoView:
    """The data that a repository is serialized from.

    sha           the requested commit; in lists the head of the default branch
    files         returns the entries of that commit, recursively
    is_truncated  whether `siblings` left files out; set when they are serialized
    """

    repo: Repo
    sha: str = ""
    files: Callable[[], Iterable[Entry]] = tuple
    with_blobs: bool = False
    children: dict[str, int] = field(default_factory=dict)
    spaces: list[str] = field(default_factory=list)
    is_truncated: bool = False


def siblings(view: RepoView) -> list[dict[str, Any]]:
    """Return the files of a repository, up to a limit.

    source  huggingface_hub `RepoSibling`
    """
    facts: list[dict[str, Any]] = []
    # Folders are not listed but count toward the limit: a tree can consist of them.
    for index, entry in enumerate(view.files()):
        if index >= ENTRIES_LIMIT or len(facts) >= SIBLINGS_LIMIT:
            view.is_truncated = True
            break
        if entry.is_file:
            facts.append(sibling(entry, with_blobs=view.with_blobs))
    return facts


def sibling(entry: Entry, *, with_blobs: bool) -> dict[str, Any]:
    """source  huggingface_hub `RepoSibling`, `BlobLfsInfo`"""
    found: dict[str, Any] = {"rfilename": entry.path}
    if with_blobs:
        found |= {"blobId": entry.oid, "size": entry.size}
        if entry.pointer:
            found["lfs"] = {
                "sha256": entry.pointer.oid,
                "size": entry.pointer.size,
                "pointerSize": entry.pointer.pointer_size,
            }
    return found


def transformers_info(view: RepoView) -> dict[str, str] | None:
    repo = view.repo
    if repo.library != "transformers":
        return None
    facts = {"auto_model": AUTO_CLASSES.get(repo.task, "AutoModel"), "pipeline_tag": repo.task}
    return {key: value for key, value in facts.items() if value}


def safetensors(view: RepoView) -> dict[str, Any] | None:
    repo = view.repo
    return (
        {"parameters": repo.parameters_by_dtype, "total": repo.parameters}
        if repo.parameters is not None
        else None
    )


def runtime(view: RepoView) -> dict[str, Any]:
    return {
        "stage": "NO_APP_FILE",
        "hardware": {"current": None, "requested": None},
        "storage": None,
        "gcTimeout": None,
    }


Property = Callable[[RepoView], Any]
COMMON: dict[str, Property] = {
    "author": lambda view: view.repo.namespace.name,
    "cardData": lambda view: view.repo.card or None,
    "createdAt": lambda view: format_timestamp(view.repo.created_at),
    "disabled": lambda view: False,
    "lastModified": lambda view: format_timestamp(view.repo.updated_at),
    "likes": lambda view: view.repo.likes,
    "private": lambda view: view.repo.is_private,
    "resourceGroup": lambda view: None,
    "sha": lambda view: view.sha or view.repo.head or None,
    "siblings": siblings,
    "tags": lambda view: view.repo.tags,
    "trendingScore": lambda view: view.repo.likes,
    "usedStorage": lambda view: view.repo.size_bytes,
    # clients 0.30 to 1.2 ask before they upload by Xet
    "xetEnabled": lambda view: True,
}
WITH_DOWNLOADS: dict[str, Property] = {
    "downloads": lambda view: view.repo.downloads,
    "downloadsAllTime": lambda view: view.repo.downloads_all_time,
    "gated": lambda view: view.repo.gating or False,
}
MODEL: dict[str, Property] = {
    "baseModels": lambda view: view.repo.base_models,
    "childrenModelCount": lambda view: view.children,
    "config": lambda view: view.repo.config or None,
    "evalResults": lambda view: None,
    "gguf": lambda view: view.repo.gguf or None,
    "inference": lambda view: None,
    "inferenceProviderMapping": lambda view: None,
    "library_name": lambda view: view.repo.library or None,
    "mask_token": lambda view: view.repo.config.get("mask_token"),
    "model-index": lambda view: view.repo.card.get("model-index"),
    "pipeline_tag": lambda view: view.repo.task or None,
    "safetensors": safetensors,
    "spaces": lambda view: view.spaces,
    "transformersInfo": transformers_info,
    "widgetData": lambda view: view.repo.card.get("widget"),
}
DATASET: dict[str, Property] = {
    "citation": lambda view: None,
    "description": lambda view: view.repo.description or None,
    "mainSize": lambda view: None,
    "paperswithcode_id": lambda view: view.repo.card.get("paperswithcode_id"),
}
SPACE: dict[str, Property] = {
    "datasets": lambda view: view.repo.datasets,
    "models": lambda view: linked_models(view.repo),
    "region": lambda view: None,
    "runtime": runtime,
    "sdk": lambda view: view.repo.card.get("sdk") or view.repo.settings.get("sdk"),
    "subdomain": lambda view: None,
}
PROPERTIES: dict[RepoKind, dict[str, Property]] = {
    RepoKind.MODEL: COMMON | WITH_DOWNLOADS | MODEL,
    RepoKind.DATASET: COMMON | WITH_DOWNLOADS | DATASET,
    RepoKind.SPACE: COMMON | SPACE,
    RepoKind.KERNEL: COMMON | WITH_DOWNLOADS,
}
LISTED = (
    "author",
    "private",
    "gated",
    "downloads",
    "likes",
    "tags",
    "createdAt",
    "lastModified",
    "trendingScore",
)
LISTED_OF_MODELS = ("library_name", "pipeline_tag")
INFO = (*LISTED, "sha", "disabled", "downloadsAllTime", "usedStorage", "cardData", "siblings")
INFO_OF_KIND = {
    RepoKind.MODEL: (
        *LISTED_OF_MODELS,
        "config",
        "gguf",
        "model-index",
        "safetensors",
        "transformersInfo",
        "widgetData",
        "mask_token",
        "spaces",
    ),
    RepoKind.DATASET: ("description", "citation", "paperswithcode_id"),
    RepoKind.SPACE: ("sdk", "subdomain", "runtime", "models", "datasets"),
    RepoKind.KERNEL: (),
}
# Clients treat these as missing only if the key is absent.
OMIT_IF_NONE = frozenset(
    {
        "cardData",
        "config",
        "evalResults",
        "gguf",
        "inferenceProviderMapping",
        "model-index",
        "resourceGroup",
        "runtime",
        "safetensors",
    }
    | {
        "transformersInfo",
        "widgetData",
        "mask_token",
        "mainSize",
        "region",
        "citation",
        "paperswithcode_id",
        "inference",
    }
)


def linked_models(repo: Repo) -> list[str]:
    models = repo.card.get("models")
    return [str(one) for one in models] if isinstance(models, list) else []


def parse_expand(kind: RepoKind, names: list[str]) -> list[str]:
    """Return the requested properties.

    raises  BadRequest with the list of valid names
    """
    allowed = PROPERTIES[kind]
    for index, name in enumerate(names):
        if name not in allowed:
            expected = "|".join(f'"{one}"' for one in sorted(allowed))
            raise BadRequest(f"Invalid value at expand[{index}]: expected one of {expected}")
    return names


def serialize_repo(view: RepoView, names: Iterable[str]) -> dict[str, Any]:
    """Return the id and the named properties, without those that the kind does not have."""
    repo, table = view.repo, PROPERTIES[RepoKind(view.repo.kind)]
    facts: dict[str, Any] = {"_id": repo.id.hex[:24], "id": repo.address.id}
    for name in names:
        if name not in table:
            continue
        value = table[name](view)
        if value is not None or name not in OMIT_IF_NONE:
            facts[name] = value
    return facts
