"""The expected answer of every route to every caller: one expectation per policy, and a line per exception.

A policy that opens an object needs no line: its need determines the answers. A route whose act requires more
has a line in `SPECIAL`: its path as in the URL table, the methods and the expectation. A line without a route
fails, and so does a route with a parameter that `matrix.ELSEWHERE` and `Scene` cannot fill.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from apps.community.feedback.policies import BOARD_WRITE, IDEA_EDIT, IDEA_WRITE
from apps.community.forum.policies import (
    CATEGORY_ADMIN,
    CATEGORY_READ,
    FORUM_WRITER,
    TOPIC_EDIT,
    TOPIC_MODERATE,
    TOPIC_READ,
    TOPIC_REPLY,
)
from apps.community.reviews.policies import REPO_REVIEW, REVIEW_EDIT, REVIEW_WRITE
from apps.core.actor import Need
from apps.core.conversations.policies import (
    ATTACHMENT_READ,
    DRAFT,
    DRAFT_WRITE,
    POST_EDIT,
    POST_MODERATE,
    POST_OWN,
    POST_READ,
    POST_WRITE,
    THREAD_MODERATE,
    THREAD_WRITE,
)
from apps.core.moderation.policies import (
    MODERATOR,
    OTHER_PERSON,
    OTHER_PERSON_CHANGE,
    RECORD_CHANGE,
    RECORD_READ,
    REPORT_READ,
    REVIEW_DECIDE,
    REVIEW_READ,
)
from apps.core.notifications.policies import KEEP_NOTIFICATIONS, OWN_NOTIFICATIONS
from apps.core.web.metrics_view import METRICS
from apps.core.web.policies import PUBLIC, SIGNED_IN, STAFF, WORKER, WRITER, Policy
from apps.registry.benchmarks.policies import BENCHMARK_SUBMIT
from apps.registry.protocols.hub.policies import NAMESPACE_READ, NO_REPO
from apps.registry.protocols.lfs.policies import LFS_DOWNLOAD, LFS_PARTS, LFS_UPLOAD, LFS_VERIFY
from apps.registry.protocols.openai.policies import ACCOUNT_READ, ACCOUNT_USE
from apps.registry.protocols.xet.policies import XET_TOKEN, XET_URL, XET_WRITE
from apps.registry.repos.policies import ACCESS_REQUEST, ACCESS_REQUEST_READ, REPO_ORDER
from apps.registry.training.policies import RECEIPT_PUBLISH, RECEIPT_REPEAT
from apps.toolchain.checkpoints.policies import CHECKPOINT_BYTES, CHECKPOINT_PUBLISH, CHECKPOINT_READ
from apps.toolchain.fleet.policies import WORKER_READ, WORKER_WRITE
from apps.toolchain.jobs.policies import JOB_CANCEL, JOB_KEY, JOB_READ, JOB_WRITE
from apps.toolchain.packages.policies import INDEX as PACKAGE_INDEX
from apps.toolchain.packages.policies import INDEX_ENTRY as PACKAGE_INDEX_ENTRY
from apps.toolchain.packages.policies import INDEX_PROJECT as PACKAGE_INDEX_PROJECT
from apps.toolchain.packages.policies import PACKAGE_UPLOAD
from apps.toolchain.packages.policies import UPSTREAM_FILE as PACKAGE_UPSTREAM_FILE
from apps.users.accounts.middleware import checks_own_credentials
from apps.users.accounts.policies import (
    CURRENT_TOKEN,
    NAMESPACE_ADMIN,
    ORGANIZATION_ADMIN,
    ORGANIZATION_MANAGE,
    PERSON,
)

if TYPE_CHECKING:
    from tests.api.matrix import Caller, Target

# NOTHING is a 404 that does not depend on the caller: the route is open, but the object does not exist
ALLOWED, NOTHING, ABSENT, FORBIDDEN, SIGN_IN = "allowed", "nothing there", "absent", "forbidden", "sign in"
OPEN = frozenset({ALLOWED, NOTHING})
# a fine-grained token of the owner for their own namespace, though not for the object's
FOR_ONESELF = "token for something else"
Expectation = Callable[["Caller", "Target"], frozenset[str]]


def _only(*answers: str) -> frozenset[str]:
    return frozenset(answers)


def everyone(caller: Caller, target: Target) -> frozenset[str]:
    return OPEN


def no_such_repository(caller: Caller, target: Target) -> frozenset[str]:
    """An address without a repository is answered like a hidden one."""
    return _only(ABSENT) if caller.is_signed_in else _only(SIGN_IN)


def no_secret_address(caller: Caller, target: Target) -> frozenset[str]:
    """No caller has a signed URL or a Xet token, and no other credential is accepted."""
    return _only(FORBIDDEN, SIGN_IN)


def signed_in(caller: Caller, target: Target) -> frozenset[str]:
    return OPEN if caller.is_signed_in else _only(SIGN_IN)


def people(caller: Caller, target: Target) -> frozenset[str]:
    """Browser sessions only; tokens cannot do everything that their owner may."""
    return OPEN if caller.is_person else _only(FORBIDDEN, SIGN_IN) if caller.is_signed_in else _only(SIGN_IN)


def applications(caller: Caller, target: Target) -> frozenset[str]:
    """OAuth applications only."""
    return _only(SIGN_IN) if caller.scopes is None else OPEN


def unconfirmed(caller: Caller, target: Target) -> frozenset[str]:
    """Acts that require a recent password or key, which no caller has given."""
    return _only(FORBIDDEN) if caller.is_signed_in else _only(SIGN_IN)


def own_repositories(caller: Caller, target: Target) -> frozenset[str]:
    """Signed-in people; a job key owns nothing."""
    return _only(FORBIDDEN) if caller.name == "key of another job" else signed_in(caller, target)


def staff(caller: Caller, target: Target) -> frozenset[str]:
    if caller.is_staff:
        return OPEN
    return _only(NOTHING) if caller.is_signed_in else _only(SIGN_IN)


def moderators(caller: Caller, target: Target) -> frozenset[str]:
    """The staff; a token of theirs that only reads changes nothing."""
    return staff(caller, target) if caller.limit >= Need.WRITE or not caller.is_staff else _only(FORBIDDEN)


def writers(caller: Caller, target: Target) -> frozenset[str]:
    """Signed-in people, and tokens that may write in their own name."""
    reads_only = caller.is_signed_in and not _writes_as_oneself(caller)
    return _only(FORBIDDEN) if reads_only else signed_in(caller, target)


def own_inbox(need: Need) -> Expectation:
    """One's own notifications, by a credential for everything; a job key has none."""

    def expectation(caller: Caller, target: Target) -> frozenset[str]:
        if not caller.is_signed_in:
            return _only(SIGN_IN)
        is_theirs = caller.limit >= need and caller.name != "key of another job"
        return OPEN if is_theirs else _only(FORBIDDEN)

    return expectation


