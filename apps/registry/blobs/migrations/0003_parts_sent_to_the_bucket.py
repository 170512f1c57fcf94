from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("blobs", "0002_objects_that_may_go")]

    operations = [
        migrations.AddField(
            model_name="multipartupload",
            name="native_id",
            field=models.CharField(blank=True, default="", max_length=1024),
            preserve_default=False,
        ),
    ]
