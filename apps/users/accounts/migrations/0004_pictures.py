"""Pictures of people and organisations."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_people_are_found")]

    operations = [
        migrations.AddField(model_name="namespace", name="picture", field=models.CharField(blank=True, default="", max_length=32)),
        migrations.CreateModel(
            name="Picture",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(db_index=True, max_length=32)),
                ("image", models.BinaryField()),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "namespace",
                    models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name="picture_row", to="accounts.namespace"),
                ),
            ],
        ),
    ]
