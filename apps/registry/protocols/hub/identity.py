"""whoami, access checks, and profiles of users and organizations."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q
from django.http import HttpResponse, JsonResponse

from apps.core.actor import ActorKind
from apps.core.errors import NotFound
from apps.core.web.http import HubRequest
from apps.core.web.pagination import page_by_cursor
from apps.core.web.policies import PUBLIC, SIGNED_IN, requires
from apps.registry.repos.access import visible_to
from apps.registry.repos.addresses import RepoKind
from apps.registry.repos.models import Repo
from apps.registry.repos.policies import REPO_READ, REPO_WRITE
from apps.users.accounts.models import Membership, Namespace, Role, User
from apps.users.accounts.scopes import OAuthScope
from apps.users.accounts.selectors import token_facts

from .params import absolute_url, format_timestamp, list_response, query_limit, query_str
from .policies import ORGANIZATION, USER

ROLE_NAMES = {Role.READ: "read", Role.CONTRIBUTE: "contributor", Role.WRITE: "write", Role.ADMIN: "admin"}
COUNTS = {"numModels": RepoKind.MODEL, "numDatasets": RepoKind.DATASET, "numSpaces": RepoKind.SPACE}
PEOPLE_PER_PAGE = 500
# typed as present in @huggingface/hub `WhoAmI`; nobody pays for anything here
BILLING = {"canPay": False, "periodEnd": None}
ZERO_COUNTS = dict.fromkeys(("numDiscussions", "numPapers", "numUpvotes", "numLikes", "numFollowers"), 0)


def avatar(request: HubRequest, namespace: Namespace) -> str:
    """Return the URL of a namespace's avatar, or of its initials: some clients require one."""
    return absolute_url(request, namespace.image_url)


def person(request: HubRequest, user: User) -> dict[str, Any]:
    """source  huggingface_hub `User`"""
    return {
        "_id": f"{user.pk:024x}",
        "user": user.username,
        "fullname": user.namespace.title,
        "avatarUrl": avatar(request, user.namespace),
        "type": "user",
        "isPro": False,
    }


def _auth(request: HubRequest) -> dict[str, Any]:
    token = token_facts(request.actor)
    if token is None:
        return {"type": "session"}
    if token.created_at is None:
        return {"type": "oauth", "accessToken": {"role": token.role}}
    facts = {
        "displayName": token.display_name,
        "role": token.role,
        "createdAt": format_timestamp(token.created_at),
    }
    return {"type": "access_token", "accessToken": facts}


@requires(SIGNED_IN, scopes=tuple(OAuthScope))
def whoami(request: HubRequest) -> HttpResponse:
    """Describe the caller. OAuth applications get what their scopes cover, at least the subject.

    source  huggingface_hub `whoami`
    """
    actor = request.actor
    user = User.objects.select_related("namespace").get(pk=actor.user_id or 0)
    body: dict[str, Any] = {"type": "user", "id": f"{user.pk:024x}"}
    if actor.is_granted(OAuthScope.PROFILE):
        body |= _profile_of(request, user)
    if actor.is_granted(OAuthScope.EMAIL) and actor.kind is not ActorKind.JOB:
        # Applications sign people in by email address, and some do not check `emailVerified`.
        email = user.verified_email if actor.is_application else user.email
        body |= {"email": email, "emailVerified": bool(user.verified_email)}
    return JsonResponse(body | {"auth": _auth(request)})


def _profile_of(request: HubRequest, user: User) -> dict[str, Any]:
    memberships = user.memberships.select_related("namespace").order_by("namespace__key")
    return {
        "name": user.username,
        "fullname": user.namespace.title,
        "isPro": False,
        "avatarUrl": avatar(request, user.namespace),
        **BILLING,
        "billingMode": "postpaid",
        "orgs": [_organization_of(request, membership) for membership in memberships],
    }


def _organization_of(request: HubRequest, membership: Membership) -> dict[str, Any]:
    organization = membership.namespace
    return {
        "type": "org",
        "id": f"{organization.pk:024x}",
        "name": organization.name,
        "fullname": organization.title,
        "avatarUrl": avatar(request, organization),
        "isEnterprise": False,
        "email": None,
        **BILLING,
        "roleInOrg": ROLE_NAMES[Role(membership.role)],
    }


@requires(REPO_READ)
def auth_check(request: HubRequest, repo: Repo) -> HttpResponse:
    """source  huggingface_hub `auth_check`"""
    return JsonResponse({})


@requires(REPO_WRITE)
def auth_check_write(request: HubRequest, repo: Repo) -> HttpResponse:
    """source  huggingface_hub `auth_check`"""
    return JsonResponse({})


@requires(PUBLIC)
def agent_harnesses(request: HubRequest) -> HttpResponse:
    """Answer the first request of every client process with an empty list."""
    return JsonResponse({"standardEnvVars": [], "harnesses": {}})


def _counts(request: HubRequest, namespace: Namespace) -> dict[str, int]:
    counts = {key: Count("id", filter=Q(kind=kind)) for key, kind in COUNTS.items()}
    return visible_to(request.actor).filter(namespace=namespace).aggregate(**counts)


@requires(USER)
def user_overview(request: HubRequest, namespace: Namespace) -> HttpResponse:
    """source  huggingface_hub `get_user_overview`"""
    user = User.objects.select_related("namespace").filter(namespace=namespace, is_active=True).first()
    if user is None:
        raise NotFound("User or organization not found.")
    memberships = user.memberships.select_related("namespace").order_by("namespace__key")
    organizations = [{"name": one.namespace.name, "fullname": one.namespace.title} for one in memberships]
    body = {
        **person(request, user),
        "details": namespace.about,
        "orgs": organizations,
        "createdAt": format_timestamp(namespace.created_at),
    }
    return JsonResponse(body | _counts(request, namespace) | ZERO_COUNTS | {"numFollowing": 0})


@requires(ORGANIZATION)
def organization_overview(request: HubRequest, namespace: Namespace) -> HttpResponse:
    """source  huggingface_hub `get_organization_overview`"""
    body = {
        "_id": f"{namespace.pk:024x}",
        "name": namespace.name,
        "fullname": namespace.title,
        "type": "org",
        "avatarUrl": avatar(request, namespace),
        "details": namespace.about,
        "isVerified": False,
        "numUsers": namespace.memberships.count(),
    }
    return JsonResponse(body | _counts(request, namespace) | ZERO_COUNTS)


@requires(USER)
def user_followers(request: HubRequest, namespace: Namespace) -> HttpResponse:
    """Return an empty list for an existing user: following is not supported yet.

    source  huggingface_hub `list_user_followers`, `list_user_following`
    """
    return list_response(request, [])


@requires(ORGANIZATION)
def organization_followers(request: HubRequest, namespace: Namespace) -> HttpResponse:
    """source  huggingface_hub `list_organization_followers`"""
    return list_response(request, [])


@requires(ORGANIZATION)
def organization_members(request: HubRequest, namespace: Namespace) -> HttpResponse:
    """source  huggingface_hub `list_organization_members`"""
    limit = query_limit(request, default=PEOPLE_PER_PAGE, most=PEOPLE_PER_PAGE)
    members = User.objects.select_related("namespace").filter(
        memberships__namespace=namespace, is_active=True
    )
    page = page_by_cursor(members, order=("username",), cursor=query_str(request, "cursor"), limit=limit)
    items = [person(request, user) for user in page.items]
    return list_response(request, items, next_cursor=page.next_cursor)
