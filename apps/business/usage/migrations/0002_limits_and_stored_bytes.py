"""Limits, and counts of stored bytes."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_audit_actions"),
        ("usage", "0001_usage_events"),
    ]

    operations = [
        migrations.CreateModel(
            name="StoredTotal",
            fields=[
                (
                    "namespace",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="stored_total",
                        serialize=False,
                        to="accounts.namespace",
                    ),
                ),
                ("size_bytes", models.BigIntegerField(default=0)),
            ],
        ),
        migrations.AlterField(
            model_name="usageevent",
            name="meter",
            field=models.CharField(
                choices=[
                    ("cpu_seconds", "CPU time"),
                    ("gpu_seconds", "GPU time"),
                    ("storage_bytes", "Storage"),
                    ("uncommitted_bytes", "Uncommitted uploads"),
                    ("active_jobs", "Concurrent jobs"),
                ],
                max_length=32,
            ),
        ),
        migrations.CreateModel(
            name="Limit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "meter",
                    models.CharField(
                        choices=[
                            ("cpu_seconds", "CPU time"),
                            ("gpu_seconds", "GPU time"),
                            ("storage_bytes", "Storage"),
                            ("uncommitted_bytes", "Uncommitted uploads"),
                            ("active_jobs", "Concurrent jobs"),
                        ],
                        max_length=32,
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        choices=[("operator", "Operator"), ("plan", "Plan"), ("grant", "Grant")],
                        max_length=16,
                    ),
                ),
                ("value", models.BigIntegerField(null=True)),
                ("note", models.CharField(blank=True, max_length=300)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "namespace",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="limits",
                        to="accounts.namespace",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("namespace", "meter", "source"), name="one_limit_per_source"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("value__gte", 0)), name="limit_is_not_negative"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="StoredItem",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("source", models.CharField(max_length=40)),
                ("key", models.CharField(max_length=64)),
                ("size_bytes", models.BigIntegerField(default=0)),
                (
                    "namespace",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="stored_items",
                        to="accounts.namespace",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("source", "key"), name="one_stored_item_per_key")
                ],
            },
        ),
    ]
