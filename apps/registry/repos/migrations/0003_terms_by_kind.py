"""One index of search terms per kind."""

import django.contrib.postgres.indexes
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_accounts"),
        ("repos", "0002_gated"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="repo",
            name="repo_terms",
        ),
        migrations.AddIndex(
            model_name="repo",
            index=django.contrib.postgres.indexes.GinIndex(
                condition=models.Q(("kind", "model")), fields=["terms"], name="repo_terms_model"
            ),
        ),
        migrations.AddIndex(
            model_name="repo",
            index=django.contrib.postgres.indexes.GinIndex(
                condition=models.Q(("kind", "dataset")), fields=["terms"], name="repo_terms_dataset"
            ),
        ),
        migrations.AddIndex(
            model_name="repo",
            index=django.contrib.postgres.indexes.GinIndex(
                condition=models.Q(("kind", "space")), fields=["terms"], name="repo_terms_space"
            ),
        ),
        migrations.AddIndex(
            model_name="repo",
            index=django.contrib.postgres.indexes.GinIndex(
                condition=models.Q(("kind", "kernel")), fields=["terms"], name="repo_terms_kernel"
            ),
        ),
    ]
