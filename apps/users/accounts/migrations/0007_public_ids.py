"""Add public ids of access tokens and invitations."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_drop_avatar_images")]

    operations = [
        migrations.AddField(name, "public_id", models.UUIDField(null=True, editable=False))
        for name in ("accesstoken", "invitation")
    ]
