"""Rows of who was made from whom, and of downloads by day."""

import django.db.models.deletion
from django.db import migrations, models

KINDS = [("model", "Model"), ("dataset", "Dataset"), ("space", "Application"), ("kernel", "Kernel")]
RELATIONS = [
    ("finetune", "Fine-tune"),
    ("adapter", "Adapter"),
    ("quantized", "Quantised"),
    ("merge", "Merge"),
    ("trained_on", "Trained on"),
]


class Migration(migrations.Migration):
    dependencies = [("repos", "0006_indexes_of_lists_and_search")]

    operations = [
        migrations.CreateModel(
            name="RepoRelation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("relation", models.CharField(choices=RELATIONS, max_length=10)),
                ("target_kind", models.CharField(choices=KINDS, max_length=8)),
                ("target", models.CharField(max_length=200)),
                ("target_key", models.CharField(max_length=200)),
                ("repo", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="relations", to="repos.repo")),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("repo", "target_kind", "target_key"), name="one_relation_per_target")],
                "indexes": [models.Index(fields=["target_kind", "target_key", "relation", "repo"], name="relations_to")],
            },
        ),
        migrations.CreateModel(
            name="DownloadDay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("count", models.PositiveIntegerField(default=0)),
                ("repo", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="download_days", to="repos.repo")),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("repo", "day"), name="one_count_per_day")],
                "indexes": [models.Index(fields=["day"], name="download_days_by_day")],
            },
        ),
    ]
