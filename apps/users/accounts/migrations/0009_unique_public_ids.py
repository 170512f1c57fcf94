"""Every access token and invitation has a public id."""

import uuid

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0008_fill_public_ids")]

    operations = [
        *(
            migrations.AlterField(
                name, "public_id", models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
            )
            for name in ("accesstoken", "invitation")
        ),
        migrations.AlterField(
            "namespace",
            "kind",
            models.CharField(
                max_length=16,
                choices=[("person", "Person"), ("organization", "Organization")],
                default="person",
            ),
        ),
    ]
