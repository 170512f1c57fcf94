"""Every page of the site that accepts a POST has an API call in docs/api.md."""

import inspect
import re
from pathlib import Path

import pytest
from drf_spectacular.generators import SchemaGenerator

from apps.core.web.error_renderers import is_protocol_path
from apps.registry.repos.addresses import PREFIXES
from tests.architecture.addresses import templates
from tests.architecture.urls import Route, routes

PAPER = (Path(__file__).resolve().parents[2] / "docs" / "api.md").read_text()
LINE = re.compile(r"^\| `([^`]+)` \| [^|]+ \| `([A-Z]+) ([^`]+)` \|$", re.MULTILINE)
# these need a browser, a key or a mail, or belong to another protocol
WORDS = (
    "login signup logout password account mfa device oauth settings/emails settings/password .well-known "
    "hooks notifications/unsubscribe"
).split()
ONLY_IN_A_BROWSER = re.compile(rf"/({'|'.join(map(re.escape, WORDS))})(/|$)")


def page_of(template: str) -> str:
    """Return a path as in the table, where paths below a repository start with an ellipsis."""
    for prefix in PREFIXES.values():
        if template.startswith(f"/{prefix}{{namespace}}/{{name}}/"):
            return "…" + template.removeprefix(f"/{prefix}{{namespace}}/{{name}}")
    return template.lstrip("/")


def methods_of(view) -> set[str] | None:
    """Return the methods that a view's decorators allow, None if they do not restrict them."""
    while view is not None:
        held = inspect.getclosurevars(view).nonlocals if inspect.isfunction(view) else {}
        if "request_method_list" in held:
            return set(held["request_method_list"])
        view = getattr(view, "__wrapped__", None)
    return None


def is_page(route: Route, template: str) -> bool:
    module = getattr(route.view, "__module__", "")
    return module.startswith("apps.") and ".views" in module and not is_protocol_path(template)


def pages_that_act() -> set[str]:
    found = {
        template
        for route in routes()
        for template in templates(route)
        if is_page(route, template) and acts(route.view)
    }
    return {template for template in found if not ONLY_IN_A_BROWSER.match(template)}


def acts(view) -> bool:
    methods = methods_of(view)
    return methods is None or "POST" in methods


@pytest.fixture(scope="module")
def lines() -> dict[str, tuple[str, str]]:
    return {page: (method, path) for page, method, path in LINE.findall(PAPER)}


@pytest.fixture(scope="module")
def calls() -> set[tuple[str, str]]:
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    return {(method.upper(), path) for path, found in paths.items() for method in found}


def test_every_page_action_has_an_api_call(lines):
    acting = {page_of(template) for template in pages_that_act()}

    assert acting - set(lines) == set()
    assert len(acting) > 40


def test_every_line_names_a_page_action(lines):
    assert set(lines) - {page_of(template) for template in pages_that_act()} == set()


def test_every_call_of_the_table_is_there(lines, calls):
    repo = "/api/v1/repos/{kind}/{namespace}/{name}"

    assert {(method, path.replace("REPO", repo)) for method, path in lines.values()} - calls == set()


def test_pages_with_actions_are_detected():
    acting = {page_of(template) for template in pages_that_act()}

    assert "…/settings/rename" in acting
    assert "…/tree/{revision}" not in acting
    assert "models" not in acting
