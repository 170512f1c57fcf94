"""New labels of gating and relations, which the database does not store."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("repos", "0006_rename_is_asked")]

    operations = [
        migrations.AlterField(
            "Repo",
            "gating",
            models.CharField(
                blank=True,
                choices=[("", "Not gated"), ("auto", "Automatic approval"), ("manual", "Manual approval")],
                default="",
                max_length=6,
            ),
        ),
        migrations.AlterField(
            "RepoRelation",
            "relation",
            models.CharField(
                choices=[
                    ("finetune", "Fine-tune"),
                    ("adapter", "Adapter"),
                    ("quantized", "Quantized"),
                    ("merge", "Merge"),
                    ("trained_on", "Trained on"),
                ],
                max_length=10,
            ),
        ),
    ]
