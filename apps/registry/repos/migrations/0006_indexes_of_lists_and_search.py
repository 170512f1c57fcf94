import django.contrib.postgres.search
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import BtreeGinExtension
from django.db import migrations, models

KEPT = models.Q(("deleted_at", None))
BEFORE = ["updated", "created", "downloads", "likes", "task", "library", "licence", "parameters"]
INDEXES = [
    models.Index(fields=["kind", "updated_at", "id"], condition=KEPT, name="repo_by_update"),
    models.Index(fields=["kind", "created_at", "id"], condition=KEPT, name="repo_by_creation"),
    models.Index(fields=["kind", "downloads", "updated_at", "id"], condition=KEPT, name="repo_by_downloads"),
    models.Index(fields=["kind", "likes", "updated_at", "id"], condition=KEPT, name="repo_by_likes"),
    models.Index(fields=["kind", "parameters", "id"], condition=KEPT, name="repo_by_parameters"),
    models.Index(fields=["kind", "id"], condition=KEPT, name="repo_by_id"),
    models.Index(fields=["key"], opclasses=["varchar_pattern_ops"], name="repo_name_beginnings"),
    GinIndex(fields=["kind", "task", "library", "licence", "languages", "tags", "base_models", "datasets"], name="repo_facts"),
    GinIndex(fields=["terms"], name="repo_terms"),
]


class Migration(migrations.Migration):
    dependencies = [("repos", "0005_tags_in_the_row"), ("search", "0001_search_terms")]

    operations = [
        BtreeGinExtension(),
        *[migrations.RemoveIndex(model_name="repo", name=f"repo_kind_{word}") for word in BEFORE],
        migrations.AddField(
            model_name="repo",
            name="terms",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Func("tags", "name", "title", "description", function="search_terms"),
                output_field=django.contrib.postgres.search.SearchVectorField(),
            ),
        ),
        *[migrations.AddIndex(model_name="repo", index=index) for index in INDEXES],
    ]
