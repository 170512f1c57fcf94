"""Repositories, relations, downloads, and the vocabulary of search."""

import uuid

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.contrib.postgres.operations import BtreeGinExtension
from django.db import migrations, models

# only words of public repositories, since suggestions must not reveal private ones
LEARN = r"""
CREATE FUNCTION repos_learn_new() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO search_word (word)
    SELECT DISTINCT lexeme FROM new_rows, unnest(new_rows.terms)
    WHERE NOT new_rows.is_private AND new_rows.deleted_at IS NULL AND lexeme ~ '^[a-z][a-z0-9]{2,39}$' ORDER BY lexeme
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$body$;
CREATE FUNCTION repos_learn() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    PERFORM search_learn(NEW.terms);
    RETURN NULL;
END
$body$;
CREATE TRIGGER repo_learn_new AFTER INSERT ON repos_repo REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION repos_learn_new();
CREATE TRIGGER repo_learn AFTER UPDATE OF name, title, description, tags, is_private, deleted_at ON repos_repo
FOR EACH ROW WHEN (NOT NEW.is_private AND NEW.deleted_at IS NULL AND (OLD.is_private OR OLD.terms IS DISTINCT FROM NEW.terms))
EXECUTE FUNCTION repos_learn()
"""
FORGET = """
DROP TRIGGER repo_learn ON repos_repo;
DROP TRIGGER repo_learn_new ON repos_repo;
DROP FUNCTION repos_learn();
DROP FUNCTION repos_learn_new()
"""


