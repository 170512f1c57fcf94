import json

from django.db import migrations, models

BATCH_SIZE = 500


def fill_config_hash(apps, schema_editor):
    receipt = apps.get_model("receipts", "Receipt")
    rows = receipt.objects.filter(config_hash="").order_by("pk").only("pk", "document")
    batch = []
    for row in rows.iterator(chunk_size=BATCH_SIZE):
        row.config_hash = str(json.loads(row.document)["config_hash"])[:64]
        batch.append(row)
        if len(batch) == BATCH_SIZE:
            receipt.objects.bulk_update(batch, ["config_hash"])
            batch = []
    receipt.objects.bulk_update(batch, ["config_hash"])


class Migration(migrations.Migration):
    dependencies = [
        ("receipts", "0003_store_results"),
    ]

    operations = [
        migrations.AddField(
            model_name="receipt",
            name="config_hash",
            field=models.CharField(default="", max_length=64),
            preserve_default=False,
        ),
        migrations.RunPython(fill_config_hash, migrations.RunPython.noop, elidable=True),
        migrations.AddIndex(
            model_name="receipt",
            index=models.Index(fields=["config_hash", "issued_at"], name="repetitions"),
        ),
    ]
