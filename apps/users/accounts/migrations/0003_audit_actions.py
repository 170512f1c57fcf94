"""Recorded actions of accounts carry their new names."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

RENAMED = {
    "namespace.picture_set": "namespace.avatar_set",
    "namespace.picture_removed": "namespace.avatar_removed",
    "organisation.created": "organization.created",
    "organisation.invited": "organization.invited",
    "organisation.joined": "organization.joined",
    "organisation.role_changed": "organization.role_changed",
    "organisation.member_removed": "organization.member_removed",
    "organisation.left": "organization.left",
    "organisation.removed": "organization.removed",
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
    dependencies = [("accounts", "0002_avatars"), ("audit", "0001_initial")]

    operations = [migrations.RunPython(rename, restore)]
