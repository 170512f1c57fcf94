from django.db import migrations, models


def all_of_those_without_large_files(apps, schema_editor):
    """Where nothing is large, all is regular; `manage.py reindex` counts the others."""
    held = apps.get_model("blobs", "RepoObject").objects.filter(repo_key=models.OuterRef("pk"))
    apps.get_model("repos", "Repo").objects.filter(~models.Exists(held)).update(regular_bytes=models.F("size_bytes"))


class Migration(migrations.Migration):
    dependencies = [
        ("repos", "0012_learn_words"),
        ("blobs", "0003_parts_sent_to_the_bucket"),
    ]

    operations = [
        migrations.AddField(model_name="repo", name="regular_bytes", field=models.BigIntegerField(default=0)),
        migrations.RunPython(all_of_those_without_large_files, migrations.RunPython.noop),
    ]
