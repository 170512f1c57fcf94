"""Relations between repositories: base models, training data, derived models."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Concat
from django.utils.translation import gettext_lazy as _

from apps.core.actor import Actor
from apps.users.accounts.models import NamespaceRedirect

from ..access import visible_to
from ..addresses import RepoKind
from ..models import Relation, Repo, RepoRedirect, RepoRelation

NAMED_LIMIT = 20
HOPS = 2
GROUPS = {
    Relation.FINETUNE: _("Fine-tunes"),
    Relation.ADAPTER: _("Adapters"),
    Relation.QUANTIZED: _("Quantizations"),
    Relation.MERGE: _("Merges"),
    Relation.TRAINED_ON: _("Models trained on this dataset"),
}


@dataclass(frozen=True, slots=True)
class RelatedRepo:
    """A repository that a card names.

    href      empty unless it exists on this site and the reader may see it
    relation  value of Relation: what the naming repository is to this one
    """

    id: str
    kind: str
    relation: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """The models derived from a repository by one relation; `count` covers what the reader may see."""

    relation: Relation
    words: Any
    count: int


@dataclass(slots=True)
class Ancestry:
    """What a repository is derived from, over several steps; edges are pairs of keys, source first."""

    named: dict[str, RelatedRepo] = field(default_factory=dict)
    edges: list[tuple[str, str]] = field(default_factory=list)


def key_of(kind: str, id: str) -> str:
    return f"{kind}:{id.casefold()}"


def related_by(actor: Actor, repo: Repo, *, also_moved: bool = True) -> list[RelatedRepo]:
    """Return the models and datasets that a repository is derived from.

    also_moved  follow redirects of moved repositories, which takes another query
    """
    rows = list(repo.relations.order_by("id")[: NAMED_LIMIT * 2])
    found = _hrefs(actor, [(row.target_kind, row.target_key) for row in rows], also_moved=also_moved)
    return [
        RelatedRepo(
            row.target, row.target_kind, row.relation, found.get(key_of(row.target_kind, row.target_key), "")
        )
        for row in rows
    ]


def _hrefs(actor: Actor, wanted: Sequence[tuple[str, str]], *, also_moved: bool) -> dict[str, str]:
    """Return key -> URL of the repositories on this site that the reader may see."""
    found = {
        key_of(repo.kind, repo.address_key): repo.get_absolute_url() for repo in _by_address(actor, wanted)
    }
    missing = [pair for pair in wanted if key_of(*pair) not in found]
    if missing and also_moved:
        moved = RepoRedirect.objects.filter(
            _address_condition(missing), repo__in=visible_to(actor)
        ).select_related("repo__namespace")
        found |= {key_of(row.kind, row.address_key): row.repo.get_absolute_url() for row in moved}
    return found


def _address_condition(pairs: Iterable[tuple[str, str]]) -> Q:
    by_kind: dict[str, list[str]] = {}
    for kind, key in pairs:
        by_kind.setdefault(kind, []).append(key)
    condition = Q(pk__in=[])
    for kind, keys in by_kind.items():
        condition |= Q(kind=kind, address_key__in=keys)
    return condition


def _by_address(actor: Actor, pairs: Sequence[tuple[str, str]]) -> list[Repo]:
    return list(visible_to(actor).filter(_address_condition(pairs))) if pairs else []


def ancestry_of(actor: Actor, repo: Repo, named: Iterable[RelatedRepo]) -> Ancestry:
    """Return what a repository is derived from, following base models for HOPS further steps."""
    ancestry, here = Ancestry(), key_of(repo.kind, repo.address_key)
    _add_sources(
        ancestry,
        here,
        [(one.kind, one.id) for one in named],
        {key_of(one.kind, one.id): one.href for one in named},
    )
    near = [
        (RepoKind.MODEL.value, one.id.casefold()) for one in named if one.kind == RepoKind.MODEL and one.href
    ]
    for _hop in range(HOPS):
        rows = _by_address(actor, near)
        near = []
        for row in rows:
            bases = [
                (RepoKind.MODEL.value, one) for one in row.base_models if one.casefold() != row.address_key
            ]
            near += [(kind, id.casefold()) for kind, id in bases if key_of(kind, id) not in ancestry.named]
            _add_sources(ancestry, key_of(row.kind, row.address_key), bases, {})
            ancestry.named[key_of(row.kind, row.address_key)] = RelatedRepo(
                row.address.id, row.kind, href=row.get_absolute_url()
            )
    return ancestry


def _add_sources(
    ancestry: Ancestry, target: str, sources: Iterable[tuple[str, str]], hrefs: dict[str, str]
) -> None:
    for kind, id in sources:
        key = key_of(kind, id)
        if len(ancestry.named) < NAMED_LIMIT or key in ancestry.named:
            ancestry.named.setdefault(key, RelatedRepo(id, kind, href=hrefs.get(key, "")))
            ancestry.edges.append((key, target))


def related_to(repo: Repo) -> QuerySet[RepoRelation]:
    """Return the relations that name a repository by its current or a former address."""
    now = Repo.objects.filter(pk=repo.pk).values_list("address_key")
    before = RepoRedirect.objects.filter(repo=repo).values_list("address_key")
    names = NamespaceRedirect.objects.filter(namespace=repo.namespace_id).values_list(
        Concat("key", Value(f"/{repo.key}"))
    )
    return RepoRelation.objects.filter(
        target_kind=repo.kind, target_key__in=now.union(before, names)
    ).exclude(repo=repo)


def groups_of(actor: Actor, related: QuerySet[RepoRelation]) -> list[Group]:
    """Return the number of readable models derived from a repository by relation, in one query."""
    rows = related.filter(repo__in=visible_to(actor).filter(kind=RepoKind.MODEL))
    counts = dict(rows.values_list("relation").annotate(count=Count("repo", distinct=True)).order_by())
    return [
        Group(relation, words, counts[relation]) for relation, words in GROUPS.items() if relation in counts
    ]


def descendants_of(actor: Actor, related: QuerySet[RepoRelation], relation: str = "") -> QuerySet[Repo]:
    """Return the readable models derived from a repository, annotated with their `relation`."""
    rows = related.filter(relation=relation) if relation else related
    first = rows.filter(repo=OuterRef("pk")).order_by("id").values("relation")[:1]
    return (
        visible_to(actor)
        .filter(kind=RepoKind.MODEL, id__in=rows.values("repo_id"))
        .annotate(relation=Subquery(first))
    )
