"""Who may read and change uploaded files: the members of their namespace."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.actor import Actor, ActorKind, Need
from apps.core.errors import Forbidden
from apps.users.accounts.access import token_refusal
from apps.users.accounts.models import Namespace

from .errors import FileUploadHidden, FileUploadNotFound, UploadedFileHidden, UploadedFileNotFound
from .models import File, FileUpload


def visible_to(actor: Actor) -> QuerySet[File]:
    """Return the files that an actor may read, without expired ones."""
    is_kept = Q(expires_at=None) | Q(expires_at__gt=timezone.now())
    rows = File.objects.filter(is_kept).select_related("namespace")
    if actor.kind not in (ActorKind.PERSON, ActorKind.TOKEN):
        return rows.none()
    rows = rows.filter(namespace_id__in=actor.namespaces_with(Need.READ))
    if actor.scope.limit is None:
        granted = [one.target.partition(":") for one in actor.scope.grants]
        rows = rows.filter(namespace__key__in=[name for word, _colon, name in granted if word == "namespace"])
    return rows


def has_access(actor: Actor, need: Need, namespace: Namespace, creator_id: int | None) -> bool:
    """Return whether an actor may read or change what a namespace owns; who made it may change it."""
    if actor.kind not in (ActorKind.PERSON, ActorKind.TOKEN):
        return False
    target = f"namespace:{namespace.key}"
    if actor.can(need, namespace.pk, target):
        return True
    is_creator = creator_id is not None and creator_id == actor.user_id
    return (
        is_creator
        and actor.roles.get(namespace.pk, -1) >= Need.CONTRIBUTE
        and actor.scope.allows(need, target)
    )


def check_change(actor: Actor, need: Need, namespace: Namespace, creator_id: int | None) -> None:
    """Refuse a reader who may not change something (raises Forbidden, TokenScope)."""
    if has_access(actor, need, namespace, creator_id):
        return
    if has_access(actor.unlimited, need, namespace, creator_id):
        raise token_refusal(actor, need, f"namespace:{namespace.key}")
    raise Forbidden(_("You don't have permission to change this."))


def file_for(actor: Actor, file_id: str, need: Need = Need.READ) -> File:
    """Return a file if the actor has the needed access.

    raises  UploadedFileNotFound (UploadedFileHidden for anonymous users), Forbidden, TokenScope
    """
    file = File.objects.select_related("namespace").filter(public_id=file_id).first()
    if (
        file is None
        or file.is_expired
        or not has_access(actor, Need.READ, file.namespace, file.created_by_id)
    ):
        raise UploadedFileNotFound if actor.is_signed_in else UploadedFileHidden
    check_change(actor, need, file.namespace, file.created_by_id)
    return file


def upload_for(actor: Actor, upload_id: str, *, lock: bool = False) -> FileUpload:
    """Return an upload that the actor may continue.

    lock    hold the row until the transaction ends
    raises  FileUploadNotFound (FileUploadHidden for anonymous users), Forbidden, TokenScope
    """
    rows = FileUpload.objects.select_related("namespace")
    if lock:
        rows = rows.select_for_update(of=("self",))
    upload = rows.filter(public_id=upload_id).first()
    if upload is None or not has_access(actor, Need.READ, upload.namespace, upload.created_by_id):
        raise FileUploadNotFound if actor.is_signed_in else FileUploadHidden
    check_change(actor, Need.WRITE, upload.namespace, upload.created_by_id)
    return upload