def review_for(*, by_readers: bool) -> Expectation:
    """Access to a review: the staff, and admins of what the content belongs to; absent for all others."""

    def expectation(caller: Caller, target: Target) -> frozenset[str]:
        if not caller.is_signed_in:
            return _only(SIGN_IN)
        if not by_readers and not _writes_as_oneself(caller):
            return _only(FORBIDDEN)
        return OPEN if caller.is_staff or caller.has_role(Need.ADMIN) else _only(ABSENT)

    return expectation


def reporter_or_moderators(caller: Caller, target: Target) -> frozenset[str]:
    """The report of the member: the person who sent it, and who may decide on it."""
    return OPEN if caller.name == "member" else review_for(by_readers=True)(caller, target)


def own_account(need: Need) -> Expectation:
    """The caller's own namespace, by a credential for it; a job key and a worker have none."""

    def expectation(caller: Caller, target: Target) -> frozenset[str]:
        if not caller.is_signed_in:
            return _only(SIGN_IN)
        is_theirs = caller.limit >= need or caller.name == FOR_ONESELF
        return OPEN if is_theirs and caller.name != "key of another job" else _only(FORBIDDEN)

    return expectation


def metrics(caller: Caller, target: Target) -> frozenset[str]:
    """Staff at a browser; the only accepted token is the metrics token."""
    return _only(ALLOWED) if caller.is_staff and caller.is_person else _only(NOTHING)


def worker(caller: Caller, target: Target) -> frozenset[str]:
    return OPEN if caller.is_worker else job_key(caller, target)


