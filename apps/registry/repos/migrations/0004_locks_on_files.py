"""Locks on files that cannot be merged."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("repos", "0003_private_index"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="FileLock",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(max_length=1024)),
                ("locked_at", models.DateTimeField(auto_now_add=True)),
                (
                    "owner",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL),
                ),
                (
                    "repo",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="locks", to="repos.repo"),
                ),
            ],
            options={"constraints": [models.UniqueConstraint(fields=("repo", "path"), name="one_lock_per_path")]},
        ),
    ]
