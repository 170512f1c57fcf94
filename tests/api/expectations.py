"""The expected answer of every route to every caller: one expectation per policy, and a line per exception.

A new route needs no line here when its policy says it all. A route whose view asks for more has a line in
`SPECIAL`: its address as in the URL table, the methods and the expectation. A line that fits no route fails,
and so does a route with a parameter that `matrix.ELSEWHERE` and `Scene` cannot fill.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from apps.core.actor import Need
from apps.core.policies import METRICS, PUBLIC, SIGNED_IN, SIGNED_URL, STAFF, WORKER, Policy
from apps.registry.protocols.xet.policies import XET_TOKEN
from apps.registry.repos.policies import REPO_ADMIN, REPO_READ, REPO_SEE, REPO_WRITE
from apps.toolchain.jobs.policies import JOB_KEY, JOB_READ, JOB_WRITE, RECEIPT_READ
from apps.users.accounts.middleware import checks_own_credentials
from apps.users.accounts.policies import NAMESPACE_ADMIN

if TYPE_CHECKING:
    from tests.api.matrix import Caller, Target

# NOTHING is a 404 that says nothing about who asked: the address is open, but empty
ALLOWED, NOTHING, ABSENT, FORBIDDEN, SIGN_IN = "allowed", "nothing there", "absent", "forbidden", "sign in"
OPEN = frozenset({ALLOWED, NOTHING})
Expectation = Callable[["Caller", "Target"], frozenset[str]]


def _only(*answers: str) -> frozenset[str]:
    return frozenset(answers)


def everybody(caller: Caller, target: Target) -> frozenset[str]:
    return OPEN


def no_such_repository(caller: Caller, target: Target) -> frozenset[str]:
    """An address that names no repository answers as one that is hidden."""
    return _only(ABSENT) if caller.is_signed_in else _only(SIGN_IN)


def no_secret_address(caller: Caller, target: Target) -> frozenset[str]:
    """Nobody here holds a signed address or a Xet token; no other credential opens."""
    return _only(FORBIDDEN, SIGN_IN)


def signed_in(caller: Caller, target: Target) -> frozenset[str]:
    return OPEN if caller.is_signed_in else _only(SIGN_IN)


def people(caller: Caller, target: Target) -> frozenset[str]:
    """Somebody at a browser; tokens cannot do everything that their owner may."""
    return OPEN if caller.is_person else _only(FORBIDDEN, SIGN_IN) if caller.is_signed_in else _only(SIGN_IN)


def applications(caller: Caller, target: Target) -> frozenset[str]:
    """What an OAuth application asks about its person."""
    return _only(SIGN_IN) if caller.scopes is None else OPEN


def anonymous_unconfirmed(caller: Caller, target: Target) -> frozenset[str]:
    """What a person confirms with a password or a key first; here nobody has."""
    return _only(FORBIDDEN) if caller.is_signed_in else _only(SIGN_IN)


def own_repositories(caller: Caller, target: Target) -> frozenset[str]:
    """A job's key is no person and owns nothing."""
    return _only(FORBIDDEN) if caller.name == "key of another job" else signed_in(caller, target)


def staff(caller: Caller, target: Target) -> frozenset[str]:
    if caller.is_staff:
        return OPEN
    return _only(NOTHING) if caller.is_signed_in else _only(SIGN_IN)


def metrics(caller: Caller, target: Target) -> frozenset[str]:
    """Staff at a browser; of tokens it knows only its own."""
    return _only(ALLOWED) if caller.is_staff and caller.is_person else _only(NOTHING)


def worker(caller: Caller, target: Target) -> frozenset[str]:
    return OPEN if caller.is_worker else job_key(caller, target)


def job_key(caller: Caller, target: Target) -> frozenset[str]:
    """The job's own key does not knock here; nobody else may pass."""
    return _only(FORBIDDEN) if caller.is_signed_in else _only(SIGN_IN)


def object_for(need: Need) -> Expectation:
    """The object's own rights; what one may not see is absent, what one may only see is forbidden."""

    def expectation(caller: Caller, target: Target) -> frozenset[str]:
        if caller.may(need, target):
            return OPEN
        if not caller.is_signed_in:
            return _only(SIGN_IN)
        return _only(FORBIDDEN) if caller.may(Need.SEE, target) else _only(ABSENT)

    return expectation


def job_for(need: Need, *, by_staff: bool) -> Expectation:
    """The job's own rights; staff sees all jobs and acts on others' as far as its credential allows."""

    def expectation(caller: Caller, target: Target) -> frozenset[str]:
        if not caller.is_staff:
            return object_for(need)(caller, target)
        return OPEN if by_staff and need <= caller.limit else _only(FORBIDDEN)

    return expectation


def signed_in_readers(caller: Caller, target: Target) -> frozenset[str]:
    return object_for(Need.READ)(caller, target) if caller.is_signed_in else _only(SIGN_IN)


def people_who_see(caller: Caller, target: Target) -> frozenset[str]:
    """Those at a browser who may know of the object; what tokens see, they may not ask for."""
    seen = object_for(Need.SEE)(caller, target)
    return seen if ABSENT in seen else people(caller, target)


def namespace_for(need: Need, *, by_token: bool = True) -> Expectation:
    """A role in the organisation, which everybody sees."""

    def expectation(caller: Caller, target: Target) -> frozenset[str]:
        if not caller.is_signed_in:
            return _only(SIGN_IN)
        may = caller.has_role(need) and (by_token or caller.is_person)
        return OPEN if may else _only(FORBIDDEN)

    return expectation