def worker_of_the_organization(need: Need) -> Expectation:
    """Who leads the organization, and staff; the worker itself and all others find nothing."""

    def expectation(caller: Caller, target: Target) -> frozenset[str]:
        if not caller.is_signed_in:
            return _only(SIGN_IN)
        leads = caller.role >= Need.ADMIN or caller.is_staff
        return OPEN if leads and caller.limit >= need else _only(ABSENT)

    return expectation


def job_key(caller: Caller, target: Target) -> frozenset[str]:
    """The key of the job itself, which is not among the callers."""
    return _only(FORBIDDEN) if caller.is_signed_in else _only(SIGN_IN)


def object_for(need: Need) -> Expectation:
    """Access to the object: hidden objects are absent, objects that are only visible are forbidden."""

    def expectation(caller: Caller, target: Target) -> frozenset[str]:
        if caller.may(need, target):
            return OPEN
        if not caller.is_signed_in:
            return _only(SIGN_IN)
        return _only(FORBIDDEN) if caller.may(Need.SEE, target) else _only(ABSENT)

    return expectation


def job_for(need: Need, *, by_staff: bool) -> Expectation:
    """Access to the job; staff sees all jobs and acts on them as far as the credential allows."""

    def expectation(caller: Caller, target: Target) -> frozenset[str]:
        if not caller.is_staff:
            return object_for(need)(caller, target)
        return OPEN if by_staff and need <= caller.limit else _only(FORBIDDEN)

    return expectation


def signed_in_readers(caller: Caller, target: Target) -> frozenset[str]:
    return object_for(Need.READ)(caller, target) if caller.is_signed_in else _only(SIGN_IN)


def signed_in_viewers(caller: Caller, target: Target) -> frozenset[str]:
    return object_for(Need.SEE)(caller, target) if caller.is_signed_in else _only(SIGN_IN)


def no_person(caller: Caller, target: Target) -> frozenset[str]:
    """The sample is an organization, which is no person."""
    return _only(ABSENT)


def models_elsewhere(caller: Caller, target: Target) -> frozenset[str]:
    """Acts on the model of a receipt, which the samples do not have."""
    return _only(ABSENT, NOTHING, FORBIDDEN) if caller.is_signed_in else _only(SIGN_IN)


def object_writers(caller: Caller, target: Target) -> frozenset[str]:
    """Signed-in people who may see the object, and their tokens that may write in their own name."""
    seen = object_for(Need.SEE)(caller, target)
    if seen != OPEN or not caller.is_signed_in:
        return seen if caller.is_signed_in else _only(SIGN_IN)
    return OPEN if _writes_as_oneself(caller) else _only(FORBIDDEN)


def conversation_writers(caller: Caller, target: Target) -> frozenset[str]:
    """Readers whose credential may write in their own name; any other credential is told so first."""
    if not caller.is_signed_in:
        return _only(SIGN_IN)
    return readers_of_posts(caller, target) if _writes_as_oneself(caller) else _only(FORBIDDEN)


def readers_of_posts(caller: Caller, target: Target) -> frozenset[str]:
    """Readers of the conversation; its author, who is the owner, and moderators of a post that is held."""
    if not target.name.startswith("held"):
        return object_for(Need.READ)(caller, target)
    if not caller.is_signed_in:
        return _only(SIGN_IN)
    return OPEN if _is_owner(caller) or caller.is_staff else _only(ABSENT)


def conversation_moderators(caller: Caller, target: Target) -> frozenset[str]:
    """Staff and admins of the namespace that the conversation belongs to; the owner is the author too."""
    seen = conversation_writers(caller, target)
    is_moderator = caller.is_staff or caller.has_role(Need.ADMIN)
    return _only(FORBIDDEN) if seen == OPEN and not is_moderator else seen


def editors(caller: Caller, target: Target) -> frozenset[str]:
    return authors(caller, target) if _is_owner(caller) else conversation_moderators(caller, target)


def authors(caller: Caller, target: Target) -> frozenset[str]:
    """The owner has written everything."""
    seen = conversation_writers(caller, target)
    return _only(FORBIDDEN) if seen == OPEN and not _is_owner(caller) else seen


def readers_of_files(caller: Caller, target: Target) -> frozenset[str]:
    """Readers of the post; the owner has uploaded everything."""
    return OPEN if caller.name == FOR_ONESELF else object_for(Need.READ)(caller, target)


