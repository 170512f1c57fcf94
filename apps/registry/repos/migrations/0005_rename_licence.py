"""Spell `license` as cards and the hub protocol do.

PostgreSQL updates its indexes with the column, so only Django's state needs their new definitions.
"""

import django.contrib.postgres.indexes
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("repos", "0004_rename_facets_index")]

    operations = [
        migrations.RenameField("Repo", "licence", "license"),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveIndex("Repo", "repo_facet_values"),
                migrations.RemoveIndex("Repo", "repo_facts"),
                migrations.AddIndex(
                    "Repo",
                    models.Index(
                        fields=["kind", "id"],
                        include=("is_private", "task", "library", "license", "languages"),
                        condition=models.Q(("deleted_at", None)),
                        name="repo_facet_values",
                    ),
                ),
                migrations.AddIndex(
                    "Repo",
                    django.contrib.postgres.indexes.GinIndex(
                        fields=["task", "library", "license", "languages", "tags", "base_models", "datasets"],
                        name="repo_facts",
                    ),
                ),
            ],
        ),
    ]
