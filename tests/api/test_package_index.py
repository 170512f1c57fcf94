"""The index for installers, and uploads."""

import hashlib
import io
import json
import struct
import tarfile
import warnings
import zipfile
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.utils import timezone

from apps.core.moderation.errors import ReviewNotFound
from apps.core.moderation.models import Act, ReportReason, ReviewItem
from apps.core.moderation.services.queue import decide, undo
from apps.core.moderation.services.reports import report
from apps.core.notifications.models import Event
from apps.toolchain.packages.distributions.scanning import EICAR
from apps.toolchain.packages.models import Project, ProjectFile, ProjectStatus, ProjectVersion, UsedFilename
from apps.toolchain.packages.services.projects import create_project, delete_project, update_project
from apps.toolchain.packages.services.versions import delete_file, restore_version, yank_version
from apps.users.accounts.models import TokenRole
from tests.makers import a_token
from tests.package_makers import a_wheel, a_zip, an_sdist, basic, core_metadata, form_of, publish, send

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_store")]

JSON = "application/vnd.pypi.simple.v1+json"
HTML = "application/vnd.pypi.simple.v1+html"


def listing(client, name="trees", **headers):
    return client.get(f"/simple/{name}/", headers={"accept": JSON, **headers})


def wrong_names() -> dict[str, bytes]:
    folder = "trees-1.0.dist-info"
    return {
        f"{folder}/METADATA": core_metadata("trees", "1.0").encode(),
        f"{folder}/WHEEL": b"Wheel-Version: 1.0\n",
    }


def test_an_uploaded_wheel_is_listed_and_downloaded(client, cast):
    filename, data = a_wheel(more="Requires-Python: >=3.9\nRequires-Dist: requests>2\n")

    answer = send(client, cast.owner.token, (filename, data))

    assert answer.status_code == 200, answer.content
    page = listing(client).json()
    (file,) = page["files"]
    assert (page["meta"]["api-version"], page["name"], page["versions"]) == ("1.4", "trees", ["1.0"])
    assert page["project-status"] == {"status": "active"}
    assert (file["filename"], file["size"], file["requires-python"]) == (filename, len(data), ">=3.9")
    assert file["hashes"] == {"sha256": hashlib.sha256(data).hexdigest()}
    whole = client.get(file["url"])
    assert b"".join(whole) == data
    assert whole["ETag"].strip('"') == hashlib.sha256(data).hexdigest()
    metadata = b"".join(client.get(file["url"] + ".metadata"))
    assert hashlib.sha256(metadata).hexdigest() == file["core-metadata"]["sha256"]
    assert Project.objects.get().namespace == cast.owner.user.namespace


@pytest.mark.parametrize(
    ("accept", "answer"),
    [
        (JSON, JSON),
        (HTML, HTML),
        ("text/html", "text/html"),
        ("*/*", "text/html"),
        ("", "text/html"),
        (f"{JSON}, {HTML};q=0.2, text/html;q=0.01", JSON),
        ("application/vnd.pypi.simple.latest+json", JSON),
        ("application/json", None),
        (f"{JSON};q=0", None),
    ],
)
def test_the_form_is_negotiated(client, cast, accept, answer):
    publish(cast.owner.actor)

    page = client.get("/simple/trees/", headers={"accept": accept})

    assert page.status_code == (200 if answer else 406)
    if answer:
        assert page["Content-Type"].partition(";")[0] == answer
        assert "Accept" in page["Vary"]


def test_the_html_form_says_the_same(client, cast):
    publish(cast.owner.actor, a_wheel(more="Requires-Python: >=3.9\n"))
    yank_version(actor=cast.owner.actor, name="trees", version="1.0", reason='Breaks "all" <b>')

    text = client.get("/simple/trees/").content.decode()

    assert 'data-requires-python="&gt;=3.9"' in text
    assert 'data-yanked="Breaks &quot;all&quot; &lt;b&gt;"' in text
    assert 'name="pypi:repository-version" content="1.4"' in text
    assert "data-core-metadata=" in text


