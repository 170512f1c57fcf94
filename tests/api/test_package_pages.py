"""Pages, feeds, JSON and REST API of projects."""

import json
import re

import pytest

from apps.core.actor import ANONYMOUS
from apps.core.notifications.models import Event
from apps.core.search.providers import count_matches
from apps.core.search.words import SearchQuery
from apps.toolchain.packages.models import MaintainerInvitation, Project, ProjectFile, ProjectVersion
from apps.toolchain.packages.search import TAB, ProjectSearchProvider
from apps.toolchain.packages.services.maintainers import invite_maintainer
from apps.toolchain.packages.services.projects import create_project
from apps.toolchain.packages.services.versions import yank_version
from tests.api.matrix import session_of
from tests.package_makers import a_wheel, an_sdist, publish, send

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_store")]


TITLE = re.compile(r"<entry><title>([^<]*)")


def page(browser, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return answer.content.decode()


def call(client, method, path, person=None, body=None):
    headers = person.headers if person else {}
    return client.generic(method, path, json.dumps(body or {}), "application/json", headers=headers)


def test_the_page_of_a_project_shows_how_to_install_it(client, cast):
    text = a_wheel(
        more="Requires-Dist: requests>2\nProject-URL: Home, https://example.com/home\n"
        "Project-URL: Bad, javascript:alert(1)\nDescription-Content-Type: text/markdown\n"
    )
    publish(cast.owner.actor, text)
    publish(cast.owner.actor, an_sdist())

    shown = page(client, "/tools/trees")

    assert "http://testserver/simple/" in shown
    assert 'data-file="trees-1.0-py3-none-any.whl"' in shown
    assert 'data-file="trees-1.0.tar.gz"' in shown
    assert "requests&gt;2" in shown
    assert 'href="https://example.com/home"' in shown
    assert "javascript:" not in shown
    assert "<p>It counts trees.</p>" in shown


@pytest.mark.parametrize("kind", ["text/markdown", "text/x-rst", "text/plain", ""])
def test_descriptions_are_sanitized(client, cast, kind):
    header = f"Description-Content-Type: {kind}\n" if kind else ""
    body = (
        "<script>alert(1)</script>\n\n.. raw:: html\n\n   <img src=x onerror=alert(2)>\n\n"
        "`a <javascript:alert(3)>`_\n"
    )
    text = f"Metadata-Version: 2.1\nName: trees\nVersion: 1.0\n{header}\n{body}"
    publish(cast.owner.actor, a_wheel(metadata=text))

    shown = page(client, "/tools/trees")

    assert "<script>alert" not in shown
    assert "<img src=x" not in shown
    assert 'href="javascript' not in shown


def test_older_and_yanked_versions_say_so(client, cast):
    publish(cast.owner.actor)
    publish(cast.owner.actor, a_wheel(version="2.0"))
    publish(cast.owner.actor, a_wheel(version="3.0rc1"))
    yank_version(actor=cast.owner.actor, name="trees", version="1.0", reason="Counts wrongly")

    assert Project.objects.get().latest == "2.0"
    assert "Counts wrongly" in page(client, "/tools/trees/versions/1.0")
    assert "3.0rc1" in page(client, "/tools/trees/versions")
    assert client.get("/tools/trees/versions/9.9").status_code == 404


def test_pages_take_few_queries(client, cast, django_assert_max_num_queries):
    for number in range(4):
        publish(cast.owner.actor, a_wheel(version=f"1.{number}"))

    with django_assert_max_num_queries(12):
        page(client, "/tools/trees")
    with django_assert_max_num_queries(12):
        page(client, "/tools")
    browser = session_of(cast.owner)
    page(browser, "/tools/trees")
    with django_assert_max_num_queries(12):
        page(browser, "/tools/trees/settings")


def test_tools_are_listed_by_step(client, cast):
    create_project(actor=cast.owner.actor, name="trees", step="train")
    publish(cast.owner.actor)
    publish(cast.owner.actor, a_wheel("bushes"))
    create_project(actor=cast.owner.actor, name="empty")

    assert 'data-project="bushes"' in page(client, "/tools")
    assert 'data-project="empty"' not in page(client, "/tools")
    only = page(client, "/tools?step=train")
    assert ('data-project="trees"' in only, 'data-project="bushes"' in only) == (True, False)
    assert 'data-project="trees"' in page(client, "/tools?q=tree")
    assert 'data-project="trees"' in page(client, "/owner")
    query = SearchQuery.of("bush")
    assert count_matches(ANONYMOUS, query, 100)["tool"] == 1
    (hit,) = ProjectSearchProvider().best(ANONYMOUS, query, TAB, total=1, start=0, count=5)
    assert hit.href == "/tools/bushes"


def test_a_name_that_resembles_another_has_to_be_confirmed(cast):
    publish(cast.stranger.actor, a_wheel("tool-1"))
    browser = session_of(cast.owner)

    warned = browser.post("/tools/new", {"name": "tooll", "owner": "owner"})
    made = browser.post("/tools/new", {"name": "tooll", "owner": "owner", "is_confirmed": "on"})

    assert (warned.status_code, "tool-1" in warned.content.decode()) == (422, True)
    assert made["Location"] == "/tools/tooll"


def test_an_owner_changes_yanks_and_deletes_on_the_pages(cast):
    publish(cast.owner.actor)
    file = publish(cast.owner.actor, an_sdist())
    browser, base = session_of(cast.owner), "/tools/trees"

    browser.post(
        f"{base}/settings", {"status": "deprecated", "status_reason": "Use bushes", "step": "deploy"}
    )
    project = Project.objects.get()
    assert (project.status, project.step, project.status_reason) == ("deprecated", "deploy", "Use bushes")
    browser.post(f"{base}/versions/1.0/yank", {"reason": "Broken"})
    assert ProjectVersion.objects.get().yanked_reason == "Broken"
    browser.post(f"{base}/versions/1.0/restore")
    browser.post(f"{base}/files/{file.filename}/delete")
    assert ProjectFile.objects.count() == 1
    browser.post(f"{base}/settings/transfer", {"owner": "grove"})
    assert Project.objects.get().namespace == cast.organization
    assert browser.post(f"{base}/settings/delete", {"confirm": "wrong"}).status_code == 422
    browser.post(f"{base}/settings/delete", {"confirm": "trees"})
    assert not Project.objects.exists()


def test_strangers_see_no_settings(cast):
    publish(cast.owner.actor)
    browser = session_of(cast.stranger)

    assert browser.get("/tools/trees/settings").status_code == 403
    assert browser.post("/tools/trees/versions/1.0/yank").status_code == 403
    assert not ProjectVersion.objects.get().is_yanked


def test_a_maintainer_is_invited_accepts_publishes_and_leaves(client, cast):
    publish(cast.owner.actor)
    owner, stranger = session_of(cast.owner), session_of(cast.stranger)

    owner.post("/tools/trees/settings/invite", {"person": "stranger"})
    invitation = MaintainerInvitation.objects.get()
    event = Event.objects.get(source=f"invitation:{invitation.pk}")
    assert list(event.direct) == [str(cast.stranger.user.pk)]
    assert send(client, cast.stranger.token, a_wheel(version="2.0")).status_code == 403
    assert "trees" in page(stranger, "/settings/packages")
    stranger.post(f"/settings/packages/{invitation.public_id}/accept")
    assert send(client, cast.stranger.token, a_wheel(version="2.0")).status_code == 200
    assert stranger.get("/tools/trees/settings").status_code == 403
    stranger.post("/tools/trees/leave")
    assert send(client, cast.stranger.token, a_wheel(version="3.0")).status_code == 403


def test_publishers_and_watchers_are_told_of_a_new_version(client, cast):
    create_project(actor=cast.owner.actor, name="trees", owner="grove")
    publish(cast.owner.actor)
    publish(cast.owner.actor, an_sdist())

    event = Event.objects.get(kind="packages")

    assert event.targets == ["project:trees"]
    assert str(cast.member.user.pk) in event.direct


def test_old_files_can_be_yanked_only(client, cast):
    publish(cast.owner.actor)
    ProjectFile.objects.update(uploaded_at="2026-01-01T00:00:00Z")

    for path in ("", "/versions/1.0", "/files/trees-1.0-py3-none-any.whl"):
        answer = call(client, "DELETE", f"/api/v1/packages/trees{path}", cast.owner)
        assert (answer.status_code, answer.json()["code"]) == (409, "DeletionTooLate")
    answer = call(client, "PATCH", "/api/v1/packages/trees/versions/1.0", cast.owner, {"is_yanked": True})
    assert answer.json()["is_yanked"] is True


def test_programs_read_and_change_projects(client, cast):
    made = call(client, "POST", "/api/v1/packages", cast.owner, {"name": "Trees", "step": "train"})
    publish(cast.owner.actor)

    assert (made.status_code, made["Location"], made.json()["step"]) == (
        201,
        "/api/v1/packages/trees",
        "train",
    )
    read = client.get("/api/v1/packages/TREES").json()
    assert (read["latest_version"], read["owner"], read["status_reason"]) == ("1.0", "owner", None)
    listed = client.get("/api/v1/packages?step=train&sort=downloads").json()["items"]
    assert [one["name"] for one in listed] == ["trees"]
    changed = call(
        client, "PATCH", "/api/v1/packages/trees", cast.owner, {"status": "archived", "step": "none"}
    )
    assert (changed.json()["status"], changed.json()["step"]) == ("archived", "none")
    assert (
        call(client, "PATCH", "/api/v1/packages/trees", cast.owner, {"status": "quarantined"}).status_code
        == 422
    )
    (file,) = client.get("/api/v1/packages/trees/files").json()["items"]
    assert client.get(file["url"]).status_code == 200
    versions = client.get("/api/v1/packages/trees/versions").json()["items"]
    assert [one["version"] for one in versions] == ["1.0"]
    assert call(client, "POST", "/api/v1/packages", cast.stranger, {"name": "trees"}).status_code == 409
    invited = call(client, "POST", "/api/v1/packages/trees/invitations", cast.owner, {"person": "stranger"})
    assert invited.status_code == 201
    assert client.get(invited["Location"], headers=cast.owner.headers).json() == invited.json()
    given = call(client, "POST", "/api/v1/packages/trees/transfer", cast.owner, {"owner": "grove"})
    assert given.json()["owner"] == "grove"
    assert call(client, "DELETE", "/api/v1/packages/trees", cast.owner).status_code == 204


def test_a_token_is_limited_to_a_package_by_the_api(client, cast):
    publish(cast.owner.actor)
    grant = {"kind": "package", "target": "Tr.ees", "permission": "write"}
    body = {"name": "ci", "role": "fine_grained", "grants": [{**grant, "target": "Trees"}]}

    browser = session_of(cast.owner)
    made = browser.post("/api/v1/me/tokens", json.dumps(body), content_type="application/json")

    assert made.status_code == 201, made.content
    assert made.json()["grants"] == [{**grant, "target": "trees"}]
    assert send(client, made.json()["token"], a_wheel(version="2.0")).status_code == 200
    assert send(client, made.json()["token"], a_wheel("bushes")).status_code == 403


def test_dependency_bots_read_the_json_of_a_project(client, cast):
    publish(cast.owner.actor, a_wheel(more="Requires-Dist: requests>2\nRequires-Python: >=3.9\n"))
    publish(cast.owner.actor, a_wheel(version="2.0"))
    yank_version(actor=cast.owner.actor, name="trees", version="1.0", reason="Broken")

    body = client.get("/pypi/trees/json").json()

    assert (body["info"]["version"], list(body["releases"])) == ("2.0", ["1.0", "2.0"])
    assert body["releases"]["1.0"][0]["yanked_reason"] == "Broken"
    assert body["urls"][0]["url"] == "http://testserver/packages/trees/trees-2.0-py3-none-any.whl"
    one = client.get("/pypi/trees/1.0/json").json()
    assert (one["info"]["requires_dist"], one["info"]["requires_python"]) == (["requests>2"], ">=3.9")
    assert "releases" not in one
    assert client.get("/pypi/Trees/json")["Location"] == "/pypi/trees/json"
    assert client.get("/pypi/absent/json").status_code == 404


def test_feeds_name_new_tools_and_versions(client, cast):
    publish(cast.owner.actor)
    publish(cast.owner.actor, a_wheel(version="2.0"))
    create_project(actor=cast.owner.actor, name="hidden", is_private=True)
    publish(cast.owner.actor, a_wheel("hidden"))

    titles = {
        path: TITLE.findall(client.get(path).content.decode())
        for path in ("/feeds/tools.atom", "/feeds/versions.atom", "/tools/trees/versions.atom")
    }

    assert titles == {
        "/feeds/tools.atom": ["trees"],
        "/feeds/versions.atom": ["trees 2.0", "trees 1.0"],
        "/tools/trees/versions.atom": ["trees 2.0", "trees 1.0"],
    }
    assert client.get("/feeds/versions.json").json()["items"][0]["title"] == "trees 2.0"


def test_a_person_with_packages_is_not_deleted(client, cast):
    publish(cast.owner.actor)
    invite_maintainer(actor=cast.owner.actor, name="trees", person="member")

    assert cast.owner.user.namespace.projects.exists()
    assert "package" in page(session_of(cast.owner), "/settings/account")
