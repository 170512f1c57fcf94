"""Policies of the OpenAI API: they open the account that a request is for, files, uploads, fine-tunes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from apps.core.actor import ActorKind, Need
from apps.core.errors import Forbidden, Unauthenticated
from apps.core.web.http import HubRequest
from apps.core.web.policies import TOKEN, Policy
from apps.registry.fine_tuning.access import fine_tune_for, named_model, tuned_by_name
from apps.registry.fine_tuning.models import FineTune
from apps.registry.repos.models import Repo
from apps.toolchain.files.access import check_change, file_for, upload_for
from apps.toolchain.files.models import File, FileUpload
from apps.users.accounts.models import Namespace

HEADERS = ("OpenAI-Organization", "OpenAI-Project")


class UnknownOrganization(Unauthenticated):
    """A header names a namespace that is not one of the caller's."""

    code = "NamespaceNotFound"
    default = "No such organization: the header must name one that you are a member of."


def _account(need: Need) -> Callable[..., Namespace]:
    def open_account(request: HubRequest) -> Namespace:
        """Return the namespace that a request is for: the one in its headers, or the caller's own."""
        actor = request.actor
        if not actor.is_signed_in:
            raise Unauthenticated
        if actor.kind not in (ActorKind.PERSON, ActorKind.TOKEN):
            raise Forbidden("A job's key can't use this API.")
        named = {name.casefold() for header in HEADERS if (name := request.headers.get(header, ""))}
        key = next(iter(named), actor.name.casefold())
        namespace = Namespace.objects.filter(key=key).first() if len(named) < 2 else None
        if namespace is None or namespace.pk not in actor.namespaces_with(Need.READ):
            raise UnknownOrganization
        check_change(actor, need, namespace, None)
        return namespace

    return open_account


def _file(need: Need) -> Callable[..., File]:
    def open_file(request: HubRequest, *, file_id: str) -> File:
        return file_for(request.actor, file_id, need)

    return open_file


def _open_upload(request: HubRequest, *, file_upload_id: str) -> FileUpload:
    return upload_for(request.actor, file_upload_id)


def _fine_tune(need: Need) -> Callable[..., FineTune]:
    def open_fine_tune(request: HubRequest, *, fine_tune_id: str) -> FineTune:
        return fine_tune_for(request.actor, fine_tune_id, need)

    return open_fine_tune


def _open_model(request: HubRequest, *, model_name: str) -> FineTune | Repo:
    return named_model(request.actor, model_name)


def _open_own_model(request: HubRequest, *, model_name: str) -> FineTune:
    return tuned_by_name(request.actor, model_name, Need.WRITE)


BY_TOKEN: dict[str, Any] = {"credentials": (TOKEN,)}
FILE: dict[str, Any] = {"takes": ("file_id",), "gives": "stored_file", **BY_TOKEN}
FINE_TUNE: dict[str, Any] = {"takes": ("fine_tune_id",), "gives": "fine_tune", **BY_TOKEN}
MODEL: dict[str, Any] = {"takes": ("model_name",), "gives": "model", **BY_TOKEN}

ACCOUNT_READ = Policy(
    "account-read", "members of the account, by default one's own", open=_account(Need.READ),
    gives="namespace", need=Need.READ, **BY_TOKEN,
)  # fmt: skip
ACCOUNT_USE = Policy(
    "account-use", "who may order jobs for the account", open=_account(Need.CONTRIBUTE),
    gives="namespace", need=Need.CONTRIBUTE, **BY_TOKEN,
)  # fmt: skip
FILE_READ = Policy("file-read", "readers of the file", open=_file(Need.READ), need=Need.READ, **FILE)
FILE_WRITE = Policy("file-write", "who may delete the file", open=_file(Need.WRITE), need=Need.WRITE, **FILE)
FILE_UPLOAD = Policy(
    "file-upload", "who began the upload", open=_open_upload, takes=("file_upload_id",), gives="upload",
    need=Need.WRITE, **BY_TOKEN,
)  # fmt: skip
FINE_TUNE_READ = Policy(
    "fine-tune-read", "readers of the fine-tune", open=_fine_tune(Need.READ), need=Need.READ, **FINE_TUNE
)
FINE_TUNE_WRITE = Policy(
    "fine-tune-write",
    "who may change the fine-tune",
    open=_fine_tune(Need.WRITE),
    need=Need.WRITE,
    **FINE_TUNE,
)
MODEL_NAMED = Policy(
    "model-named", "readers of the named model", open=_open_model, admits_anonymous=True,
    admits_applications=True, need=Need.READ, **MODEL,
)  # fmt: skip
MODEL_OWNED = Policy(
    "model-owned", "who may change the fine-tune that the model is named after", open=_open_own_model,
    need=Need.WRITE, **MODEL,
)  # fmt: skip
POLICIES = [
    ACCOUNT_READ,
    ACCOUNT_USE,
    FILE_READ,
    FILE_WRITE,
    FILE_UPLOAD,
    FINE_TUNE_READ,
    FINE_TUNE_WRITE,
    MODEL_NAMED,
    MODEL_OWNED,
]