class Migration(migrations.Migration):
    initial = True
    # the migrations that this one squashes
    replaces = [
        ("repos", "0001_trigrams"),
        ("repos", "0002_repositories"),
        ("repos", "0003_private_index"),
        ("repos", "0004_locks_on_files"),
        ("repos", "0005_tags_in_the_row"),
        ("repos", "0006_indexes_of_lists_and_search"),
        ("repos", "0007_relations_and_daily_downloads"),
        ("repos", "0008_fill_relations_and_downloads"),
        ("repos", "0009_tags_stand_in_the_row_alone"),
        ("repos", "0010_samples_and_pairs"),
        ("repos", "0011_facts_without_kind"),
        ("repos", "0012_learn_words"),
        ("repos", "0013_regular_bytes"),
    ]

    dependencies = [
        ("accounts", "0001_accounts"),
        ("search", "0001_search"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        BtreeGinExtension(),
        migrations.CreateModel(
            name="Repo",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("model", "Model"),
                            ("dataset", "Dataset"),
                            ("space", "Application"),
                            ("kernel", "Kernel"),
                        ],
                        default="model",
                        max_length=8,
                    ),
                ),
                ("name", models.CharField(max_length=96)),
                ("key", models.CharField(max_length=96)),
                ("is_private", models.BooleanField(default=False)),
                ("default_branch", models.CharField(default="main", max_length=255)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("deleted_at", models.DateTimeField(null=True)),
                ("downloads", models.PositiveBigIntegerField(default=0)),
                ("downloads_all_time", models.PositiveBigIntegerField(default=0)),
                ("likes", models.PositiveIntegerField(default=0)),
                ("settings", models.JSONField(default=dict)),
                ("head", models.CharField(blank=True, max_length=64)),
                ("address_key", models.CharField(max_length=200)),
                ("title", models.CharField(blank=True, max_length=300)),
                ("description", models.CharField(blank=True, max_length=600)),
                ("card", models.JSONField(default=dict)),
                ("card_problem", models.CharField(blank=True, max_length=600)),
                ("task", models.CharField(blank=True, max_length=100)),
                ("library", models.CharField(blank=True, max_length=100)),
                ("licence", models.CharField(blank=True, max_length=100)),
                (
                    "languages",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=50), default=list, size=None
                    ),
                ),
                (
                    "base_models",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=200), default=list, size=None
                    ),
                ),
                (
                    "datasets",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=200), default=list, size=None
                    ),
                ),
                (
                    "tags",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=200), default=list, size=None
                    ),
                ),
                ("config", models.JSONField(default=dict)),
                ("parameters", models.BigIntegerField(null=True)),
                ("parameters_by_dtype", models.JSONField(default=dict)),
                ("size_bytes", models.BigIntegerField(default=0)),
                ("regular_bytes", models.BigIntegerField(default=0)),
                ("file_count", models.PositiveIntegerField(default=0)),
                ("files_problem", models.CharField(blank=True, max_length=600)),
                (
                    "terms",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.Func(
                            "tags", "name", "title", "description", function="search_terms"
                        ),
                        output_field=django.contrib.postgres.search.SearchVectorField(),
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "namespace",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="repos",
                        to="accounts.namespace",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("deleted_at", None)),
                        fields=["kind", "updated_at", "id"],
                        name="repo_by_update",
                    ),
                    models.Index(
                        condition=models.Q(("deleted_at", None)),
                        fields=["kind", "created_at", "id"],
                        name="repo_by_creation",
                    ),
                    models.Index(
                        condition=models.Q(("deleted_at", None)),
                        fields=["kind", "downloads", "updated_at", "id"],
                        name="repo_by_downloads",
                    ),
                    models.Index(
                        condition=models.Q(("deleted_at", None)),
                        fields=["kind", "likes", "updated_at", "id"],
                        name="repo_by_likes",
                    ),
                    models.Index(
                        condition=models.Q(("deleted_at", None)),
                        fields=["kind", "parameters", "id"],
                        name="repo_by_parameters",
                    ),
                    models.Index(
                        condition=models.Q(("deleted_at", None)),
                        fields=["kind", "id"],
                        include=("is_private", "task", "library", "licence", "languages"),
                        name="repo_sample",
                    ),
                    models.Index(
                        condition=models.Q(("is_private", True)),
                        fields=["kind", "namespace"],
                        name="repo_private",
                    ),
                    models.Index(
                        fields=["key"], name="repo_name_beginnings", opclasses=["varchar_pattern_ops"]
                    ),
                    django.contrib.postgres.indexes.GinIndex(
                        fields=["address_key"], name="repo_address_trigrams", opclasses=["gin_trgm_ops"]
                    ),
                    django.contrib.postgres.indexes.GinIndex(
                        models.Func("address_key", function="search_pairs"), name="repo_address_pairs"
                    ),
                    django.contrib.postgres.indexes.GinIndex(
                        fields=["task", "library", "licence", "languages", "tags", "base_models", "datasets"],
                        name="repo_facts",
                    ),
                    django.contrib.postgres.indexes.GinIndex(fields=["terms"], name="repo_terms"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("deleted_at", None)),
                        fields=("kind", "namespace", "key"),
                        name="one_repo_per_name",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="FileLock",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("path", models.CharField(max_length=1024)),
                ("locked_at", models.DateTimeField(auto_now_add=True)),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "repo",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="locks", to="repos.repo"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("repo", "path"), name="one_lock_per_path")],
            },
        ),
        migrations.CreateModel(
            name="DownloadDay",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField()),
                ("count", models.PositiveIntegerField(default=0)),
                (
                    "repo",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="download_days",
                        to="repos.repo",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["day"], name="download_days_by_day"),
                ],
                "constraints": [models.UniqueConstraint(fields=("repo", "day"), name="one_count_per_day")],
            },
        ),
        migrations.CreateModel(
            name="RepoRedirect",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("model", "Model"),
                            ("dataset", "Dataset"),
                            ("space", "Application"),
                            ("kernel", "Kernel"),
                        ],
                        max_length=8,
                    ),
                ),
                ("address_key", models.CharField(max_length=200)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "repo",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="redirects", to="repos.repo"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("kind", "address_key"), name="one_redirect_per_address")
                ],
            },
        ),
        migrations.CreateModel(
            name="RepoRelation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "relation",
                    models.CharField(
                        choices=[
                            ("finetune", "Fine-tune"),
                            ("adapter", "Adapter"),
                            ("quantized", "Quantised"),
                            ("merge", "Merge"),
                            ("trained_on", "Trained on"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "target_kind",
                    models.CharField(
                        choices=[
                            ("model", "Model"),
                            ("dataset", "Dataset"),
                            ("space", "Application"),
                            ("kernel", "Kernel"),
                        ],
                        max_length=8,
                    ),
                ),
                ("target", models.CharField(max_length=200)),
                ("target_key", models.CharField(max_length=200)),
                (
                    "repo",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="relations", to="repos.repo"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["target_kind", "target_key", "relation", "repo"], name="relations_to"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("repo", "target_kind", "target_key"), name="one_relation_per_target"
                    )
                ],
            },
        ),
        migrations.RunSQL(LEARN, FORGET),
    ]