def test_other_spellings_lead_to_the_normalized_name(client, cast):
    publish(cast.owner.actor, a_wheel("Big_Trees"))

    for name in ("Big_Trees", "big.trees", "BIG--trees"):
        assert client.get(f"/simple/{name}/")["Location"] == "/simple/big-trees/"
    assert client.get("/simple/big-trees").status_code == 200
    assert send(client, cast.owner.token, a_wheel("big-trees", "2.0")).status_code == 200
    assert Project.objects.count() == 1


def test_pages_have_entity_tags_that_change_with_the_project(client, cast):
    publish(cast.owner.actor)
    first, root = listing(client), client.get("/simple/", headers={"accept": JSON})

    assert listing(client, **{"if-none-match": first["ETag"]}).status_code == 304
    assert client.get("/simple/", headers={"accept": JSON, "if-none-match": root["ETag"]}).status_code == 304
    publish(cast.owner.actor, an_sdist(version="2.0"))
    again = listing(client, **{"if-none-match": first["ETag"]})
    assert (again.status_code, len(again.json()["files"])) == (200, 2)
    publish(cast.owner.actor, a_wheel("bushes"))
    names = client.get("/simple/", headers={"accept": JSON, "if-none-match": root["ETag"]}).json()["projects"]
    assert [one["name"] for one in names] == ["bushes", "trees"]


def test_the_same_bytes_again_are_a_success_and_others_are_refused(client, cast):
    file = a_wheel()
    other = a_wheel(files={"trees/more.py": b"A = 1\n"})

    answers = [send(client, cast.owner.token, one) for one in (file, file, other)]

    assert [one.status_code for one in answers] == [200, 200, 400]
    assert answers[2].reason_phrase.startswith("File already exists")
    assert answers[2].json()["detail"].startswith("File already exists")
    assert ProjectFile.objects.count() == 1


def test_a_deleted_filename_is_never_used_again(client, cast):
    file = a_wheel()
    publish(cast.owner.actor, file)
    delete_file(actor=cast.owner.actor, name="trees", filename=file[0])

    again, other = (
        send(client, cast.owner.token, file),
        send(client, cast.owner.token, a_wheel(version="1.1")),
    )

    assert (again.status_code, other.status_code) == (400, 200)
    assert "File already exists" in again.json()["detail"]


def test_the_name_of_a_deleted_project_stays_with_its_owner(client, cast):
    publish(cast.owner.actor)
    delete_project(actor=cast.owner.actor, name="trees")

    assert send(client, cast.stranger.token, a_wheel(version="2.0")).status_code == 403
    assert send(client, cast.owner.token, a_wheel(version="2.0")).status_code == 200
    assert send(client, cast.owner.token, a_wheel(version="1.0")).status_code == 400


def test_uploads_need_a_token_of_somebody_who_may(client, cast):
    publish(cast.owner.actor)

    assert send(client, "", a_wheel(version="2.0")).status_code == 401
    assert send(client, "", a_wheel())["WWW-Authenticate"].startswith("Basic ")
    assert send(client, "hf_wrong", a_wheel(version="2.0")).status_code == 401
    assert send(client, cast.stranger.token, a_wheel(version="2.0")).status_code == 403
    read_only = a_token(cast.owner.user, TokenRole.READ)
    assert send(client, read_only, a_wheel(version="2.0")).status_code == 403


def test_a_token_of_one_project_reaches_no_other(client, cast):
    publish(cast.owner.actor)
    publish(cast.owner.actor, a_wheel("bushes"))
    grants = [{"target": "package:trees", "need": 3}]
    token = a_token(cast.owner.user, TokenRole.FINE_GRAINED, grants=grants)
    expired = a_token(
        cast.owner.user,
        TokenRole.FINE_GRAINED,
        grants=grants,
        expires_at=timezone.now() - timedelta(seconds=1),
    )

    assert send(client, token, a_wheel(version="2.0")).status_code == 200
    assert send(client, token, a_wheel("bushes", "2.0")).status_code == 403
    assert send(client, token, a_wheel("flowers", "2.0")).status_code == 403
    assert send(client, expired, a_wheel(version="3.0")).status_code == 401


