"""Add where an avatar is stored: as an object under its SHA-256."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_audit_actions")]

    operations = [
        # defaults, so that the columns can come back
        migrations.AlterField("avatar", "digest", models.CharField(max_length=32, db_index=True, default="")),
        migrations.AlterField("avatar", "image", models.BinaryField(default=b"")),
        migrations.AddField("avatar", "sha256", models.CharField(max_length=64, db_index=True, default="")),
        migrations.AddField("avatar", "size", models.PositiveIntegerField(default=0)),
        migrations.AddField("avatar", "content_type", models.CharField(max_length=32, default="image/webp")),
    ]
