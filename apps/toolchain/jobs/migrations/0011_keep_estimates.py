from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("jobs", "0010_open_kinds")]

    operations = [
        migrations.AddField(
            model_name="job",
            name="estimates",
            field=models.JSONField(default=dict),
        ),
    ]
