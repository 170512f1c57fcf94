"""The cache of an upstream index: local names first, verified files, offline installs."""

import hashlib

import pytest

from apps.toolchain.packages.services.projects import create_project, delete_project
from apps.toolchain.upstream.models import UpstreamFile, UpstreamPage
from tests.package_makers import a_wheel, basic, publish
from tests.package_upstream import running_upstream

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_store")]
JSON = {"accept": "application/vnd.pypi.simple.v1+json"}


@pytest.fixture
def upstream(settings):
    with running_upstream() as found:
        settings.PACKAGES_UPSTREAM = found.url
        yield found


def test_a_name_that_is_free_here_comes_from_the_upstream_and_is_kept(client, upstream):
    file = a_wheel("oak", more="Requires-Python: >=3.9\n")
    upstream.add("oak", file)

    (listed,) = client.get("/simple/oak/", headers=JSON).json()["files"]
    whole = b"".join(client.get(listed["url"]))
    upstream.failing = True
    again = b"".join(client.get(listed["url"]))

    assert (whole, again) == (file[1], file[1])
    assert listed["hashes"]["sha256"] == hashlib.sha256(file[1]).hexdigest()
    assert upstream.requests.count(f"/files/{file[0]}") == 1
    assert client.get("/simple/Oak/")["Location"] == "/simple/oak/"
    assert "oak-1.0" in client.get("/simple/oak/").content.decode()


def test_metadata_of_the_upstream_is_verified_and_kept(client, upstream):
    file, metadata = a_wheel("oak"), b"Metadata-Version: 2.1\nName: oak\nVersion: 1.0\n"
    upstream.add("oak", file, **{"core-metadata": {"sha256": hashlib.sha256(metadata).hexdigest()}})
    upstream.files[f"/files/{file[0]}.metadata"] = metadata

    (listed,) = client.get("/simple/oak/", headers=JSON).json()["files"]

    assert b"".join(client.get(f"{listed['url']}.metadata")) == metadata
    assert listed["core-metadata"] == {"sha256": hashlib.sha256(metadata).hexdigest()}


def test_what_is_known_installs_while_the_upstream_is_away(client, upstream, settings):
    settings.PACKAGES_UPSTREAM_MINUTES = 0
    upstream.add("oak", a_wheel("oak"))
    first = client.get("/simple/oak/", headers=JSON).json()
    upstream.failing = True

    assert client.get("/simple/oak/", headers=JSON).json() == first
    assert client.get("/simple/elm/", headers=JSON).status_code == 503


def test_a_name_in_use_here_is_never_asked_of_the_upstream(client, cast, upstream, settings):
    settings.PACKAGES_RESERVED_PREFIXES = {"grove": "grove"}
    for name in ("trees", "secret", "gone", "grove-tools"):
        upstream.add(name, a_wheel(name, "99.0"))
    publish(cast.owner.actor)
    create_project(actor=cast.owner.actor, name="secret", is_private=True)
    publish(cast.owner.actor, a_wheel("secret"))
    create_project(actor=cast.owner.actor, name="gone")
    delete_project(actor=cast.owner.actor, name="gone")

    assert client.get("/simple/trees/", headers=JSON).json()["versions"] == ["1.0"]
    assert client.get("/simple/secret/").status_code == 404
    member = basic(cast.owner.token)
    assert client.get("/simple/secret/", headers={**JSON, **member}).json()["versions"] == ["1.0"]
    assert client.get("/simple/gone/").status_code == 404
    assert client.get("/simple/grove-tools/").status_code == 404
    assert client.get("/packages/trees/upstream/trees-99.0-py3-none-any.whl").status_code == 404
    assert upstream.requests == []


def test_a_name_that_is_taken_here_later_is_the_upstreams_no_more(client, cast, upstream):
    upstream.add("trees", a_wheel("trees", "99.0"))
    (listed,) = client.get("/simple/trees/", headers=JSON).json()["files"]
    client.get(listed["url"])

    publish(cast.owner.actor)

    assert client.get("/simple/trees/", headers=JSON).json()["versions"] == ["1.0"]
    assert client.get(listed["url"]).status_code == 404


def test_only_allowed_and_old_enough_files_are_offered(client, upstream, settings):
    upstream.add("oak", a_wheel("oak"))
    upstream.add("oak", a_wheel("oak", "2.0"), **{"upload-time": "2999-01-01T00:00:00Z"})
    upstream.add("oak", a_wheel("oak", "3.0"), **{"upload-time": None})
    upstream.add("elm", a_wheel("elm"))
    settings.PACKAGES_UPSTREAM_ALLOWED = frozenset({"oak"})
    settings.PACKAGES_UPSTREAM_MIN_AGE_DAYS = 7

    assert client.get("/simple/oak/", headers=JSON).json()["versions"] == ["1.0"]
    assert client.get("/packages/oak/upstream/oak-2.0-py3-none-any.whl").status_code == 404
    assert client.get("/simple/elm/").status_code == 404


def test_an_upstream_that_lies_about_hashes_or_names_is_not_believed(client, upstream):
    upstream.add("oak", a_wheel("oak"), hashes={"sha256": "0" * 64})
    upstream.add("oak", a_wheel("elm"))
    upstream.add("oak", a_wheel("oak", "2.0"), hashes={})
    upstream.add("oak", a_wheel("oak", "3.0"), filename="../../oak-3.0-py3-none-any.whl")
    upstream.add("oak", a_wheel("oak", "4.0"), url="file:///etc/passwd")
    upstream.add("oak", a_wheel("oak", "5.0"), size=3)

    files = client.get("/simple/oak/", headers=JSON).json()["files"]
    answers = [client.get(one["url"]) for one in files]

    assert [one["filename"].split("-")[1] for one in files] == ["1.0", "5.0"]
    assert [one.status_code for one in answers] == [502, 502]
    assert not UpstreamFile.objects.exists()


def test_a_redirect_poisons_nothing(client, upstream):
    file = a_wheel("oak")
    upstream.add("oak", file)
    upstream.redirects[f"/files/{file[0]}"] = "http://169.254.169.254/latest/meta-data"
    (listed,) = client.get("/simple/oak/", headers=JSON).json()["files"]
    upstream.redirects["/simple/elm/"] = "http://169.254.169.254/"

    assert client.get(listed["url"]).status_code == 502
    assert client.get("/simple/elm/").status_code == 502
    assert not UpstreamFile.objects.exists()


@pytest.mark.parametrize("page", ["nonsense", [{"filename": 1}], None])
def test_a_page_that_cannot_be_read_is_no_fault_of_ours(client, upstream, page):
    upstream.pages["oak"] = page

    assert client.get("/simple/oak/").status_code == 502
    assert not UpstreamPage.objects.exists()


def test_without_an_upstream_an_absent_name_is_absent(client, cast):
    assert client.get("/simple/oak/").status_code == 404