def own_drafts(caller: Caller, target: Target) -> frozenset[str]:
    """The owner and their tokens that write; for all others there is nothing."""
    found = writers(caller, target)
    return _only(NOTHING) if found == OPEN and not _is_owner(caller) else found


def _writes_as_oneself(caller: Caller) -> bool:
    return caller.limit >= Need.WRITE or caller.name == FOR_ONESELF


def _is_owner(caller: Caller) -> bool:
    return caller.role == Need.ADMIN


def reactions(caller: Caller, target: Target) -> frozenset[str]:
    """Nobody reacts to a post that waits for a moderator."""
    seen = conversation_writers(caller, target)
    return _only(FORBIDDEN) if seen == OPEN and target.name.startswith("held") else seen


def posts_elsewhere(caller: Caller, target: Target) -> frozenset[str]:
    """Posts of no topic: absent for those who may read them."""
    seen = conversation_writers(caller, target)
    return _only(ABSENT) if seen == OPEN else seen


def idea_editors(caller: Caller, target: Target) -> frozenset[str]:
    """The author of the idea, who is the owner, and the team."""
    seen = object_writers(caller, target)
    return _only(FORBIDDEN) if seen == OPEN and caller.role < Need.WRITE else seen


def review_author(caller: Caller, target: Target) -> frozenset[str]:
    """The author of the review, who is not among the callers."""
    seen = object_writers(caller, target)
    return _only(FORBIDDEN) if seen == OPEN else seen


def browser_viewers(caller: Caller, target: Target) -> frozenset[str]:
    """Browser sessions of people who may see the object; tokens cannot request access."""
    seen = object_for(Need.SEE)(caller, target)
    return seen if ABSENT in seen else people(caller, target)


def requester_or_admins(caller: Caller, target: Target) -> frozenset[str]:
    """The request of the member: the person who sent it, and admins."""
    return object_for(Need.SEE if caller.name == "member" else Need.ADMIN)(caller, target)


def namespace_for(need: Need, *, by_token: bool = True) -> Expectation:
    """A role in the organization, which is public."""

    def expectation(caller: Caller, target: Target) -> frozenset[str]:
        if not caller.is_signed_in:
            return _only(SIGN_IN)
        may = caller.has_role(need) and (by_token or caller.is_person)
        return OPEN if may else _only(FORBIDDEN)

    return expectation


def organization_managers(caller: Caller, target: Target) -> frozenset[str]:
    """Admins at a browser, and their token with a grant on the organization; no other token of theirs."""
    if caller.is_manager:
        return OPEN
    return namespace_for(Need.ADMIN, by_token=False)(caller, target)


def topic_replies(caller: Caller, target: Target) -> frozenset[str]:
    """Signed-in readers of the category, with a credential that may write; a public one is open to all."""
    return _topic_act(caller, target, is_admitted=True)


def topic_edits(caller: Caller, target: Target) -> frozenset[str]:
    """The author, who is not among the callers, and moderators."""
    return topic_moderation(caller, target)


def topic_moderation(caller: Caller, target: Target) -> frozenset[str]:
    """Staff and admins of the organization of the category; the public category belongs to none."""
    is_admin = target.name.startswith("private") and caller.has_role(Need.ADMIN)
    return _topic_act(caller, target, is_admitted=caller.is_staff or is_admin)


def readers_of_topics(caller: Caller, target: Target) -> frozenset[str]:
    """Everybody where it is public; members and staff where it is not, but no limited credential."""
    if target.open_to_all >= Need.READ:
        return OPEN
    if not caller.is_signed_in:
        return _only(SIGN_IN)
    is_reader = (caller.has_role(Need.READ) or (caller.is_staff and caller.limit)) and caller.scopes is None
    return OPEN if is_reader else _only(ABSENT)


def category_managers(caller: Caller, target: Target) -> frozenset[str]:
    """Staff whose credential may write."""
    return forum_writers(caller, target) if caller.is_staff else staff(caller, target)


def forum_writers(caller: Caller, target: Target) -> frozenset[str]:
    if not caller.is_signed_in:
        return _only(SIGN_IN)
    return OPEN if caller.limit >= Need.WRITE else _only(FORBIDDEN)


