from django.db import migrations

# The way back fills the table from the rows.
REFILL = "INSERT INTO repos_repotag (repo_id, kind, tag) SELECT id, kind, tag FROM repos_repo, unnest(tags) AS tag ON CONFLICT DO NOTHING"


class Migration(migrations.Migration):
    dependencies = [("repos", "0008_fill_relations_and_downloads")]

    operations = [
        migrations.RunSQL(migrations.RunSQL.noop, REFILL),
        migrations.DeleteModel(name="RepoTag"),
    ]
