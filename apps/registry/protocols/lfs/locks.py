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

from apps.core.errors import BadRequest, ValidationFailed
from apps.core.web.http import HubRequest
from apps.core.web.pagination import Page, page_by_cursor
from apps.core.web.params import parse_int
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
    page = _page(found, request.GET.get("cursor"), request.GET.get("limit"))
    return _answer({"locks": [serialize_lock(lock) for lock in page.items], **_following(page)})


def _create(request: HubRequest, address: Address) -> HttpResponse:
    path = read_json(request).get("path")
    if not isinstance(path, str):
        raise ValidationFailed(_('"path" must be the path of a file.'))
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
    page = _page(locks_of(repo), body.get("cursor"), body.get("limit"))
    user_id = request.actor.user_id
    ours, theirs = (
        [serialize_lock(lock) for lock in page.items if (lock.owner_id == user_id) is is_mine]
        for is_mine in (True, False)
    )
    return _answer({"ours": ours, "theirs": theirs, **_following(page)})


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


def _page(found: QuerySet[FileLock], cursor: Any, limit: Any) -> Page[FileLock]:
    """Return a page of locks, in the order they were taken (raises BadRequest)."""
    size = min(max(_number(limit), 1), PAGE_LIMIT) if limit else PAGE
    if not isinstance(cursor, str | None):
        raise BadRequest("The cursor is not valid.")
    return page_by_cursor(found, order=("id",), cursor=cursor, limit=size)


def _following(page: Page[FileLock]) -> dict[str, str]:
    return {"next_cursor": page.next_cursor} if page.next_cursor else {}


def _number(value: Any) -> int:
    """Parse a number or a string of digits (raises BadRequest)."""
    number = parse_int(str(value)) if isinstance(value, str | int) else None
    if number is None:
        raise BadRequest("The limit and lock ids must be whole numbers.")
    return number