EXPECTED_BY_POLICY: dict[Policy, Expectation] = {
    PUBLIC: everybody,
    SIGNED_IN: signed_in,
    STAFF: staff,
    METRICS: metrics,
    WORKER: worker,
    JOB_KEY: job_key,
    JOB_READ: job_for(Need.READ, by_staff=True),
    JOB_WRITE: job_for(Need.WRITE, by_staff=False),
    REPO_SEE: object_for(Need.SEE),
    REPO_READ: object_for(Need.READ),
    REPO_WRITE: object_for(Need.WRITE),
    REPO_ADMIN: object_for(Need.ADMIN),
    RECEIPT_READ: object_for(Need.READ),
    NAMESPACE_ADMIN: namespace_for(Need.ADMIN, by_token=False),
    SIGNED_URL: no_secret_address,
    XET_TOKEN: no_secret_address,
}
ALL = ("GET", "POST", "PUT", "PATCH", "DELETE")
# (address prefix, or the whole address with a $; methods; expectation): the first match counts
SPECIAL: list[tuple[str, tuple[str, ...], Expectation]] = [
    # repositories without a namespace do not exist
    (r"/api/{kind}/{name}$", ALL, no_such_repository),
    (r"(/\w+)?/{name}/(resolve|raw)/{revision}/{path}$", ALL, no_such_repository),
    # the person's own pages
    (r"/account/confirm-access$", ALL, people),
    (r"/sessions$", ALL, people),
    (r"/mfa", ALL, people),
    (r"/settings$", ALL, signed_in),
    (r"/settings/", ALL, people),
    (r"/organizations/new$", ALL, people),
    # programs that act for a person: the person says so at a browser, the program shows its own token
    (r"/device$", ALL, people),
    (r"/oauth/authorize$", ("GET",), people),
    (r"/oauth/userinfo$", ALL, applications),
    # lists of what one owns
    (r"/api/settings/repositories$", ALL, own_repositories),
    (r"/api/organizations/{name}/settings/repositories$", ALL, namespace_for(Need.READ)),
    # job forms about a repository
    (r".*/{namespace}/{name}/(fine-tune|evaluate)$", ALL, signed_in_readers),
    # what is the person's own through the REST API; a token reads what it may know of its person
    (r"/api/v1/me(/organisations)?$", ("GET",), signed_in),
    (r"/api/v1/me$", ("DELETE",), anonymous_unconfirmed),
    (r"/api/v1/me", ALL, people),
    (r"/api/v1/organisations$", ALL, people),
    # staff ends any job, but tries none again
    (r"(/api/v1)?/jobs/{job_id}/cancel$", ("POST",), job_for(Need.WRITE, by_staff=True)),
    # acts that only the job's own key may do, at an address that others may read
    (r"/api/v1/jobs/{job_id}/events$", ("POST",), job_key),
    # asking for access: as a person, for what one may know of
    (r"(/\w+)?/{namespace}/{name}/ask-access$", ALL, people_who_see),
    (r"/api/v1/repos/{kind_word}/{namespace}/{name}/access-requests$", ("POST",), people_who_see),
]


# scopes that admit an OAuth application to an otherwise closed route: (address as in SPECIAL, any of these)
REPO_SCOPES = {"read-repos", "contribute-repos", "write-repos", "manage-repos"}
OPENED: list[tuple[str, set[str]]] = [
    (r"/api/whoami-v2$", {"openid"}),
    (r"/api/v1/me(/organisations)?$", {"profile"}),
    (r"/api/settings/repositories$", REPO_SCOPES),
    (r"/api/organizations/{name}/settings/repositories$", REPO_SCOPES),
    (r"/api/repos/(create|delete|move)$", {"manage-repos"}),
    (r"/api/v1/repos$", {"manage-repos"}),
    (r"/api/v1/jobs$", {"jobs"}),
    (r"/api/v1/jobs/{job_id}/(cancel|retry)$", {"jobs"}),
]
OPEN_POLICIES = {
    PUBLIC,
    *(REPO_SEE, REPO_READ, REPO_WRITE, REPO_ADMIN),
    *(JOB_READ, RECEIPT_READ, SIGNED_URL, XET_TOKEN),
}


def is_closed_to(caller: Caller, policy: Policy, template: str) -> bool:
    """Return whether an OAuth application was not let in for what is behind a door."""
    if caller.scopes is None or policy in OPEN_POLICIES or checks_own_credentials(template):
        return False
    return not any(scopes & caller.scopes for pattern, scopes in OPENED if re.match(pattern, template))


def special(template: str, method: str) -> Expectation | None:
    """Return the expectation of the line that fits an address, if there is one."""
    return next(
        (
            expectation
            for pattern, methods, expectation in SPECIAL
            if method in methods and re.match(pattern, template)
        ),
        None,
    )


def expected(policy: Policy, template: str, method: str, caller: Caller, target: Target) -> frozenset[str]:
    """Return the answers that are right, as `matrix.answer_of` names them."""
    if caller.is_over and not checks_own_credentials(template):
        return _only(SIGN_IN)
    if is_closed_to(caller, policy, template):
        return _only(FORBIDDEN)
    return (special(template, method) or EXPECTED_BY_POLICY[policy])(caller, target)