def test_an_upload_creates_the_project_where_the_token_reaches(client, cast):
    token = a_token(
        cast.member.user, TokenRole.FINE_GRAINED, grants=[{"target": "namespace:grove", "need": 3}]
    )

    assert send(client, token, a_wheel()).status_code == 200

    assert Project.objects.get().namespace == cast.organization
    assert send(client, cast.owner.token, a_wheel(version="2.0")).status_code == 200


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({":action": "submit"}, "file_upload"),
        ({"name": "bushes"}, "filename"),
        ({"version": "1.1"}, "version"),
        ({"version": "one"}, "version"),
        ({"filetype": "sdist"}, "filetype"),
        ({"sha256_digest": "0" * 64}, "sha256_digest"),
        ({"blake2_256_digest": "0" * 64}, "blake2_256_digest"),
        ({"md5_digest": "0" * 32}, "md5_digest"),
        ({"requires_dist": ["evil"]}, "requires_dist"),
        ({"requires_python": ">=2"}, "requires_python"),
        ({"name": ""}, "name"),
        ({"content": ""}, "content"),
        ({"summary": "a\0b"}, "NUL"),
    ],
)
def test_a_form_that_contradicts_the_file_is_refused(client, cast, change, words):
    answer = send(client, cast.owner.token, a_wheel(), **change)

    assert answer.status_code == 400
    assert words in answer.json()["detail"]
    assert (Project.objects.count(), UsedFilename.objects.count()) == (0, 0)


