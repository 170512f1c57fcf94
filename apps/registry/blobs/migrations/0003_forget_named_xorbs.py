"""Forget xorbs that a user only named: they may contain chunks that others uploaded."""

from django.db import migrations
from django.db.models import Exists, OuterRef


def forget(apps, schema_editor):
    """Keep the first row of each xorb, since nobody could name it before it was uploaded."""
    rows = apps.get_model("blobs", "RepoXorb").objects
    rows.filter(Exists(rows.filter(xorb=OuterRef("xorb"), pk__lt=OuterRef("pk")))).delete()


class Migration(migrations.Migration):
    dependencies = [("blobs", "0002_known_xorbs_and_reservations")]

    operations = [migrations.RunPython(forget, migrations.RunPython.noop)]
