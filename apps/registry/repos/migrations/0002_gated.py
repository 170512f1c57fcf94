"""Gated repositories and access requests."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_accounts"),
        ("repos", "0001_repos"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AccessRequest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("pending", "Pending"), ("accepted", "Accepted"), ("rejected", "Rejected")],
                        default="pending",
                        max_length=8,
                    ),
                ),
                ("is_asked", models.BooleanField(default=True)),
                ("reason", models.CharField(blank=True, max_length=1000)),
                ("reply", models.CharField(blank=True, max_length=1000)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("decided_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name="repo",
            name="gating",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", "Not gated: whoever may see it may read its files"),
                    ("auto", "Gated, automatic: whoever asks is let in and noted"),
                    ("manual", "Gated, by hand: you decide on each request"),
                ],
                default="",
                max_length=6,
            ),
        ),
        migrations.AddIndex(
            model_name="repo",
            index=models.Index(
                condition=models.Q(("deleted_at", None), models.Q(("gating", ""), _negated=True)),
                fields=["kind"],
                name="repo_gated",
            ),
        ),
        migrations.AddField(
            model_name="accessrequest",
            name="decided_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="accessrequest",
            name="repo",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="access_requests", to="repos.repo"
            ),
        ),
        migrations.AddField(
            model_name="accessrequest",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="access_requests",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddIndex(
            model_name="accessrequest",
            index=models.Index(fields=["repo", "state", "created_at", "id"], name="access_requests_by_state"),
        ),
        migrations.AddConstraint(
            model_name="accessrequest",
            constraint=models.UniqueConstraint(fields=("repo", "user"), name="one_access_request_per_person"),
        ),
    ]