def bad_wheels() -> dict[str, tuple[str, bytes]]:
    good_name, good = a_wheel()
    folder, contents = "trees-1.0.dist-info", wrong_names()
    duplicate = io.BytesIO()
    with zipfile.ZipFile(duplicate, "w") as archive, warnings.catch_warnings(action="ignore"):
        for _one in range(2):
            archive.writestr(f"{folder}/METADATA", core_metadata("trees", "1.0"))
    link = io.BytesIO()
    with zipfile.ZipFile(link, "w") as archive:
        entry = zipfile.ZipInfo("trees/passwd")
        entry.external_attr = 0o120777 << 16
        archive.writestr(entry, "/etc/passwd")
    return {
        "empty": (good_name, b""),
        "text": (good_name, b"not a zip archive"),
        "cut": (good_name, good[: len(good) // 2]),
        "appended": (good_name, good + b"more"),
        "prepended": (good_name, b"#!/bin/sh\n" + good),
        "two archives": (good_name, a_zip({"a": b"b"}) + good),
        "renamed entry": (good_name, good.replace(b"trees/__init__.py", b"trees/__evil__.py", 1)),
        "other size": (good_name, _with_other_size(good)),
        "inner name": a_wheel(metadata=core_metadata("bushes", "1.0")),
        "inner version": a_wheel(metadata=core_metadata("trees", "1.1")),
        "no metadata": (good_name, a_zip({"trees/__init__.py": b""})),
        "two folders": a_wheel(files={"other-1.0.dist-info/METADATA": b""}),
        "no record": (good_name, a_zip(contents)),
        "unlisted": (good_name, a_zip({**contents, f"{folder}/RECORD": b"", "trees/__init__.py": b""})),
        "traversal": a_wheel(files={"../evil.py": b""}),
        "absolute": a_wheel(files={"/etc/evil.py": b""}),
        "backslash": a_wheel(files={"..\\evil.py": b""}),
        "drive": a_wheel(files={"C:/evil.py": b""}),
        "duplicate": (good_name, duplicate.getvalue()),
        "link": (good_name, link.getvalue()),
        "bomb": a_wheel(files={"trees/zeros": bytes(80 << 20)}),
        "large metadata": a_wheel(metadata=core_metadata("trees", "1.0", "x" * 10) + "y" * (3 << 20)),
        "two names": a_wheel(metadata=core_metadata("trees", "1.0", "Name: bushes\n")),
        "no name": a_wheel(metadata="Metadata-Version: 2.1\nVersion: 1.0\n"),
        "binary metadata": a_wheel(metadata="\x01\x02\x03"),
        "bad requirement": a_wheel(more="Requires-Dist: ???\n"),
        "local version": a_wheel(version="1.0+local"),
        "odd tag": ("trees-1.0-whatever.whl", good),
        "odd name": ("trees-1.0 -py3-none-any.whl", good),
        "malware": a_wheel(files={"trees/data.txt": b"." * 1000 + EICAR}),
    }


def _with_other_size(good: bytes) -> bytes:
    """Return the archive with another compressed size in the first local header."""
    changed = bytearray(good)
    size = struct.unpack_from("<I", changed, 18)[0]
    struct.pack_into("<I", changed, 18, size + 1)
    struct.pack_into("<H", changed, 28, 0)
    return bytes(changed[:30]) + b"x" + bytes(changed[30:])


@pytest.mark.parametrize("kind", list(bad_wheels()))
def test_a_wheel_that_installers_could_read_differently_is_refused(client, cast, kind):
    answer = send(client, cast.owner.token, bad_wheels()[kind])

    assert answer.status_code == 400, kind
    assert answer.json()["detail"] == answer.reason_phrase
    assert (Project.objects.count(), UsedFilename.objects.count()) == (0, 0)


def bad_sources() -> dict[str, list[tarfile.TarInfo]]:
    def entry(name: str, kind: bytes = tarfile.REGTYPE, link: str = "", size: int = 0) -> tarfile.TarInfo:
        found = tarfile.TarInfo(name)
        found.type, found.linkname, found.size = kind, link, size
        return found

    folder = "trees-1.0"
    return {
        "traversal": [entry(f"{folder}/../../evil")],
        "absolute": [entry("/etc/evil")],
        "other folder": [entry("evil-1.0/setup.py")],
        "link out": [entry(f"{folder}/a", tarfile.SYMTYPE, "../../etc/passwd")],
        "absolute link": [entry(f"{folder}/a", tarfile.SYMTYPE, "/etc/passwd")],
        "hard link": [entry(f"{folder}/a", tarfile.LNKTYPE, "/etc/passwd")],
        "device": [entry(f"{folder}/a", tarfile.CHRTYPE)],
        "pipe": [entry(f"{folder}/a", tarfile.FIFOTYPE)],
        "duplicate": [entry(f"{folder}/trees.py")],
        "bomb": [entry(f"{folder}/zeros", size=80 << 20)],
    }


@pytest.mark.parametrize("kind", list(bad_sources()))
def test_a_source_archive_with_unsafe_entries_is_refused(client, cast, kind):
    answer = send(client, cast.owner.token, an_sdist(entries=bad_sources()[kind]))

    assert answer.status_code == 400, kind
    assert not UsedFilename.objects.exists()


def test_a_link_within_a_source_archive_is_fine(client, cast):
    link = tarfile.TarInfo("trees-1.0/alias.py")
    link.type, link.linkname = tarfile.SYMTYPE, "trees.py"

    assert send(client, cast.owner.token, an_sdist(entries=[link])).status_code == 200


def test_a_form_with_too_much_metadata_is_refused(client, cast):
    answer = send(client, cast.owner.token, a_wheel(), description="x" * (5 << 20))

    assert (answer.status_code, "larger than" in answer.reason_phrase) == (400, True)


def test_an_upload_that_is_cut_stores_nothing(client, cast):
    form = form_of(*a_wheel())
    form["content"] = SimpleUploadedFile(form["content"].name, a_wheel()[1][:-40])

    answer = client.post("/legacy", form, headers=basic(cast.owner.token))

    assert (answer.status_code, "sha256_digest" in answer.reason_phrase) == (400, True)
    assert not ProjectFile.objects.exists()


def test_a_standard_module_and_a_common_slip_are_no_names(client, cast):
    for name in ("json", "requirements-txt"):
        assert send(client, cast.owner.token, a_wheel(name)).status_code == 422, name


def test_yanked_versions_stay_listed_with_the_reason(client, cast):
    publish(cast.owner.actor)
    yank_version(actor=cast.owner.actor, name="trees", version="1.0", reason="Broken")
    yanked = listing(client).json()["files"][0]["yanked"]
    restore_version(actor=cast.owner.actor, name="trees", version="1.0")

    assert (yanked, listing(client).json()["files"][0]["yanked"]) == ("Broken", False)
    assert not ProjectVersion.objects.get().is_yanked


def test_archived_projects_take_no_uploads_and_say_so(client, cast):
    publish(cast.owner.actor)
    update_project(actor=cast.owner.actor, name="trees", status="archived", status_reason="Use bushes")

    answer = send(client, cast.owner.token, a_wheel(version="2.0"))

    assert answer.status_code == 403
    assert listing(client).json()["project-status"] == {"status": "archived", "reason": "Use bushes"}
    assert send(client, cast.owner.token, a_wheel()).status_code == 200


def test_a_quarantined_project_offers_nothing(client, cast):
    publish(cast.owner.actor)
    url = listing(client).json()["files"][0]["url"]
    Project.objects.update(status=ProjectStatus.QUARANTINED, serial=10**6)

    page = listing(client).json()

    assert (page["project-status"]["status"], page["files"]) == ("quarantined", [])
    assert client.get(url).status_code == 403
    assert client.get(f"{url}.metadata").status_code == 403
    assert send(client, cast.owner.token, a_wheel(version="2.0")).status_code == 403


def test_a_private_project_is_absent_to_others(client, cast):
    create_project(actor=cast.owner.actor, name="trees", owner="grove", is_private=True)
    file = publish(cast.owner.actor)
    path = f"/packages/trees/{file.filename}"

    member, stranger = basic(cast.member.token, "member"), basic(cast.stranger.token)

    assert [client.get("/simple/trees/", headers=one).status_code for one in ({}, stranger, member)] == [
        404,
        404,
        200,
    ]
    assert [client.get(path, headers=one).status_code for one in ({}, stranger, member)] == [401, 404, 200]
    assert client.get(path)["WWW-Authenticate"].startswith("Basic ")
    assert client.get("/packages/absent/absent-1.0.tar.gz").status_code == 401
    assert client.get("/simple/", headers={"accept": JSON}).json()["projects"] == []
    names = client.get("/simple/", headers={"accept": JSON, **member}).json()["projects"]
    assert [one["name"] for one in names] == ["trees"]
    assert send(client, cast.stranger.token, a_wheel(version="2.0")).status_code == 403


def test_an_index_that_is_not_for_anonymous_users_challenges_them(client, cast, settings):
    settings.PACKAGES_ANONYMOUS = False
    publish(cast.owner.actor)

    for path in ("/simple/", "/simple/trees/", "/simple/absent/"):
        answer = client.get(path)
        assert (answer.status_code, answer["WWW-Authenticate"].partition(" ")[0]) == (401, "Basic")
    assert client.get("/simple/trees/", headers=basic(cast.stranger.token)).status_code == 200


def test_the_site_can_require_a_second_factor_of_publishers(client, cast, settings):
    settings.PACKAGES_NEED_SECOND_FACTOR = True

    assert send(client, cast.owner.token, a_wheel()).json()["code"] == "SecondFactorRequired"


def test_whole_downloads_are_counted_once(client, cast):
    file = publish(cast.owner.actor)
    path = f"/packages/trees/{file.filename}"

    client.get(path)
    client.get(path, headers={"range": "bytes=0-9"})
    client.head(path)
    client.get(f"{path}.metadata")
    client.get(path, headers={"if-none-match": f'"{file.sha256}"'})

    file.refresh_from_db()
    assert (file.downloads, Project.objects.get().downloads) == (1, 1)
    assert list(Project.objects.get().download_days.values_list("version", "count")) == [("1.0", 1)]


def test_a_file_is_downloaded_by_range(client, cast):
    name, data = a_wheel()
    publish(cast.owner.actor, (name, data))

    part = client.get(f"/packages/trees/{name}", headers={"range": "bytes=10-19"})

    assert (part.status_code, b"".join(part)) == (206, data[10:20])


def test_a_reserved_prefix_belongs_to_one_owner(client, cast, settings):
    settings.PACKAGES_RESERVED_PREFIXES = {"grove": "grove"}

    assert send(client, cast.stranger.token, a_wheel("grove-tools")).json()["code"] == "NameReserved"
    assert send(client, cast.stranger.token, a_wheel("groves")).status_code == 200
    token = a_token(
        cast.member.user, TokenRole.FINE_GRAINED, grants=[{"target": "namespace:grove", "need": 3}]
    )
    assert send(client, token, a_wheel("grove-tools")).status_code == 200


def test_the_listing_of_a_large_project_takes_few_queries(client, cast, django_assert_max_num_queries):
    for number in range(5):
        publish(cast.owner.actor, a_wheel(version=f"1.{number}"))

    with django_assert_max_num_queries(6):
        assert len(json.loads(listing(client).content)["files"]) == 5
    with django_assert_max_num_queries(3):
        listing(client)


# security


def test_moderators_put_a_reported_project_into_quarantine_and_end_it(client, cast):
    file = publish(cast.owner.actor)
    update_project(actor=cast.owner.actor, name="trees", status="deprecated")
    content = f"project:{Project.objects.get().public_id}"
    made = report(actor=cast.stranger.actor, content=content, reason=ReportReason.ILLEGAL)

    decide(
        actor=cast.staff.actor, public_id=made.review.public_id, act=Act.DECLINE, statement="Steals passwords"
    )

    assert listing(client).json()["project-status"]["status"] == "quarantined"
    assert listing(client).json()["files"] == []
    assert client.get(f"/packages/trees/{file.filename}").status_code == 403
    assert send(client, cast.owner.token, a_wheel(version="2.0")).status_code == 403
    quarantined = Event.objects.get(kind="packages", facts__occasion="quarantined")
    assert list(quarantined.direct) == [str(cast.owner.user.pk)]
    undo(actor=cast.staff.actor, public_id=made.review.public_id)
    assert listing(client).json()["project-status"]["status"] == "deprecated"
    assert len(listing(client).json()["files"]) == 1


def test_owners_do_not_decide_about_their_own_projects(client, cast):
    publish(cast.owner.actor)
    content = f"project:{Project.objects.get().public_id}"
    made = report(actor=cast.stranger.actor, content=content, reason=ReportReason.SPAM)

    with pytest.raises(ReviewNotFound):
        decide(actor=cast.owner.actor, public_id=made.review.public_id, act=Act.APPROVE)


def test_shadowed_commands_and_code_at_start_are_noted(client, cast):
    scripts = b"[console_scripts]\nls = trees:main\ntrees = trees:main\n"
    files = {"trees-1.0.dist-info/entry_points.txt": scripts, "trees.pth": b"import trees\n"}

    assert send(client, cast.owner.token, a_wheel(files=files)).status_code == 200

    file = ProjectFile.objects.get()
    assert file.scan == "noted"
    assert {(note["code"], note["subject"]) for note in file.scan_notes} == {
        ("system_command", "ls"),
        ("runs_at_start", "trees.pth"),
    }
    assert len(listing(client).json()["files"]) == 1


@pytest.mark.parametrize(("status", "answer"), [(0, 200), (1, 400), (2, 503)])
def test_the_scanner_of_the_operator_decides(client, cast, settings, status, answer):
    settings.PACKAGES_SCAN_COMMAND = ["sh", "-c", f"exit {status}"]

    assert send(client, cast.owner.token, a_wheel()).status_code == answer
    assert ProjectFile.objects.count() == (answer == 200)


def test_a_file_that_a_newer_scanner_knows_is_blocked(client, cast, settings):
    file = publish(cast.owner.actor)
    settings.PACKAGES_SCAN_COMMAND = ["false"]

    call_command("scan_packages", stdout=io.StringIO())

    file.refresh_from_db()
    assert file.scan == "blocked"
    assert Project.objects.get().status == ProjectStatus.QUARANTINED
    assert ReviewItem.objects.get().content == f"project:{Project.objects.get().public_id}"
