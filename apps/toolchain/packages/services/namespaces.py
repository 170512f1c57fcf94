"""What happens to projects when their owner is deleted."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.users.accounts.errors import StillOwns
from apps.users.accounts.models import Namespace

from ..models import Project


def check_owns_no_projects(namespace: Namespace) -> None:
    """Refuse to remove a namespace that owns projects (raises StillOwns)."""
    if Project.objects.filter(namespace=namespace).exists():
        raise StillOwns(
            _("%(name)s still owns packages. Transfer or delete them first.") % {"name": namespace.name}
        )


def projects_in_namespace(namespace: Namespace) -> list[str]:
    """Return why a namespace cannot be deleted yet."""
    count = Project.objects.filter(namespace=namespace).count()
    words = ngettext(
        "%(count)s package. Transfer or delete it first.",
        "%(count)s packages. Transfer or delete them first.",
        count,
    )
    return [words % {"count": count}] if count else []
