"""Every route declares its access policy."""

import re

from apps.core.declaration import banyan_apps
from apps.core.web.policies import Policy, policy_of
from apps.users.accounts.reserved import is_reserved, path_words
from tests.architecture.urls import policies, routes


def test_every_url_has_a_policy():
    undeclared = [route.path for route in routes() if policy_of(route.view) is None]

    assert undeclared == []


def test_a_view_without_a_policy_is_detected():
    def forgotten(request):
        return None

    assert policy_of(forgotten) is None


def test_no_two_policies_share_a_name_or_words():
    found = policies()

    assert all(isinstance(policy, Policy) for policy in found)
    assert len({policy.name for policy in found}) == len({policy.words for policy in found}) == len(found)


def test_every_policy_of_a_view_is_declared_by_one_app():
    named = [policy for app in banyan_apps() for policy in app.declared.policies]

    assert {policy.name for policy in policies() - set(named)} == set()
    assert {policy.name for policy in set(named) - policies()} == set()
    assert len(named) == len(set(named))


def first_segment(path: str) -> str:
    return re.split(r"[/?]", path.lstrip("^").replace("\\", ""))[0].rstrip("$")


def test_every_first_path_segment_is_a_reserved_name():
    words = {first_segment(route.path) for route in routes()}
    fixed = {word for word in words if word and not re.search(r"[<(\[]", word)}

    assert len(fixed) > 30
    assert [word for word in fixed if not is_reserved(word)] == []
    assert {"models", "datasets", "api", "xet", "static", "forum"} <= path_words()
