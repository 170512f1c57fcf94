"""Access to repositories: who may see or change which."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, BooleanField, F, Func, Q, QuerySet, Value
from django.utils.translation import gettext as _

from apps.core.actor import Actor, Need
from apps.core.errors import Unauthenticated
from apps.core.web.policies import insufficient_scope
from apps.toolchain.jobs.selectors import is_made_by
from apps.users.accounts.access import token_refusal
from apps.users.accounts.models import Namespace, NamespaceRedirect
from apps.users.accounts.scopes import OAuthScope

from .addresses import Address
from .errors import Forbidden, GatedRepo, GatedToAnonymous, RepoHidden, RepoNotFound, RequestNotFound
from .models import AccessRequest, AccessState, Repo, RepoRedirect


def targets_of(address: Address) -> tuple[str, str]:
    """Return the targets of token grants that cover a repository."""
    return f"namespace:{address.namespace.casefold()}", address.target


def may(actor: Actor, need: Need, repo: Repo) -> bool:
    """Return whether an actor has the needed access; public repositories are readable unless gated.

    A job changes only the repository that it created, not one that has taken its name since.
    """
    if not repo.is_private and (need is Need.SEE or (need is Need.READ and not repo.gating)):
        return True
    if need > Need.READ and actor.job_id and not is_made_by(actor.job_id, repo.pk):
        return False
    targets = targets_of(repo.address)
    if actor.can(need, repo.namespace_id, *targets):
        return True
    if not repo.is_private and need is Need.READ:
        return has_granted_access(actor, repo)
    is_author = repo.created_by_id is not None and repo.created_by_id == actor.user_id
    return (
        is_author
        and actor.roles.get(repo.namespace_id, 0) >= Need.CONTRIBUTE
        and actor.scope.allows(need, *targets)
    )


def has_granted_access(actor: Actor, repo: Repo) -> bool:
    """Return whether an actor was granted access to a gated repository."""
    if actor.user_id is None or not actor.scope.allows(Need.READ, *targets_of(repo.address)):
        return False
    return AccessRequest.objects.filter(repo=repo, user_id=actor.user_id, state=AccessState.ACCEPTED).exists()


def visible_to(actor: Actor) -> QuerySet[Repo]:
    """Return the repositories that an actor may see: the base of lists, counts, feeds and search."""
    rows = Repo.objects.filter(deleted_at=None).select_related("namespace")
    return rows.filter(Q(is_private=False) | _own(actor)) if actor.roles else rows.filter(is_private=False)


def private_to(actor: Actor) -> QuerySet[Repo]:
    """Return the private repositories that an actor may see."""
    return Repo.objects.filter(_own(actor), deleted_at=None, is_private=True)


def _own(actor: Actor) -> Q:
    own = Q(_is_one_of("namespace_id", actor.namespaces_with(Need.READ)))
    if actor.scope.limit is None:
        named = [grant.target.partition(":") for grant in actor.scope.grants]
        spaces = [name for word, _colon, name in named if word == "namespace"]
        granted = Q(namespace__key__in=spaces)
        for word, _colon, name in named:
            if word != "namespace":
                granted |= Q(kind=word, address_key=name)
        own &= granted
    return own


def _is_one_of(field: str, values: list[int]) -> Func:
    """Return the condition that a field is one of many numbers, passed as one query parameter."""
    numbers = Value(values, output_field=ArrayField(BigIntegerField()))
    return Func(
        F(field), numbers, template="(%(expressions)s))", arg_joiner=" = ANY (", output_field=BooleanField()
    )


def _find(address: Address) -> Repo | None:
    key = f"{address.namespace}/{address.name}".casefold()
    found = (
        Repo.objects.select_related("namespace")
        .filter(kind=address.kind, address_key=key, deleted_at=None)
        .first()
    )
    if found:
        return found
    moved = (
        RepoRedirect.objects.select_related("repo__namespace")
        .filter(kind=address.kind, address_key=key)
        .first()
    )
    if moved and moved.repo.deleted_at is None:
        return moved.repo
    renamed = (
        NamespaceRedirect.objects.select_related("namespace").filter(key=address.namespace.casefold()).first()
    )
    if renamed:
        return _find(Address(address.kind, renamed.namespace.name, address.name))
    return None


def check_may(actor: Actor, need: Need, repo: Repo) -> None:
    """Refuse an actor without the needed access.

    raises  Forbidden, or Unauthenticated to anonymous users; for gated files GatedRepo or GatedToAnonymous;
            TokenScope or InsufficientScope if the person of a token has the access
    """
    if may(actor, need, repo):
        return
    refusal = _refusal_of(actor, need, repo)
    if may(actor.unlimited, need, repo):
        raise token_refusal(actor, need, repo.address.target, protocol_code=refusal.code)
    raise refusal


def _refusal_of(actor: Actor, need: Need, repo: Repo) -> Forbidden | Unauthenticated:
    if need is Need.READ:
        return gated_refusal(actor, repo)
    if not actor.is_signed_in:
        return Unauthenticated()
    if actor.job_id:
        return Forbidden(
            _("%(name)s exists, but was not created by this job. Rename or delete it, then retry the job.")
            % {"name": repo.address}
        )
    return Forbidden(_("You don't have write access to %(name)s.") % {"name": repo.address})


def access_request_of(repo: Repo, name: str) -> AccessRequest:
    """Return the access request of a person (raises RequestNotFound)."""
    rows = AccessRequest.objects.filter(repo=repo).select_related("user__namespace", "decided_by")
    found = rows.filter(user__namespace__key=name.casefold()).first()
    if found is None:
        raise RequestNotFound
    return found


def gated_refusal(actor: Actor, repo: Repo) -> GatedRepo | GatedToAnonymous:
    """Return the refusal of a gated repository's files.

    source  huggingface_hub: its tests match the first half of the second sentence
    """
    facts = {"name": f"{repo.kind} {repo.address.id}"}
    if not actor.is_signed_in:
        return GatedToAnonymous(
            _("Access to %(name)s is restricted. Sign in and request access on its page.") % facts
        )
    return GatedRepo(
        _(
            "Access to %(name)s is restricted and you are not in the authorized list. "
            "Request access on its page."
        )
        % facts
    )


def repo_for(actor: Actor, address: Address, need: Need = Need.READ, *, lock: bool = False) -> Repo:
    """Return the repository if the actor has the needed access; former addresses work too.

    lock    hold the row until the transaction ends
    raises  RepoNotFound if it is absent or hidden (RepoHidden to anonymous users), or as check_may
    """
    repo = _find(address)
    if repo is None or not may(actor, Need.SEE, repo):
        raise RepoNotFound if actor.is_signed_in else RepoHidden
    check_may(actor, need, repo)
    if lock:
        repo = Repo.objects.select_related("namespace").select_for_update(of=("self",)).get(pk=repo.pk)
        if repo.deleted_at is not None:
            raise RepoNotFound
    return repo


def namespace_for(actor: Actor, name: str, need: Need, address: Address | None = None) -> Namespace:
    """Return a namespace if the actor has the needed role there.

    address  repository to create, so that a token's grant for it counts
    raises   Forbidden, also if the namespace is absent; TokenScope, InsufficientScope, Unauthenticated
    """
    if not actor.is_signed_in:
        raise Unauthenticated
    namespace = Namespace.objects.filter(key=name.casefold()).first()
    targets = [f"namespace:{name.casefold()}", *([address.target] if address else [])]
    if need > Need.READ and not actor.is_granted(OAuthScope.MANAGE_REPOS):
        raise insufficient_scope(OAuthScope.MANAGE_REPOS)
    if namespace is None or not actor.unlimited.can(need, namespace.pk):
        raise Forbidden(_("You don't have permission to create repositories in %(name)s.") % {"name": name})
    if not actor.can(need, namespace.pk, *targets):
        raise token_refusal(actor, need, targets[0])
    return namespace
