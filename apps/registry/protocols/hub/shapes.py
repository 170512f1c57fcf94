"""A repository as hub clients read it: one function per property."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from apps.core.errors import BadRequest
from apps.registry.gitstore import Entry
from apps.registry.repos.addresses import RepoKind
from apps.registry.repos.cards.tasks import AUTO_CLASSES
from apps.registry.repos.models import Repo

from .asked import iso

# the official client downloads a repository by its tree, which is paged; only who asks for `siblings` sees them cut
SIBLINGS_LIMIT, ENTRIES_LIMIT = 60_000, 200_000


@dataclass(slots=True)
class Seen:
    """A repository as one request sees it.

    sha     the commit that the answer is about; the head of the default branch in lists
    files   returns the entries of that commit, recursively
    is_cut  whether there are more files than `siblings` tells; known once they are told
    """

    repo: Repo
    sha: str = ""
    files: Callable[[], Iterable[Entry]] = tuple
    with_blobs: bool = False
    children: dict[str, int] = field(default_factory=dict)
    spaces: list[str] = field(default_factory=list)
    is_cut: bool = False


def siblings(seen: Seen) -> list[dict[str, Any]]:
    """Return the files of a repository as its description names them, up to a limit.

    source  huggingface_hub `RepoSibling`
    """
    told: list[dict[str, Any]] = []
    # folders are told nowhere, but walked: a tree may hold little else
    for place, entry in enumerate(seen.files()):
        if place >= ENTRIES_LIMIT or len(told) >= SIBLINGS_LIMIT:
            seen.is_cut = True
            break
        if entry.is_file:
            told.append(sibling(entry, with_blobs=seen.with_blobs))
    return told


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


def transformers_info(seen: Seen) -> dict[str, str] | None:
    repo = seen.repo
    if repo.library != "transformers":
        return None
    facts = {"auto_model": AUTO_CLASSES.get(repo.task, "AutoModel"), "pipeline_tag": repo.task}
    return {key: value for key, value in facts.items() if value}


def safetensors(seen: Seen) -> dict[str, Any] | None:
    repo = seen.repo
    return (
        {"parameters": repo.parameters_by_dtype, "total": repo.parameters}
        if repo.parameters is not None
        else None
    )


def runtime(seen: Seen) -> dict[str, Any]:
    return {
        "stage": "NO_APP_FILE",
        "hardware": {"current": None, "requested": None},
        "storage": None,
        "gcTimeout": None,
    }


Property = Callable[[Seen], Any]
COMMON: dict[str, Property] = {
    "author": lambda seen: seen.repo.namespace.name,
    "cardData": lambda seen: seen.repo.card or None,
    "createdAt": lambda seen: iso(seen.repo.created_at),
    "disabled": lambda seen: False,
    "lastModified": lambda seen: iso(seen.repo.updated_at),
    "likes": lambda seen: seen.repo.likes,
    "private": lambda seen: seen.repo.is_private,
    "resourceGroup": lambda seen: None,
    "sha": lambda seen: seen.sha or seen.repo.head or None,
    "siblings": siblings,
    "tags": lambda seen: seen.repo.tags,
    "trendingScore": lambda seen: seen.repo.likes,
    "usedStorage": lambda seen: seen.repo.size_bytes,
}
COUNTED: dict[str, Property] = {
    "downloads": lambda seen: seen.repo.downloads,
    "downloadsAllTime": lambda seen: seen.repo.downloads_all_time,
    "gated": lambda seen: seen.repo.gating or False,
}
MODEL: dict[str, Property] = {
    "baseModels": lambda seen: seen.repo.base_models,
    "childrenModelCount": lambda seen: seen.children,
    "config": lambda seen: seen.repo.config or None,
    "evalResults": lambda seen: None,
    "gguf": lambda seen: None,
    "inference": lambda seen: None,
    "inferenceProviderMapping": lambda seen: None,
    "library_name": lambda seen: seen.repo.library or None,
    "mask_token": lambda seen: seen.repo.config.get("mask_token"),
    "model-index": lambda seen: seen.repo.card.get("model-index"),
    "pipeline_tag": lambda seen: seen.repo.task or None,
    "safetensors": safetensors,
    "spaces": lambda seen: seen.spaces,
    "transformersInfo": transformers_info,
    "widgetData": lambda seen: seen.repo.card.get("widget"),
}
DATASET: dict[str, Property] = {
    "citation": lambda seen: None,
    "description": lambda seen: seen.repo.description or None,
    "mainSize": lambda seen: None,
    "paperswithcode_id": lambda seen: seen.repo.card.get("paperswithcode_id"),
}
SPACE: dict[str, Property] = {
    "datasets": lambda seen: seen.repo.datasets,
    "models": lambda seen: linked_models(seen.repo),
    "region": lambda seen: None,
    "runtime": runtime,
    "sdk": lambda seen: seen.repo.card.get("sdk") or seen.repo.settings.get("sdk"),
    "subdomain": lambda seen: None,
}
PROPERTIES: dict[RepoKind, dict[str, Property]] = {
    RepoKind.MODEL: COMMON | COUNTED | MODEL,
    RepoKind.DATASET: COMMON | COUNTED | DATASET,
    RepoKind.SPACE: COMMON | SPACE,
    RepoKind.KERNEL: COMMON | COUNTED,
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
# what a client takes for "not there" only while the key is absent
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
    named = repo.card.get("models")
    return [str(one) for one in named] if isinstance(named, list) else []


def checked_expand(kind: RepoKind, names: list[str]) -> list[str]:
    """Return the properties that are to be told, and only those.

    raises  BadRequest with the full list of names
    """
    allowed = PROPERTIES[kind]
    for place, name in enumerate(names):
        if name not in allowed:
            every = "|".join(f'"{one}"' for one in sorted(allowed))
            raise BadRequest(f"Invalid value at expand[{place}]: expected one of {every}")
    return names


def describe(seen: Seen, names: Iterable[str]) -> dict[str, Any]:
    """Return the id and the named properties; those that the kind lacks are left out."""
    repo, table = seen.repo, PROPERTIES[RepoKind(seen.repo.kind)]
    told: dict[str, Any] = {"_id": repo.id.hex[:24], "id": repo.address.id}
    for name in names:
        if name not in table:
            continue
        value = table[name](seen)
        if value is not None or name not in OMIT_IF_NONE:
            told[name] = value
    return told
