"""Rename pictures of namespaces to avatars."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_accounts")]

    operations = [
        migrations.RenameModel("Picture", "Avatar"),
        migrations.RenameField("namespace", "picture", "avatar"),
        migrations.AlterField(
            "avatar",
            "namespace",
            models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="avatar_row",
                to="accounts.namespace",
            ),
        ),
    ]
