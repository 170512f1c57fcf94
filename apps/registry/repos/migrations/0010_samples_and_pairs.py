from django.contrib.postgres.indexes import GinIndex
from django.db import migrations, models

SAMPLED = ["is_private", "task", "library", "licence", "languages"]


class Migration(migrations.Migration):
    dependencies = [("repos", "0009_tags_stand_in_the_row_alone"), ("search", "0002_search_pairs")]

    operations = [
        migrations.RemoveIndex(model_name="repo", name="repo_by_id"),
        migrations.AddIndex(
            model_name="repo",
            index=models.Index(fields=["kind", "id"], include=SAMPLED, condition=models.Q(("deleted_at", None)), name="repo_sample"),
        ),
        migrations.AddIndex(
            model_name="repo", index=GinIndex(models.Func("address_key", function="search_pairs"), name="repo_address_pairs")
        ),
    ]
