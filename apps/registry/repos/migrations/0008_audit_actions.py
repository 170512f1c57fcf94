"""Recorded actions on repositories carry their new names."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

RENAMED = {
    "access.asked": "access.requested",
    "repo.hidden": "repo.made_private",
    "repo.shown": "repo.made_public",
}


def rename(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    entries = apps.get_model("audit", "AuditEntry").objects
    for old, new in RENAMED.items():
        entries.filter(action=old).update(action=new)


def restore(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    entries = apps.get_model("audit", "AuditEntry").objects
    for old, new in RENAMED.items():
        entries.filter(action=new).update(action=old)


class Migration(migrations.Migration):
    dependencies = [("repos", "0007_labels"), ("audit", "0001_initial")]

    operations = [migrations.RunPython(rename, restore)]
