"""Avatars: strict decoding, re-encoding, display; and the consequences of deleting an account."""

from __future__ import annotations

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from apps.core.objects.images import BadImage
from apps.users.accounts.avatars import FILE_LIMIT_BYTES, SIDE_PIXELS, normalize_avatar
from apps.users.accounts.folders import AVATARS
from apps.users.accounts.models import Avatar, Namespace
from apps.users.accounts.services.avatars import remove_avatar, set_avatar
from apps.users.accounts.services.organizations import remove_organization
from apps.users.accounts.services.people import remove_person
from tests.api.buckets import Bucket, bucket_server
from tests.api.hub import Hub
from tests.makers import a_repo
from tests.pages import data_of, has_id


def an_image(form: str = "PNG", size: tuple[int, int] = (40, 20), *, color=(200, 30, 30), **options) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", size, color).save(written, form, **options)
    return written.getvalue()


def sent(data: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("me.png", data, "image/png")


@pytest.fixture
def as_owner(client, cast):
    client.force_login(cast.owner.user)
    return client


@pytest.fixture(autouse=True)
def _own_store(own_store) -> None: ...


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "GIF"])
def test_an_avatar_is_reencoded_as_a_small_square(form):
    with Image.open(io.BytesIO(normalize_avatar(an_image(form)))) as drawn:
        assert (drawn.format, drawn.size) == ("WEBP", (SIDE_PIXELS, SIDE_PIXELS))


def test_metadata_of_an_avatar_are_removed():
    exif = Image.Exif()
    exif[0x010E] = "taken at home"

    assert b"taken at home" in an_image("JPEG", exif=exif)
    assert b"taken at home" not in normalize_avatar(an_image("JPEG", exif=exif))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        an_image("BMP"),
        an_image("TIFF"),
        an_image("PNG")[:60],
        an_image("JPEG")[:200],
        an_image("PNG", (12_001, 1)),
        b"\x89PNG\r\n\x1a\n" + b"\0" * 100,
        b"x" * (FILE_LIMIT_BYTES + 1),
    ],
)
def test_a_file_that_is_not_an_image_or_too_large_is_refused(data):
    with pytest.raises(BadImage):
        normalize_avatar(data)


def test_an_image_with_too_many_pixels_is_refused_before_it_is_decoded():
    bomb = an_image("PNG", (8000, 8000))
    assert len(bomb) < FILE_LIMIT_BYTES

    with pytest.raises(BadImage, match="pixels"):
        normalize_avatar(bomb)


def test_a_person_sets_and_removes_an_avatar(as_owner, cast):
    as_owner.post("/settings/profile/picture", {"picture": sent(an_image())})

    url = Namespace.objects.get(key="owner").avatar_url
    shown = as_owner.get(url)
    assert f'src="{url}"' in as_owner.get("/owner").content.decode()
    assert (shown.status_code, shown["Content-Type"]) == (200, "image/webp")
    assert "immutable" in shown["Cache-Control"]

    as_owner.post("/settings/profile/picture", {"remove": "1"})
    assert (Namespace.objects.get(key="owner").avatar_url, Avatar.objects.count()) == ("", 0)
    assert as_owner.get(url).status_code == 404


def stored() -> list[str]:
    """Return the SHA-256 of all pictures in the store."""
    return [entry.key.rpartition("/")[2] for entry in AVATARS.entries()]


def test_a_replaced_or_removed_picture_leaves_the_store(cast, django_capture_on_commit_callbacks):
    for color in ((1, 2, 3), (200, 30, 30)):
        with django_capture_on_commit_callbacks(execute=True):
            set_avatar(actor=cast.owner.actor, name="owner", data=an_image(color=color))
    assert stored() == [Avatar.objects.get().sha256]

    with django_capture_on_commit_callbacks(execute=True):
        remove_avatar(actor=cast.owner.actor, name="owner")
    assert stored() == []


