"""Remove the bytes of avatars from the database: the object store has them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_store_avatars")]

    operations = [
        migrations.RemoveField("avatar", "digest"),
        migrations.RemoveField("avatar", "image"),
        migrations.AlterField("avatar", "sha256", models.CharField(max_length=64, db_index=True)),
        migrations.AlterField("avatar", "size", models.PositiveIntegerField()),
        migrations.AlterField("avatar", "content_type", models.CharField(max_length=32)),
    ]
