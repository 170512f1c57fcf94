"""The file locking API of git-lfs.

source  https://github.com/git-lfs/git-lfs/blob/main/docs/api/locking.md
"""

from __future__ import annotations

from datetime import UTC
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from apps.core.errors import BadRequest, Invalid
from apps.core.web.http import HubRequest
from apps.core.web.policies import requires
from apps.registry.repos.addresses import Address
from apps.registry.repos.errors import PathLocked
from apps.registry.repos.models import FileLock, Repo
from apps.registry.repos.policies import REPO_READ, REPO_WRITE
from apps.registry.repos.selectors.locks import locks_of
from apps.registry.repos.services.locks import lock_path, unlock

from .errors import CONTENT_TYPE
from .parsing import read_json

PAGE, PAGE_LIMIT = 100, 1_000
NUMBER_DIGITS = 18


def serialize_lock(lock: FileLock) -> dict[str, Any]:
    moment = lock.locked_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "id": str(lock.pk),
        "path": lock.path,
        "locked_at": moment,
        "owner": {"name": lock.owner.username},
    }


def _answer(body: dict[str, Any], status: int = 200) -> JsonResponse:
    return JsonResponse(body, status=status, content_type=CONTENT_TYPE)


@requires(REPO_READ, POST=REPO_WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
def locks(request: HubRequest, repo: Repo) -> HttpResponse:
    """List locks, or create one."""
    if request.method == "POST":
        return _create(request, repo.address)
    found = locks_of(repo)
    if path := request.GET.get("path"):
        found = found.filter(path=path)
    if number := request.GET.get("id"):
        found = found.filter(pk=_number(number))
    page, following = _page(found, request.GET.get("cursor"), request.GET.get("limit"))
    return _answer({"locks": [serialize_lock(lock) for lock in page], **following})


def _create(request: HubRequest, address: Address) -> HttpResponse:
    path = read_json(request).get("path")
    if not isinstance(path, str):
        raise Invalid(_('"path" must be the path of a file.'))
    try:
        return _answer(
            {"lock": serialize_lock(lock_path(actor=request.actor, address=address, path=path))}, status=201
        )
    except PathLocked as refusal:
        existing = refusal.facts["lock"]
        return _answer(
            {"message": refusal.message, **({"lock": serialize_lock(existing)} if existing else {})},
            status=refusal.status,
        )


@requires(REPO_WRITE)
@require_POST
def verify_locks(request: HubRequest, repo: Repo) -> HttpResponse:
    """List locks as ours and theirs; git-lfs calls this before each push."""
    body = read_json(request)
    page, following = _page(locks_of(repo), body.get("cursor"), body.get("limit"))
    user_id = request.actor.user_id
    ours, theirs = (
        [serialize_lock(lock) for lock in page if (lock.owner_id == user_id) is is_mine]
        for is_mine in (True, False)
    )
    return _answer({"ours": ours, "theirs": theirs, **following})


@requires(REPO_WRITE)
@require_POST
def remove_lock(request: HubRequest, repo: Repo, number: str) -> HttpResponse:
    is_forced = read_json(request).get("force") is True
    return _answer(
        {
            "lock": serialize_lock(
                unlock(actor=request.actor, address=repo.address, number=_number(number), is_forced=is_forced)
            )
        }
    )


def _page(found: QuerySet[FileLock], cursor: Any, limit: Any) -> tuple[list[FileLock], dict[str, str]]:
    """Return a page of locks from a cursor on, and the cursor of the next page if there is one.

    raises  BadRequest
    """
    size = min(max(_number(limit), 1), PAGE_LIMIT) if limit else PAGE
    if cursor:
        found = found.filter(pk__gte=_number(cursor))
    page = list(found[: size + 1])
    return page[:size], {"next_cursor": str(page[size].pk)} if len(page) > size else {}


def _number(value: Any) -> int:
    """Parse a number or a string of digits (raises BadRequest)."""
    digits = str(value)
    if (
        isinstance(value, str | int)
        and digits.isascii()
        and digits.isdigit()
        and len(digits) <= NUMBER_DIGITS
    ):
        return int(digits)
    raise BadRequest(_("The cursor, the limit and lock ids must be whole numbers."))