def _topic_act(caller: Caller, target: Target, *, is_admitted: bool) -> frozenset[str]:
    read = readers_of_topics(caller, target)
    if read != OPEN or not caller.is_signed_in:
        return read if read != OPEN else _only(SIGN_IN)
    return OPEN if is_admitted and caller.limit >= Need.WRITE else _only(FORBIDDEN)


def installers(caller: Caller, target: Target) -> frozenset[str]:
    """Readers of the project; to everybody else it is absent, with or without credentials."""
    return OPEN if caller.may(Need.READ, target) else _only(NOTHING, ABSENT)


def tokens(caller: Caller, target: Target) -> frozenset[str]:
    """Tokens only: a browser session has none to show."""
    return _only(NOTHING) if caller.is_person else signed_in(caller, target)


# Every other policy that opens an object follows its need: see `expectation_of`.
EXPECTED_BY_POLICY: dict[Policy, Expectation] = {
    PUBLIC: everyone,
    SIGNED_IN: signed_in,
    PERSON: people,
    STAFF: staff,
    **dict.fromkeys((MODERATOR, RECORD_CHANGE), moderators),
    **dict.fromkeys((WRITER, OTHER_PERSON_CHANGE), writers),
    RECORD_READ: staff,
    OTHER_PERSON: signed_in,
    REVIEW_READ: review_for(by_readers=True),
    REVIEW_DECIDE: review_for(by_readers=False),
    REPORT_READ: reporter_or_moderators,
    METRICS: metrics,
    WORKER: worker,
    JOB_KEY: job_key,
    JOB_READ: job_for(Need.READ, by_staff=True),
    JOB_WRITE: job_for(Need.WRITE, by_staff=False),
    JOB_CANCEL: job_for(Need.WRITE, by_staff=True),
    CHECKPOINT_READ: job_for(Need.READ, by_staff=True),
    CHECKPOINT_PUBLISH: job_for(Need.WRITE, by_staff=False),
    CHECKPOINT_BYTES: job_key,
    WORKER_READ: worker_of_the_organization(Need.READ),
    WORKER_WRITE: worker_of_the_organization(Need.WRITE),
    **dict.fromkeys((REPO_ORDER, RECEIPT_REPEAT), signed_in_readers),
    RECEIPT_PUBLISH: models_elsewhere,
    BENCHMARK_SUBMIT: signed_in_viewers,
    **dict.fromkeys((THREAD_WRITE, POST_WRITE), conversation_writers),
    **dict.fromkeys((THREAD_MODERATE, POST_MODERATE), conversation_moderators),
    POST_READ: readers_of_posts,
    POST_EDIT: editors,
    POST_OWN: authors,
    ATTACHMENT_READ: readers_of_files,
    DRAFT: own_drafts,
    DRAFT_WRITE: writers,
    **dict.fromkeys((BOARD_WRITE, IDEA_WRITE, REVIEW_WRITE, REPO_REVIEW), object_writers),
    IDEA_EDIT: idea_editors,
    REVIEW_EDIT: review_author,
    ACCESS_REQUEST: browser_viewers,
    ACCESS_REQUEST_READ: requester_or_admins,
    NO_REPO: no_such_repository,
    NAMESPACE_READ: namespace_for(Need.READ),
    ACCOUNT_READ: own_account(Need.READ),
    ACCOUNT_USE: own_account(Need.CONTRIBUTE),
    NAMESPACE_ADMIN: namespace_for(Need.ADMIN, by_token=False),
    ORGANIZATION_ADMIN: namespace_for(Need.ADMIN, by_token=False),
    ORGANIZATION_MANAGE: organization_managers,
    CURRENT_TOKEN: tokens,
    PACKAGE_INDEX: everyone,
    PACKAGE_UPLOAD: signed_in,
    PACKAGE_INDEX_PROJECT: installers,
    PACKAGE_INDEX_ENTRY: installers,
    PACKAGE_UPSTREAM_FILE: everyone,
    TOPIC_READ: readers_of_topics,
    CATEGORY_READ: readers_of_topics,
    TOPIC_REPLY: topic_replies,
    TOPIC_EDIT: topic_edits,
    TOPIC_MODERATE: topic_moderation,
    CATEGORY_ADMIN: category_managers,
    FORUM_WRITER: forum_writers,
    OWN_NOTIFICATIONS: own_inbox(Need.READ),
    KEEP_NOTIFICATIONS: own_inbox(Need.WRITE),
    **dict.fromkeys((LFS_DOWNLOAD, LFS_UPLOAD, LFS_PARTS, LFS_VERIFY), no_secret_address),
    **dict.fromkeys((XET_TOKEN, XET_WRITE, XET_URL), no_secret_address),
}


