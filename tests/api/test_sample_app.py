"""One folder and one line in INSTALLED_APPS give an app all that the site offers: `tests/sample`."""

import json
import re
from datetime import timedelta

import pytest
from django.apps import apps
from django.core.management import call_command
from django.utils import timezone, translation

from apps.core.declaration import BanyanApp, Place, banyan_apps, declared
from apps.users.accounts.reserved import is_reserved
from apps.users.accounts.services import remove_organization
from ecosystem.celery import app as celery_app
from tests.api.matrix import session_of
from tests.api.problems import parameters, pointers
from tests.architecture.layers import ROOT
from tests.sample.models import Note

pytestmark = pytest.mark.django_db


def a_note(owner, title="Shopping", **facts) -> Note:
    return Note.objects.create(namespace=owner.user.namespace, title=title, **facts)


def test_the_app_is_one_folder_and_one_line():
    lines = [line for line in (ROOT / "tests/settings.py").read_text().splitlines() if "tests.sample" in line]
    sources = [file for folder in ("apps", "ecosystem", "workers") for file in (ROOT / folder).rglob("*.py")]

    assert lines == ['    "tests.sample",']
    assert [str(file) for file in sources if "tests.sample" in file.read_text()] == []
    assert apps.get_app_config("sample") in banyan_apps()


def test_a_person_publishes_and_deletes_a_note_on_its_pages(cast):
    owner = session_of(cast.owner)

    page = owner.post("/notes/new", {"title": "Shopping", "text": "Milk", "is_public": "on"})["Location"]
    assert owner.post("/notes/new", {"title": ""}).status_code == 422
    assert "Milk" in owner.get(page).content.decode()
    assert session_of(cast.stranger).post(f"{page}/delete").status_code == 403
    assert owner.post(f"{page}/delete")["Location"] == "/notes"

    assert not Note.objects.exists()


def test_a_program_does_the_same(client, cast):
    made = client.post(
        "/api/v1/notes", {"title": "Shopping"}, content_type="application/json", headers=cast.owner.headers
    )

    assert made.status_code == 201
    assert client.get(made["Location"]).json()["owner"] == "owner"
    assert [note["title"] for note in client.get("/api/v1/notes").json()["items"]] == ["Shopping"]
    assert client.delete(made["Location"], headers=cast.stranger.headers).json()["code"] == "Forbidden"
    assert client.delete(made["Location"], headers=cast.owner.headers).status_code == 204


def send(client, method, path, body=None, person=None, **headers):
    """Send a request with a JSON body to the REST API."""
    sent = {**(person.headers if person else {}), **headers}
    return client.generic(
        method, path, json.dumps(body) if body is not None else b"", "application/json", headers=sent
    )


def test_what_its_resource_creates_is_at_its_location_with_the_same_tag(client, cast):
    made = send(client, "POST", "/api/v1/notes", {"title": "Shopping"}, cast.owner)
    read = client.get(made["Location"], headers=cast.owner.headers)
    changed = send(
        client, "PATCH", made["Location"], {"text": "Milk"}, cast.owner, **{"if-match": made["ETag"]}
    )
    stale = send(client, "PATCH", made["Location"], {"text": "Tea"}, cast.owner, **{"if-match": made["ETag"]})
    again = client.get(made["Location"], headers={"if-none-match": changed["ETag"]})

    assert (made.status_code, read.json(), read["ETag"]) == (201, made.json(), made["ETag"])
    assert (changed.status_code, changed.json()["text"]) == (200, "Milk")
    assert (stale.status_code, stale.json()["code"]) == (412, "PreconditionFailed")
    assert (again.status_code, again["ETag"]) == (304, changed["ETag"])
    assert (made.json()["text"], made.json()["id"]) == (None, str(Note.objects.get().pk))


def test_its_list_has_pages_and_refuses_what_it_does_not_know(client, cast):
    for title in ("one", "two", "three"):
        a_note(cast.owner, title)

    first = client.get("/api/v1/notes?limit=2")
    second = client.get(first["Link"].partition(">")[0].lstrip("<"))

    titles = [note["title"] for page in (first, second) for note in page.json()["items"]]
    assert titles == ["three", "two", "one"]
    assert parameters(client.get("/api/v1/notes?titel=x")) == [("titel", "unknown")]
    assert parameters(client.get("/api/v1/notes?limit=0")) == [("limit", "invalid")]
    assert client.get("/api/v1/notes?cursor=x").json()["code"] == "InvalidCursor"


def test_its_bodies_are_refused_by_field(client, cast):
    wrong = send(client, "POST", "/api/v1/notes", {"title": 5, "is_public": "yes"}, cast.owner)
    unknown = send(client, "POST", "/api/v1/notes", {"title": "a", "colour": "red"}, cast.owner)

    assert (wrong.status_code, pointers(wrong)) == (422, ["#/title", "#/is_public"])
    assert pointers(unknown) == ["#/colour"]
    assert not Note.objects.exists()


def test_its_posts_are_done_once_under_a_key(client, cast):
    token = {"authorization": f"Bearer {cast.owner.token}", "idempotency-key": "k"}

    first, again = (send(client, "POST", "/api/v1/notes", {"title": "a"}, **token) for _one in range(2))

    assert (first.json(), first["Location"], first["ETag"]) == (
        again.json(),
        again["Location"],
        again["ETag"],
    )
    assert again["Idempotency-Replayed"] == "true"
    assert Note.objects.count() == 1


