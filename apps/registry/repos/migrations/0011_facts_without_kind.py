from django.contrib.postgres.indexes import GinIndex
from django.db import migrations

# a kind is most of all rows: reading its list costs more than it tells
FACTS = ["task", "library", "licence", "languages", "tags", "base_models", "datasets"]


class Migration(migrations.Migration):
    dependencies = [("repos", "0010_samples_and_pairs")]

    operations = [
        migrations.RemoveIndex(model_name="repo", name="repo_facts"),
        migrations.AddIndex(model_name="repo", index=GinIndex(fields=FACTS, name="repo_facts")),
    ]
