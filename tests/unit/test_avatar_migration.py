"""Avatars of an older version move from the database to the object store, and back."""

from __future__ import annotations

import hashlib
import importlib
import os

import pytest
from django.apps import apps
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from apps.core.objects.folders import StoredObject
from apps.core.objects.migration import check_objects
from apps.core.objects.stores import object_store
from apps.users.accounts.folders import AVATARS
from apps.users.accounts.models import Avatar, Namespace
from tests.api.buckets import Bucket, bucket_server
from tests.makers import the_cast

pytestmark = pytest.mark.django_db(transaction=True)
BEFORE, ADDED, AFTER = "0003_audit_actions", "0004_avatar_objects", "0009_unique_public_ids"
# two people may have the same picture
IMAGES = {"owner": os.urandom(40_000), "member": b"RIFF", "grove": b"RIFF"}


def migrate(name: str):
    """Migrate accounts to a state, backwards too, and return its apps."""
    executor = MigrationExecutor(connection)
    executor.migrate([("accounts", name)])
    return MigrationExecutor(connection).loader.project_state([("accounts", name)]).apps


@pytest.fixture
def before():
    """The version before, with three avatars; afterwards the schema is that of today."""
    the_cast()
    old = migrate(BEFORE)
    for name, image in IMAGES.items():
        digest = hashlib.sha256(image).hexdigest()[:32]
        namespace = old.get_model("accounts", "Namespace").objects.get(key=name)
        old.get_model("accounts", "Avatar").objects.create(namespace=namespace, digest=digest, image=image)
        Namespace.objects.filter(key=name).update(avatar=digest)
    yield old
    # those of other apps too, which need the present one of this app
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())


@pytest.fixture(params=["local", "s3"])
def store(request, settings, tmp_path, own_store):
    if request.param == "local":
        yield object_store()
        return
    with bucket_server() as url:
        settings.OBJECT_STORE = Bucket(url).options
        yield object_store()


def images() -> dict[str, bytes]:
    rows = Avatar.objects.select_related("namespace")
    return {row.namespace.key: AVATARS.read(StoredObject(row.sha256, row.size)) for row in rows}


def test_pictures_become_objects_and_keep_their_urls(store, before, client):
    migrate(AFTER)

    assert images() == IMAGES
    assert check_objects([AVATARS], object_store(), deep=True).present == 2
    for namespace in Namespace.objects.filter(key__in=IMAGES):
        answer = client.get(namespace.avatar_url)
        assert b"".join(answer.streaming_content) == IMAGES[namespace.key]
        assert answer["Content-Type"] == "image/webp"


def test_pictures_come_back_with_the_version_before(own_store, before):
    migrate(AFTER)

    old = migrate(BEFORE).get_model("accounts", "Avatar").objects.select_related("namespace")

    assert {row.namespace.key: bytes(row.image) for row in old} == IMAGES
    assert all(row.digest == row.namespace.avatar for row in old)


def test_a_move_that_was_interrupted_continues(own_store, before, monkeypatch):
    step = importlib.import_module("apps.users.accounts.migrations.0005_store_avatars")
    state = migrate(ADDED)
    put, done = step.object_store().put, []

    def fail_at_the_second(key: str, data: bytes) -> None:
        if done:
            raise KeyboardInterrupt
        put(key, data)
        done.append(key)

    monkeypatch.setattr(step.object_store(), "put", fail_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        step.store(state, None)
    assert state.get_model("accounts", "Avatar").objects.exclude(sha256="").count() == 1
    monkeypatch.undo()
    migrate(AFTER)

    assert images() == IMAGES


def test_pictures_are_read_one_at_a_time(own_store, before, django_assert_max_num_queries, monkeypatch):
    step = importlib.import_module("apps.users.accounts.migrations.0005_store_avatars")
    state = migrate(ADDED)
    monkeypatch.setattr(step, "BATCH", 2)

    with django_assert_max_num_queries(3 + 2 * len(IMAGES)) as queries:
        step.store(state, None)

    with_bytes = [query["sql"] for query in queries.captured_queries if '"image"' in query["sql"]]
    assert len(with_bytes) == len(IMAGES)


def test_there_is_nothing_to_do_without_pictures(own_store):
    importlib.import_module("apps.users.accounts.migrations.0005_store_avatars").store(apps, None)

    assert list(AVATARS.entries()) == []
