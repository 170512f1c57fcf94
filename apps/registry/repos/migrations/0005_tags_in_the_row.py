import django.contrib.postgres.fields
from django.db import migrations, models

FILL = """
UPDATE repos_repo SET tags = held.tags
FROM (SELECT repo_id, array_agg(tag ORDER BY id) AS tags FROM repos_repotag GROUP BY repo_id) AS held
WHERE held.repo_id = repos_repo.id
"""


class Migration(migrations.Migration):
    dependencies = [("repos", "0004_locks_on_files")]

    operations = [
        migrations.AddField(
            model_name="repo",
            name="tags",
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=200), default=list, size=None),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
