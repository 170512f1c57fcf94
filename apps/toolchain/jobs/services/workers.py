"""The rows of workers."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.actor import Actor
from apps.users.accounts.models import Namespace

from ..access import namespace_of_worker
from ..errors import TooManyWorkers
from ..models import Worker

WORKERS_LIMIT = 100


def register_worker(actor: Actor, name: str, **facts: Any) -> Worker:
    """Store how a worker describes itself.

    raises  Forbidden, TooManyWorkers
    """
    namespace = namespace_of_worker(actor)
    known: dict[str, Any] = {"namespace": namespace, "name": name[:200]}
    if namespace is not None and not Worker.objects.filter(**known).exists():
        check_count(namespace)
    facts["last_seen_at"] = timezone.now()
    worker: Worker = Worker.objects.update_or_create(**known, defaults=facts)[0]
    return worker


def check_count(namespace: Namespace) -> None:
    if Worker.objects.filter(namespace=namespace).count() >= WORKERS_LIMIT:
        raise TooManyWorkers(_("At most %(limit)s workers. Remove old ones.") % {"limit": WORKERS_LIMIT})
