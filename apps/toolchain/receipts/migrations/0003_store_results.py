import json

from django.db import migrations

BATCH_SIZE = 500


def store_results(apps, schema_editor):
    """Give the jobs of receipts the results that later ones get when they are signed."""
    receipt, models = apps.get_model("receipts", "Receipt"), apps.get_app_config("results")
    rows = receipt.objects.filter(job__result=None).order_by("pk").values_list("job_id", "document")
    batch = []
    for job_id, document in rows.iterator(chunk_size=BATCH_SIZE):
        batch.append((job_id, json.loads(document)["result"]))
        if len(batch) == BATCH_SIZE:
            _store(models, batch)
            batch = []
    _store(models, batch)


def _store(models, batch):
    result_model, score_model = models.get_model("JobResult"), models.get_model("JobScore")
    made = result_model.objects.bulk_create(
        result_model(job_id=job_id, document=_document(result)) for job_id, result in batch
    )
    score_model.objects.bulk_create(
        score_model(result=row, name=name, split=result["split"][:200], value=value)
        for row, (_job_id, result) in zip(made, batch, strict=True)
        for name, value in {one["name"][:80]: one["value"] for one in result["scores"]}.items()
    )


def _document(result):
    split, baseline = result["split"], result.get("baseline")
    baselines = [{"name": "accuracy", "split": split, "value": baseline["accuracy"]}] if baseline else []
    scores = [{**score, "split": split} for score in result["scores"]]
    return {"scores": scores, "baselines": baselines, "resolved": {}, "notes": []}


class Migration(migrations.Migration):
    dependencies = [
        ("receipts", "0002_list_newest_receipts"),
        ("results", "0001_results"),
    ]

    operations = [migrations.RunPython(store_results, migrations.RunPython.noop, elidable=True)]
