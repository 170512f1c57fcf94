"""Says `is_requested` for access that a person requested, rather than was granted."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("repos", "0005_rename_licence")]

    operations = [migrations.RenameField("AccessRequest", "is_asked", "is_requested")]
