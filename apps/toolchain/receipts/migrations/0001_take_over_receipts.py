import uuid

import django.db.models.deletion
from django.db import migrations, models

MODELS = ["signingkey", "receipt"]


def _rename_content_types(apps, before, after):
    apps.get_model("contenttypes", "ContentType").objects.filter(app_label=before, model__in=MODELS).update(
        app_label=after
    )


def take_content_types(apps, schema_editor):
    _rename_content_types(apps, "jobs", "receipts")


def return_content_types(apps, schema_editor):
    _rename_content_types(apps, "receipts", "jobs")


class Migration(migrations.Migration):
    """Takes the models over from jobs; their tables, rows, content types and permissions stay."""

    initial = True
    dependencies = [
        ("contenttypes", "0002_remove_content_type_name"),
        ("jobs", "0003_label_states_and_devices"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="SigningKey",
                    fields=[
                        ("key_id", models.CharField(max_length=16, primary_key=True, serialize=False)),
                        ("public_key", models.CharField(max_length=44)),
                        ("created_at", models.DateTimeField(auto_now_add=True)),
                    ],
                    options={"db_table": "jobs_signingkey"},
                ),
                migrations.CreateModel(
                    name="Receipt",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("model_key", models.UUIDField(null=True)),
                        ("dataset_key", models.UUIDField(null=True)),
                        ("document", models.TextField()),
                        ("signature", models.CharField(max_length=88)),
                        ("scores", models.JSONField()),
                        ("issued_at", models.DateTimeField()),
                        (
                            "job",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="receipt",
                                to="jobs.job",
                            ),
                        ),
                        (
                            "signing_key",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="receipts",
                                to="receipts.signingkey",
                            ),
                        ),
                    ],
                    options={
                        "db_table": "jobs_receipt",
                        "indexes": [
                            models.Index(fields=["model_key", "-issued_at", "id"], name="receipts_of_model"),
                            models.Index(
                                fields=["dataset_key", "-issued_at", "id"], name="receipts_of_dataset"
                            ),
                        ],
                    },
                ),
            ],
        ),
        migrations.RunPython(take_content_types, return_content_types),
    ]