def test_the_same_picture_twice_is_one_object_until_nobody_has_it(cast, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        for name in ("owner", "grove", "owner"):
            set_avatar(actor=cast.owner.actor, name=name, data=an_image())
    assert len(stored()) == 1

    with django_capture_on_commit_callbacks(execute=True):
        remove_avatar(actor=cast.owner.actor, name="owner")
    assert stored() == [Avatar.objects.get().sha256]

    with django_capture_on_commit_callbacks(execute=True):
        remove_organization(actor=cast.owner.actor, organization="grove")
    assert stored() == []


def test_a_deleted_account_leaves_no_picture(cast, django_capture_on_commit_callbacks):
    set_avatar(actor=cast.stranger.actor, name="stranger", data=an_image())

    with django_capture_on_commit_callbacks(execute=True):
        remove_person(actor=cast.stranger.actor)

    assert stored() == []


def test_a_picture_is_served_safely_and_conditionally(client, cast):
    url = set_avatar(actor=cast.owner.actor, name="owner", data=an_image()).avatar_url

    whole, head = client.get(url), client.head(url)
    body = b"".join(whole.streaming_content)
    part = client.get(url, headers={"range": "bytes=8-11"})
    known = client.get(url, headers={"if-none-match": whole["ETag"]})

    assert (whole["Content-Security-Policy"], whole["X-Content-Type-Options"]) == (
        "default-src 'none'; sandbox",
        "nosniff",
    )
    assert (head.status_code, head.content, head["Content-Length"]) == (200, b"", str(len(body)))
    assert (part.status_code, b"".join(part.streaming_content)) == (206, b"WEBP")
    assert (known.status_code, known.content) == (304, b"")
    assert client.get(url, headers={"range": f"bytes={len(body)}-"}).status_code == 416


def test_a_picture_in_a_bucket_passes_through_the_site(client, cast, settings):
    with bucket_server() as server:
        settings.OBJECT_STORE = Bucket(server).options
        url = set_avatar(actor=cast.owner.actor, name="owner", data=an_image()).avatar_url

        shown = client.get(url)

        # pages show images of this origin alone
        assert (shown.status_code, b"".join(shown.streaming_content)[8:12]) == (200, b"WEBP")


def test_a_refused_avatar_keeps_the_old_one(as_owner, cast):
    set_avatar(actor=cast.owner.actor, name="owner", data=an_image())
    before = Namespace.objects.get(key="owner").avatar

    page = as_owner.post("/settings/profile/picture", {"picture": sent(b"no picture")}, follow=True)

    assert [message.level_tag for message in page.context["messages"]] == ["error"]
    assert Namespace.objects.get(key="owner").avatar == before


def test_a_body_that_is_too_long_is_refused_by_its_length(as_owner, cast):
    answer = as_owner.post(
        "/settings/profile/picture", {"picture": sent(b"x" * (FILE_LIMIT_BYTES + 100_000))}
    )

    assert answer.status_code == 413


def test_an_avatar_upload_from_another_site_is_refused(cast):
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.owner.user)

    assert client.post("/settings/profile/picture", {"picture": sent(an_image())}).status_code == 403
    assert not Avatar.objects.exists()


def test_only_admins_set_an_organizations_avatar(client, cast):
    for person, status in ((cast.member, 403), (cast.owner, 302)):
        client.force_login(person.user)
        assert (
            client.post("/organizations/grove/picture", {"picture": sent(an_image())}).status_code == status
        )

    assert Avatar.objects.get().namespace.key == "grove"


def test_clients_get_the_url_of_the_avatar(cast):
    set_avatar(actor=cast.owner.actor, name="owner", data=an_image())

    body = Hub(cast.owner).get("/api/whoami-v2").json()

    assert body["avatarUrl"].endswith(Namespace.objects.get(key="owner").avatar_url)


def test_the_deletion_page_lists_consequences_and_blockers(as_owner, cast):
    a_repo(cast.owner, "kept", namespace="grove")

    page = as_owner.get("/organizations/grove/settings").content.decode()

    assert data_of(page, "members") == ["2"]
    assert has_id(page, "not-deletable")
    assert not has_id(as_owner.get("/settings/account").content.decode(), "not-deletable")
