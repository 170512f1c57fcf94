"""Every caller requests every route: the answer follows the policy, for public and private objects."""

import re

import pytest
from django.urls import resolve

from apps.core.web.policies import requires
from apps.registry.repos.policies import REPO_ADMIN, REPO_READ, REPO_WRITE
from apps.users.accounts.models import AccessToken, Invitation
from tests.api.expectations import EXPECTED_BY_POLICY, SPECIAL, expectation_of, expected
from tests.api.matrix import METHODS, a_scene, answer_and_effect, answer_of, cells, policy_of_route, send
from tests.architecture.addresses import UnknownParameter, fill_path, templates
from tests.architecture.urls import Route, policies, routes

pytestmark = pytest.mark.slow

REPOS = {REPO_READ, REPO_WRITE, REPO_ADMIN}
JOBS = {"job", "job_id", "receipt", "worker", "checkpoint", "stored"}
FORUM = {"topic", "category"}
FEEDBACK = {"board", "idea", "entry", "review"}
PACKAGES = {"project", "file", "release", "asset"}
CONVERSATIONS = {"thread", "post", "attachment", "draft"}


@pytest.fixture
def scene(cast, settings):
    options = {**settings.TEMPLATES[0]["OPTIONS"], "loaders": ["tests.api.matrix.EmptyTemplates"]}
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "OPTIONS": options}]
    return a_scene(cast)


def is_about_jobs(route: Route) -> bool:
    return policy_of_route(route).gives in JOBS


def is_of_the_forum(route: Route) -> bool:
    return policy_of_route(route).gives in FORUM


def is_of_feedback(route: Route) -> bool:
    policy = policy_of_route(route)
    return policy.gives in FEEDBACK and "review_id" not in policy.takes


def is_about_packages(route: Route) -> bool:
    return policy_of_route(route).gives in PACKAGES


def is_of_a_conversation(route: Route) -> bool:
    return policy_of_route(route).gives in CONVERSATIONS


def all_right(wrong: list[str]) -> None:
    if wrong:
        pytest.fail("\n".join([f"{len(wrong)} wrong answers:", *wrong[:60]]), pytrace=False)


def wrong_cells(scene, which) -> list[str]:
    """Send every request of the matching routes and return the wrong answers."""
    found = []
    for route in filter(which, routes()):
        result = 0
        for target, method, template, path, owners in cells(scene, route):
            if resolve(path.partition("?")[0]).func is not route.view:
                found.append(f"{path} does not lead to {route.path}, but to another route")
            for caller in scene.callers_at(target, template):
                result += 1
                answer = answer_of(owners if caller is scene.callers[0] else send(caller, method, path))
                right = expected(policy_of_route(route, method), template, method, caller, target)
                if answer not in right:
                    found.append(
                        f"{method} {path} ({target.name}) by {caller.name}: "
                        f"{answer}, not {' or '.join(sorted(right))}"
                    )
        if not result:
            found.append(f"{route.path} takes none of {', '.join(METHODS)}")
    return found


@pytest.mark.parametrize(
    "kind", sorted(REPOS, key=lambda policy: policy.name), ids=lambda policy: policy.name
)
def test_repository_routes_enforce_their_policies(scene, kind):
    all_right(wrong_cells(scene, lambda route: policy_of_route(route) == kind))


def test_job_and_receipt_routes_enforce_their_policies(scene):
    all_right(wrong_cells(scene, lambda route: is_about_jobs(route)))


def test_routes_of_the_forum_enforce_their_policies(scene):
    all_right(wrong_cells(scene, is_of_the_forum))


def test_routes_of_boards_and_reviews_enforce_their_policies(scene):
    all_right(wrong_cells(scene, is_of_feedback))


def test_routes_of_packages_enforce_their_policies(scene):
    all_right(wrong_cells(scene, is_about_packages))


def test_routes_of_conversations_enforce_their_policies(scene):
    all_right(wrong_cells(scene, is_of_a_conversation))


def test_other_routes_enforce_their_policies(scene):
    apart = (is_about_jobs, is_of_the_forum, is_of_feedback, is_of_a_conversation, is_about_packages)
    all_right(
        wrong_cells(
            scene,
            lambda route: policy_of_route(route) not in REPOS and not any(one(route) for one in apart),
        )
    )


def test_every_policy_has_an_expectation_and_every_special_line_a_route():
    found = [template for route in routes() for template in templates(route)]

    assert all(expectation_of(policy) for policy in policies())
    assert set(EXPECTED_BY_POLICY) <= policies()
    assert [
        pattern
        for pattern, _methods, _expectation in SPECIAL
        if not any(re.match(pattern, template) for template in found)
    ] == []


@pytest.mark.parametrize(
    ("parameter", "person", "is_untouched"),
    [
        ("token_id", "owner", lambda number: AccessToken.objects.get(public_id=number).revoked_at is None),
        ("invitation_id", "stranger", lambda number: Invitation.objects.filter(public_id=number).exists()),
    ],
)
def test_personal_data_is_changed_by_its_owner_only(scene, parameter, person, is_untouched):
    own = [
        template
        for route in routes()
        for template in templates(route)
        if template.startswith("/settings/") and f"{{{parameter}}}" in template
    ]

    for path in (fill_path(template, scene.own) for template in own):
        for caller in scene.callers:
            answer, left = answer_and_effect(caller, path, lambda: is_untouched(scene.own[parameter]))
            assert left == (caller.name != person), (path, caller.name)
            assert answer < 500

    assert own


def test_a_policy_that_does_not_enforce_is_detected(scene, monkeypatch):
    monkeypatch.setattr("apps.registry.repos.access.may", lambda actor, need, repo: True)

    wrong = wrong_cells(scene, lambda route: route.name == "model_settings")

    assert any("by stranger: allowed" in line for line in wrong)


def test_a_route_with_an_unknown_parameter_is_detected(scene):
    route = Route("things/<int:thing_id>", requires(REPO_READ)(lambda request, thing_id: None), "thing")

    with pytest.raises(UnknownParameter):
        list(cells(scene, route))
