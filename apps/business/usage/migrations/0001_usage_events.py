"""Usage events."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_accounts"),
    ]

    operations = [
        migrations.CreateModel(
            name="UsageEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("source", models.CharField(max_length=40)),
                ("event_id", models.CharField(max_length=120)),
                (
                    "meter",
                    models.CharField(
                        choices=[
                            ("cpu_seconds", "CPU time"),
                            ("gpu_seconds", "GPU time"),
                            ("storage_bytes", "Storage"),
                            ("active_jobs", "Concurrent jobs"),
                        ],
                        max_length=32,
                    ),
                ),
                ("amount", models.BigIntegerField()),
                ("subject", models.CharField(blank=True, max_length=300)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("recorded_at", models.DateTimeField(auto_now_add=True)),
                (
                    "namespace",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="usage_events",
                        to="accounts.namespace",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["namespace", "meter", "at"], name="usage_of_namespace")],
                "constraints": [
                    models.UniqueConstraint(fields=("source", "event_id"), name="one_usage_event_per_id"),
                    models.CheckConstraint(
                        condition=models.Q(("amount__gte", 0)), name="usage_is_not_negative"
                    ),
                ],
            },
        ),
    ]
