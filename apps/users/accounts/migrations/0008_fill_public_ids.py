"""Give existing access tokens and invitations their public ids; organizations get their new kind."""

from django.contrib.postgres.functions import RandomUUID
from django.db import migrations

BATCH = 1000
OLD, NEW = "organisation", "organization"


def in_batches(rows, **values):
    """Update rows, which leave the queryset as they are changed."""
    while ids := list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH]):
        rows.filter(pk__in=ids).update(**values)


def fill(apps, schema_editor):
    for name in ("AccessToken", "Invitation"):
        rows = apps.get_model("accounts", name).objects
        in_batches(rows.filter(public_id=None), public_id=RandomUUID())
    in_batches(apps.get_model("accounts", "Namespace").objects.filter(kind=OLD), kind=NEW)


def restore(apps, schema_editor):
    in_batches(apps.get_model("accounts", "Namespace").objects.filter(kind=NEW), kind=OLD)


class Migration(migrations.Migration):
    # each batch by itself: a run that was interrupted continues
    atomic = False
    dependencies = [("accounts", "0007_public_ids")]

    operations = [migrations.RunPython(fill, restore, elidable=True)]
