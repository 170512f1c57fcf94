"""Who may see, publish or change projects."""

from __future__ import annotations

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from apps.core.actor import Actor, ActorKind, Need
from apps.core.errors import Forbidden, Unauthenticated
from apps.toolchain.upstream.models import UpstreamPage
from apps.toolchain.upstream.services.pages import page_of
from apps.users.accounts.access import token_refusal
from apps.users.accounts.models import Namespace

from .errors import FileHidden, FileNotFound, ProjectHidden, ProjectNotFound
from .models import Maintainer, Project, ProjectFile, RetiredName
from .names import is_name, project_key

# word of the grants that cover one project
GRANT = "package"


def target_of(key: str) -> str:
    """Return the target of grants on a project."""
    return f"{GRANT}:{key}"


def targets_of(project: Project) -> tuple[str, str]:
    return f"namespace:{project.namespace.key}", target_of(project.key)


def may(actor: Actor, need: Need, project: Project) -> bool:
    """Return whether an actor has the needed access; maintainers may read and write."""
    if not project.is_private and need <= Need.READ:
        return True
    targets = targets_of(project)
    if actor.can(need, project.namespace_id, *targets):
        return True
    return need <= Need.WRITE and actor.scope.allows(need, *targets) and is_maintainer(actor, project)


def is_maintainer(actor: Actor, project: Project) -> bool:
    return actor.user_id is not None and project.maintainers.filter(user_id=actor.user_id).exists()


def visible_to(actor: Actor) -> QuerySet[Project]:
    """Return the projects that an actor may see: the base of lists, counts, feeds and search."""
    rows = Project.objects.select_related("namespace")
    if not actor.roles:
        return rows.filter(is_private=False)
    own = Q(namespace_id__in=actor.namespaces_with(Need.READ))
    own |= Q(pk__in=Maintainer.objects.filter(user_id=actor.user_id or 0).values("project_id"))
    if actor.scope.limit is None:
        granted = [grant.target.partition(":") for grant in actor.scope.grants if grant.need >= Need.READ]
        named = {kind: [name for word, _c, name in granted if word == kind] for kind in ("namespace", GRANT)}
        own &= Q(namespace__key__in=named["namespace"]) | Q(key__in=named[GRANT])
    elif actor.scope.limit < Need.READ:
        return rows.filter(is_private=False)
    return rows.filter(Q(is_private=False) | own)


def check_may(actor: Actor, need: Need, project: Project) -> None:
    """Refuse an actor without the needed access.

    raises  Unauthenticated, Forbidden; TokenScope or InsufficientScope if the person of a token has it
    """
    if may(actor, need, project):
        return
    if not actor.is_signed_in:
        raise Unauthenticated
    if actor.kind is not ActorKind.PERSON and may(actor.unlimited, need, project):
        raise token_refusal(actor, need, target_of(project.key))
    raise not_allowed(project.name)


def not_allowed(name: str) -> Forbidden:
    """Return the refusal of a project that belongs to somebody else, whether or not it can be seen."""
    return Forbidden(_("You don't have permission to publish %(name)s.") % {"name": name})


def project_for(actor: Actor, name: str, need: Need = Need.READ, *, lock: bool = False) -> Project:
    """Return the project if the actor has the needed access.

    lock    hold the row until the transaction ends
    raises  ProjectNotFound if it is absent or hidden (ProjectHidden to anonymous users), or as check_may
    """
    rows = Project.objects.select_related("namespace")
    if lock:
        rows = rows.select_for_update(of=("self",))
    project = rows.filter(key=project_key(name)).first()
    if project is None or not may(actor, Need.READ, project):
        raise ProjectNotFound if actor.is_signed_in else ProjectHidden
    check_may(actor, need, project)
    return project


def listed_project(actor: Actor, name: str) -> Project:
    """Return a project for the index.

    Absent and hidden ones are one 404 to everybody: installers ask one index after the other for each
    requirement, and stop at a 401.

    raises  ProjectNotFound
    """
    found = Project.objects.select_related("namespace").filter(key=project_key(name)).first()
    if found is None or not may(actor, Need.READ, found):
        raise ProjectNotFound
    return found


def indexed_project(actor: Actor, name: str) -> Project | UpstreamPage:
    """Return a project for the index, or that of the upstream index if no name here stands in its way.

    A name that is or was in use here, or whose prefix is reserved, never leads to the upstream: else
    whoever takes it there would be installed in place of ours.

    raises  ProjectNotFound; UpstreamUnavailable, UpstreamWrong
    """
    try:
        return listed_project(actor, name)
    except ProjectNotFound:
        page = upstream_for(project_key(name))
        if page is None:
            raise
        return page


def upstream_for(key: str) -> UpstreamPage | None:
    """Return the upstream's page of a name that is free here (raises UpstreamUnavailable, UpstreamWrong)."""
    if not settings.PACKAGES_UPSTREAM or not is_name(key) or reserved_owner(key):
        return None
    is_own = Project.objects.filter(key=key).exists() or RetiredName.objects.filter(key=key).exists()
    return None if is_own else page_of(key)


def reserved_owner(key: str) -> str:
    """Return for whom the prefix of a name is reserved, empty if it is not."""
    for prefix, owner in settings.PACKAGES_RESERVED_PREFIXES.items():
        if f"{key}-".startswith(f"{prefix}-"):
            return str(owner)
    return ""


def file_for(actor: Actor, key: str, filename: str) -> ProjectFile:
    """Return a file of a project that the actor may read.

    raises  FileNotFound if it is absent or hidden; FileHidden to anonymous users, whose client then sends a
            password
    """
    rows = ProjectFile.objects.select_related("version__project__namespace")
    file = rows.filter(filename=filename, version__project__key=key).first()
    if file is None or not may(actor, Need.READ, file.version.project):
        raise FileNotFound if actor.is_signed_in else FileHidden
    return file


def owner_for(actor: Actor, name: str, key: str) -> Namespace:
    """Return the namespace in which the actor may create a project.

    name    of the person or organization
    key     of the project, for the grants of tokens
    raises  Forbidden, also if the namespace is absent; TokenScope, Unauthenticated
    """
    if not actor.is_signed_in:
        raise Unauthenticated
    namespace = Namespace.objects.filter(key=name.casefold()).first()
    if namespace is None or not actor.unlimited.can(Need.WRITE, namespace.pk):
        raise Forbidden(_("You don't have permission to create projects of %(name)s.") % {"name": name})
    if not actor.can(Need.WRITE, namespace.pk, f"namespace:{namespace.key}", target_of(key)):
        raise token_refusal(actor, Need.WRITE, f"namespace:{namespace.key}")
    return namespace
