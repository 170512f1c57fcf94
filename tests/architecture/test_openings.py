"""Policies open the objects that URLs name; there is no second way in."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from apps.core.web.policies import Policy, policy_of, requires
from tests.architecture.addresses import parameters, templates
from tests.architecture.layers import ROOT
from tests.architecture.urls import METHODS, Route, routes

# Parameters that name an object which belongs to somebody; others name parts of it, or one's own rows.
ADDRESSES = {
    "namespace",
    "name",
    "job_id",
    "receipt_id",
    "note_id",
    "thread_id",
    "post_id",
    "attachment_key",
    "topic_id",
    "category",
    "board",
    "project",
    "idea_key",
    "entry_key",
    "review_key",
    "file_id",
    "file_upload_id",
    "fine_tune_id",
    "model_name",
}
# Routes whose policy opens nothing, with the reason; the list only shrinks.
UNOPENED = {
    r"/organizations/{name}/leave:": "the act looks for the membership of the person",
    r"/api/v1/me/organizations/{name}:": "the act looks for the membership of the person",
    r"/api/v1/jobs/{job_id}/claim:": "one statement decides which worker gets the job",
    r"(/{kind})?/{namespace}/{name}/info/lfs": "absent routes of Git LFS: 404 to everyone",
}
ACCESS_MODULE = re.compile(r"\.{1,2}access|apps\.\w+\.\w+\.access")
# What views may import from an access module: questions about an opened object, lists, and one's own row.
QUESTIONS = {
    "may",
    "check_may",
    "visible_to",
    "has_access",
    "has_own_access",
    "can_cancel",
    "can_edit",
    "can_moderate",
    "can_reply",
    "person_of",
    "rights_of",
    "Rights",
    "is_author",
    "is_board_admin",
    "is_team",
}
# Views that open something that is not in the URL, with the reason; the list only shrinks.
OPENERS = {
    "apps/registry/training/views/launching.py": {
        "repo_for": "the form names a second repository, the dataset"
    },
}


def unopened(route: Route) -> Iterator[str]:
    """Yield a line for each policy of a route that leaves an address in its URL to the view."""
    found = {policy_of(route.view, method) for method in METHODS} - {None}
    for template in templates(route):
        for policy in found:
            left = parameters(template) & ADDRESSES - set(policy.takes)
            if left:
                yield f"{template}: {policy.name} does not open {', '.join(sorted(left))}"


def test_the_policy_of_a_view_opens_the_address_in_its_url():
    lines = [line for route in routes() for line in unopened(route)]

    unexplained = [line for line in lines if not any(re.match(pattern, line) for pattern in UNOPENED)]
    stale = [pattern for pattern in UNOPENED if not any(re.match(pattern, line) for line in lines)]
    assert (unexplained, stale) == ([], [])


def test_a_view_that_opens_its_address_itself_is_detected():
    view = requires(Policy("label", "a label"))(lambda request, job_id: None)

    assert list(unopened(Route("things/<uuid:job_id>", view, "thing"))) == [
        "/things/{job_id}: label does not open job_id"
    ]


def view_modules() -> list[Path]:
    """Return the modules of pages, REST views and protocols."""
    found = [
        path for path in (ROOT / "apps").rglob("*.py") if {"views", "api", "protocols"} & set(path.parts)
    ]
    found += (ROOT / "apps").rglob("*views.py")
    return [path for path in found if path.name != "policies.py"]


def taken_from_access(source: str) -> set[str]:
    """Return what a module imports from access modules of apps, except questions about opened objects."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom):
            names = {alias.name for alias in node.names}
            module = "." * node.level + (node.module or "")
            if module == "..":
                names &= {"access"}
            elif not ACCESS_MODULE.fullmatch(module):
                continue
            found |= names
    return found - QUESTIONS


def test_only_policies_open_objects():
    found = {
        str(path.relative_to(ROOT)): names
        for path in view_modules()
        if (names := taken_from_access(path.read_text()))
    }

    assert found == {path: set(names) for path, names in OPENERS.items()}


@pytest.mark.parametrize(
    "source",
    [
        "from ..access import may, repo_for",
        "from apps.registry.repos.access import repo_for",
        "from .. import access",
    ],
)
def test_a_view_that_imports_an_access_function_is_detected(source):
    assert len(taken_from_access(source)) == 1