def expectation_of(policy: Policy) -> Expectation:
    """Return the expectation of a policy: its own line, or access to the object that it opens.

    raises  LookupError for a policy that opens nothing and has no line
    """
    if policy in EXPECTED_BY_POLICY:
        return EXPECTED_BY_POLICY[policy]
    if policy.need is None:
        raise LookupError(f"{policy.name}: add its expectation")
    return object_for(policy.need)


ALL = ("GET", "POST", "PUT", "PATCH", "DELETE")
# (pattern of the path; methods; expectation): the first match counts
SPECIAL: list[tuple[str, tuple[str, ...], Expectation]] = [
    # OAuth: the library asks people for consent, and reads the token of applications
    (r"/oauth/authorize$", ("GET",), people),
    (r"/oauth/userinfo$", ALL, applications),
    # the signed link in a mail is the credential
    (r"/notifications/unsubscribe/", ALL, no_secret_address),
    # one's own repositories: a job key owns nothing
    (r"/api/settings/repositories$", ALL, own_repositories),
    (r"/api/v1/people/{name}$", ALL, no_person),
    # deleting oneself requires a recent password or key
    (r"/api/v1/me$", ("DELETE",), unconfirmed),
    # a draft is deleted by those who may publish, a published release by admins
    (r"/api/v1/packages/{project}/releases/{tag}$", ("DELETE",), object_for(Need.ADMIN)),
    # a bookmark is of a post in the forum, which these are not
    (r"/api/v1/me/bookmarks/{post_id}$", ("PUT",), posts_elsewhere),
    (r"/api/v1/posts/{post_id}/reactions/{emoji}$", ("PUT", "DELETE"), reactions),
    # squashing a branch rewrites it: the rules of the ref decide, as for a push
    (r"/api/{kind}/{namespace}/{name}/super-squash/{revision}$", ("POST",), object_for(Need.ADMIN)),
]


REPO_SCOPES = {"read-repos", "contribute-repos", "write-repos", "manage-repos"}
# scopes that admit OAuth applications to an otherwise closed route: (pattern as in SPECIAL, any of these)
SCOPED_ROUTES: list[tuple[str, set[str]]] = [
    (r"/api/whoami-v2$", {"openid"}),
    (r"/api/v1/me(/organizations|/avatar)?$", {"profile"}),
    (r"/api/settings/repositories$", REPO_SCOPES),
    (r"/api/organizations/{name}/settings/repositories$", REPO_SCOPES),
    (r"/api/repos/(create|delete|move)$", {"manage-repos"}),
    (r"/api/v1/repos$", {"manage-repos"}),
    (r"/api/v1/jobs(/estimate)?$", {"jobs"}),
    (r"/api/v1/jobs/{job_id}/(cancel|retry)$", {"jobs"}),
    (r"/api/v1/jobs/{job_id}/checkpoints/{step}/publish$", {"jobs"}),
    (r"/v1/(files|uploads|fine_tuning|models)(/|$)", {"jobs"}),
]


def is_closed_to(caller: Caller, policy: Policy, template: str) -> bool:
    """Return whether a route is closed to an OAuth application by its scopes."""
    if caller.scopes is None or policy.admits_applications or checks_own_credentials(template):
        return False
    return not any(scopes & caller.scopes for pattern, scopes in SCOPED_ROUTES if re.match(pattern, template))


def special(template: str, method: str) -> Expectation | None:
    """Return the expectation of the first line in `SPECIAL` that matches, if any."""
    return next(
        (
            expectation
            for pattern, methods, expectation in SPECIAL
            if method in methods and re.match(pattern, template)
        ),
        None,
    )


def expected(policy: Policy, template: str, method: str, caller: Caller, target: Target) -> frozenset[str]:
    """Return the correct answers, in the terms of `matrix.answer_of`."""
    if caller.is_over and not checks_own_credentials(template):
        return _only(SIGN_IN)
    if is_closed_to(caller, policy, template):
        return _only(FORBIDDEN)
    return (special(template, method) or expectation_of(policy))(caller, target)
