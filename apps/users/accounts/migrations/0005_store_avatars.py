"""Move the bytes of avatars from the database to the object store, one at a time."""

import hashlib

from django.db import migrations

from apps.core.objects.stores import object_store

BATCH = 100


def key_of(sha256):
    return f"avatars/{sha256[:2]}/{sha256[2:4]}/{sha256}"


def batches(rows):
    """Yield the ids of rows, which leave the queryset as they are changed."""
    while ids := list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH]):
        yield from ids


def store(apps, schema_editor):
    rows = apps.get_model("accounts", "Avatar").objects
    for pk in batches(rows.filter(sha256="")):
        image = bytes(rows.values_list("image", flat=True).get(pk=pk))
        sha256 = hashlib.sha256(image).hexdigest()
        object_store().put(key_of(sha256), image)
        rows.filter(pk=pk).update(sha256=sha256, size=len(image))


def load(apps, schema_editor):
    rows = apps.get_model("accounts", "Avatar").objects
    for pk in batches(rows.filter(digest="")):
        sha256, size = rows.values_list("sha256", "size").get(pk=pk)
        image = object_store().read(key_of(sha256), 0, size)
        rows.filter(pk=pk).update(digest=sha256[:32], image=image)


class Migration(migrations.Migration):
    # each picture by itself: a run that was interrupted continues
    atomic = False
    dependencies = [("accounts", "0004_avatar_objects")]

    operations = [migrations.RunPython(store, load, elidable=True)]
