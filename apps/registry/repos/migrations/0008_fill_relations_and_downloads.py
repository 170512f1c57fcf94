"""Fill relations and days of download from what the rows of repositories hold."""

from django.db import migrations
from django.utils import timezone

RELATIONS = ("finetune", "adapter", "quantized", "merge")
BATCH = 500


def fill(apps, schema_editor):
    """Take relations from tags (`base_model:adapter:owner/name`) and datasets, and count known downloads as those of today."""
    Repo = apps.get_model("repos", "Repo")
    days = apps.get_model("repos", "DownloadDay").objects
    today = timezone.now().date()
    counted = Repo.objects.filter(downloads__gt=0).values_list("pk", "downloads").iterator(chunk_size=BATCH)
    days.bulk_create((days.model(repo_id=pk, day=today, count=count) for pk, count in counted), batch_size=BATCH)
    for repo in Repo.objects.only("pk", "datasets").filter(kind="model").iterator(chunk_size=BATCH):
        fill_relations(apps, repo)


def fill_relations(apps, repo):
    rows = apps.get_model("repos", "RepoRelation").objects
    found = {}
    for tag in repo.tag_rows.filter(tag__startswith="base_model:").values_list("tag", flat=True):
        _word, relation, target = [*tag.split(":", 2), "", ""][:3]
        if target and relation in RELATIONS:
            found.setdefault(("model", target.casefold()), (relation, target))
    for target in repo.datasets:
        found.setdefault(("dataset", target.casefold()), ("trained_on", target))
    rows.bulk_create(
        rows.model(repo_id=repo.pk, relation=relation, target_kind=kind, target=target, target_key=key)
        for (kind, key), (relation, target) in found.items()
    )


class Migration(migrations.Migration):
    dependencies = [("repos", "0007_relations_and_daily_downloads")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
