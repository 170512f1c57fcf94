"""What repositories say of each other: base models, training data, descendants."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

from apps.core.actor import Actor

from ..access import visible_to
from ..addresses import Address, RepoKind
from ..models import Repo, RepoTag

SHOWN = 5


@dataclass(frozen=True, slots=True)
class Named:
    """A repository that a card names; `href` only if it stands here and the reader may see it."""

    id: str
    href: str = ""


def named_repos(actor: Actor, *, models: Iterable[str], datasets: Iterable[str]) -> tuple[list[Named], list[Named]]:
    """Return the models and datasets that a card names, each with its address here; one query."""
    models, datasets = list(models)[:20], list(datasets)[:20]
    wanted = Q(kind=RepoKind.MODEL, address_key__in=[one.casefold() for one in models])
    wanted |= Q(kind=RepoKind.DATASET, address_key__in=[one.casefold() for one in datasets])
    rows = visible_to(actor).filter(wanted) if models or datasets else []
    found = {(repo.kind, repo.address_key): repo.get_absolute_url() for repo in rows}
    return (
        [Named(one, found.get((RepoKind.MODEL, one.casefold()), "")) for one in models],
        [Named(one, found.get((RepoKind.DATASET, one.casefold()), "")) for one in datasets],
    )


def descendants_of(actor: Actor, address: Address, limit: int = SHOWN) -> list[Repo]:
    """Return models whose cards name this model as their base, or this dataset as their data, newest first."""
    word = "dataset" if address.kind is RepoKind.DATASET else "base_model"
    tagged = RepoTag.objects.filter(kind=RepoKind.MODEL, tag=f"{word}:{address.id}").values("repo_id")
    return list(visible_to(actor).filter(kind=RepoKind.MODEL, id__in=tagged).order_by("-updated_at", "id")[:limit])