def test_its_refusals_are_those_of_the_api(client, cast):
    note = a_note(cast.owner, is_public=False)

    anonymous = client.get(f"/api/v1/notes/{note.pk}")
    stranger = client.get(f"/api/v1/notes/{note.pk}", headers=cast.stranger.headers)

    assert (anonymous.status_code, anonymous.json()["code"]) == (401, "Unauthenticated")
    assert anonymous["WWW-Authenticate"] == "Bearer"
    assert (stranger.status_code, stranger.json()["code"]) == (404, "NoteNotFound")
    assert client.options("/api/v1/notes").status_code == 204
    assert client.head("/api/v1/notes").status_code == 200


def test_the_document_and_the_reference_page_have_its_chapter(client):
    document = json.loads(client.get("/api/v1/openapi.json").content)
    page = client.get("/api/v1/docs").content.decode()

    assert document["paths"]["/api/v1/notes"]["post"]["tags"] == ["notes"]
    assert "notes" in [tag["name"] for tag in document["tags"]]
    assert 'id="create_note"' in page


def test_a_private_note_is_hidden_everywhere_but_from_its_owner(client, cast):
    note = a_note(cast.owner, "Diary", is_public=False)
    owner = session_of(cast.owner)
    places = ("/notes", "/owner", "/search?q=diary", "/feeds/notes.atom", "/sitemaps/notes.xml")
    link = f"/notes/{note.pk}"

    assert client.get(link).status_code == 302
    assert [place for place in places if link in client.get(place).content.decode()] == []
    assert [place for place in places if link in owner.get(place).content.decode()] == [*places[:4]]


def test_search_feed_section_and_sitemap_show_a_note(client, cast):
    note = a_note(cast.owner)
    link = f"/notes/{note.pk}"

    assert link in client.get("/search?q=shopping&type=note").content.decode()
    assert link in client.get("/feeds/notes.atom?author=owner").content.decode()
    assert link in client.get("/sitemaps/notes.xml").content.decode()
    (section,) = [one for one in client.get("/owner").context["sections"] if one.key == "notes"]
    assert (section.count, link in section.content) == (1, True)
    assert 'href="/feeds/notes.atom?author=owner"' in client.get("/owner").content.decode()
    assert "/sitemaps/notes.xml" in client.get("/sitemap.xml").content.decode()


def test_a_profile_without_notes_has_no_section_of_them(client, cast):
    assert "notes" not in [section.key for section in client.get("/owner").context["sections"]]


def test_header_palette_and_site_administration_lead_to_it(client, cast):
    page = client.get("/search").content.decode()

    assert re.search(r'<a[^>]*href="/notes"[^>]*data-key="g n"', page)
    assert 'id="go-notes"' in page
    assert [one.path for one in declared().navigation if Place.HEADER in one.places][-1] == "/notes"
    assert 'href="/notes"' in session_of(cast.staff).get("/site").content.decode()


def test_requests_to_its_list_are_counted(client, settings):
    assert {limit.resource for limit in declared().rate_limits} <= settings.RATE_LIMITS.keys()
    settings.RATE_LIMITS = {"api": {"anonymous": 5, "signed_in": 5}}

    assert client.get("/notes")["RateLimit"].startswith('"api"')


def test_its_words_are_reserved():
    assert is_reserved("Notes")
    assert is_reserved("notebooks")


def test_the_light_worker_runs_its_periodic_task(cast):
    a_note(cast.owner, "Old", expires_at=timezone.now() - timedelta(minutes=1))
    a_note(cast.owner, "New", expires_at=timezone.now() + timedelta(minutes=1))
    celery_app.loader.import_default_modules()

    entry = celery_app.conf.beat_schedule["delete_expired_notes"]
    celery_app.tasks[entry["task"]].run()

    assert [note.title for note in Note.objects.all()] == ["New"]


def test_its_gauge_measures_by_namespace(cast):
    a_note(cast.owner)
    a_note(cast.owner, is_public=False)
    (gauge,) = [gauge for gauge in declared().gauges if gauge.meter == "notes"]

    assert gauge.measure([cast.owner.user.namespace_id, cast.organization.pk]) == {
        cast.owner.user.namespace_id: 2
    }


def test_its_notes_go_with_their_namespace(cast):
    Note.objects.create(namespace=cast.organization, title="Rules")

    remove_organization(actor=cast.owner.actor, organization="grove")

    assert not Note.objects.exists()


def test_its_pages_speak_chinese_from_its_own_catalog(client, cast):
    page = client.get("/notes", headers={"accept-language": "zh-CN"}).content.decode()

    assert "笔记" in page
    with translation.override("zh-hans"):
        assert translation.pgettext("feed", "Notes") != translation.gettext("Notes")


def test_its_table_is_what_its_models_say():
    call_command("makemigrations", "sample", check=True, dry_run=True, verbosity=0)


def test_every_app_of_the_site_declares_itself():
    plain = [
        config.name
        for config in apps.get_app_configs()
        if config.name.startswith(("apps.", "ecosystem")) and not isinstance(config, BanyanApp)
    ]
    folders = {str(file.parent.relative_to(ROOT)).replace("/", ".") for file in ROOT.glob("apps/**/apps.py")}

    assert plain == []
    assert folders - {config.name for config in banyan_apps()} == set()
