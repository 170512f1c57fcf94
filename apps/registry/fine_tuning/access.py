"""Who may read and change fine-tunes, and which models a name means."""

from __future__ import annotations

from django.db.models import QuerySet

from apps.core.actor import Actor, ActorKind, Need
from apps.core.errors import Refusal
from apps.registry.repos.access import repo_for
from apps.registry.repos.addresses import Address, RepoKind
from apps.registry.repos.models import Repo
from apps.toolchain.files.access import check_change, has_access

from .errors import FineTuneHidden, FineTuneNotFound, ModelNameHidden, ModelNameNotFound
from .models import FineTune
from .names import is_tuned_name, split_checkpoint


def with_parts() -> QuerySet[FineTune]:
    """Return fine-tunes with what answers show of them."""
    rows = FineTune.objects.select_related(
        "namespace", "job__namespace", "job__submitted_by", "job__result", "result_file"
    )
    return rows.prefetch_related("job__lineage")


def visible_to(actor: Actor) -> QuerySet[FineTune]:
    """Return the fine-tunes that an actor may read."""
    rows = with_parts()
    if actor.kind not in (ActorKind.PERSON, ActorKind.TOKEN):
        return rows.none()
    rows = rows.filter(namespace_id__in=actor.namespaces_with(Need.READ))
    if actor.scope.limit is None:
        granted = [one.target.partition(":") for one in actor.scope.grants]
        rows = rows.filter(namespace__key__in=[name for word, _colon, name in granted if word == "namespace"])
    return rows


def fine_tune_for(actor: Actor, public_id: str, need: Need = Need.READ) -> FineTune:
    """Return a fine-tune if the actor has the needed access; who ordered it may change it.

    raises  FineTuneNotFound (FineTuneHidden for anonymous users), Forbidden, TokenScope
    """
    rows = with_parts()
    found = rows.filter(public_id=public_id).first()
    if found is None or not has_access(actor, Need.READ, found.namespace, found.submitted_by_id):
        raise FineTuneNotFound if actor.is_signed_in else FineTuneHidden
    check_change(actor, need, found.namespace, found.submitted_by_id)
    return found


def tuned_by_name(actor: Actor, name: str, need: Need = Need.READ) -> FineTune:
    """Return the fine-tune of a model's name, or of a checkpoint's, which can only be read.

    raises  ModelNameNotFound (ModelNameHidden for anonymous users), Forbidden, TokenScope
    """
    known = split_checkpoint(name)[0] if need is Need.READ else name
    rows = FineTune.objects.filter(name=known, is_name_deleted=False)
    found = rows.values_list("public_id", flat=True).first()
    if found is None:
        raise ModelNameNotFound if actor.is_signed_in else ModelNameHidden
    try:
        return fine_tune_for(actor, found, need)
    except FineTuneNotFound:
        raise ModelNameNotFound from None
    except FineTuneHidden:
        raise ModelNameHidden from None


def named_model(actor: Actor, name: str) -> FineTune | Repo:
    """Return what a name of a model means: a fine-tune, or a repository as `owner/name`.

    raises  ModelNameNotFound (ModelNameHidden for anonymous users), and what `repo_for` says of gated ones
    """
    if is_tuned_name(name):
        return tuned_by_name(actor, name)
    try:
        return repo_for(actor, Address.of_kind(RepoKind.MODEL, name.partition("@")[0]))
    except (Refusal, ValueError) as error:
        if isinstance(error, Refusal) and error.status == 403:
            raise
        raise (ModelNameNotFound if actor.is_signed_in else ModelNameHidden) from None
