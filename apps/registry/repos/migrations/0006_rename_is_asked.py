"""Rename `is_asked` of access requests to `is_requested`."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("repos", "0005_rename_licence")]

    operations = [migrations.RenameField("AccessRequest", "is_asked", "is_requested")]
