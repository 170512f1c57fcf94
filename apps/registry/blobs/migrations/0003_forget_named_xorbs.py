"""A xorb is told of where it was sent, and no longer where it was only named: there it may hold chunks of others."""

from django.db import migrations
from django.db.models import Exists, OuterRef


def forget(apps, schema_editor):
    """Keep the first row of each xorb: nobody could name it before it was sent. Who loses a row sends the xorb once more."""
    rows = apps.get_model("blobs", "RepoXorb").objects
    rows.filter(Exists(rows.filter(xorb=OuterRef("xorb"), pk__lt=OuterRef("pk")))).delete()


class Migration(migrations.Migration):
    dependencies = [("blobs", "0002_known_xorbs_and_reservations")]

    operations = [migrations.RunPython(forget, migrations.RunPython.noop)]
