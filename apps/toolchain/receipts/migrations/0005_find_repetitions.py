import json

from django.db import migrations, models

from apps.toolchain.contracts import order_hash

BATCH_SIZE = 500


def fill_order_hash(apps, schema_editor):
    receipt = apps.get_model("receipts", "Receipt")
    rows = receipt.objects.filter(order_hash="").order_by("pk").only("pk", "document")
    batch = []
    for row in rows.iterator(chunk_size=BATCH_SIZE):
        row.order_hash = order_hash(json.loads(row.document))
        batch.append(row)
        if len(batch) == BATCH_SIZE:
            receipt.objects.bulk_update(batch, ["order_hash"])
            batch = []
    receipt.objects.bulk_update(batch, ["order_hash"])


class Migration(migrations.Migration):
    dependencies = [
        ("receipts", "0004_name_operators"),
    ]

    operations = [
        migrations.AddField(
            model_name="receipt",
            name="order_hash",
            field=models.CharField(default="", max_length=64),
            preserve_default=False,
        ),
        migrations.RunPython(fill_order_hash, migrations.RunPython.noop, elidable=True),
        migrations.AddIndex(
            model_name="receipt",
            index=models.Index(fields=["order_hash", "issued_at"], name="repetitions"),
        ),
    ]
