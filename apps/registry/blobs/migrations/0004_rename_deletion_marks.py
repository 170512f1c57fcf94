"""Name the mark of garbage collection after what it is for.

RenameField leaves the fields and conditions of indexes as they are, so the small partial indexes are built
again.
"""

from django.db import migrations, models

INDEXES = {"Xorb": "xorb", "StoredBlob": "blob", "RepoObject": "object"}
OLD, NEW = "doomed_at", "marked_for_deletion_at"


def index(field, name):
    return models.Index(fields=[field], condition=models.Q((f"{field}__isnull", False)), name=name)


class Migration(migrations.Migration):
    dependencies = [("blobs", "0003_forget_named_xorbs")]

    operations = [
        *(migrations.RemoveIndex(model, f"{word}_doomed") for model, word in INDEXES.items()),
        *(migrations.RenameField(model, OLD, NEW) for model in INDEXES),
        *(migrations.AddIndex(model, index(NEW, f"{word}_marked")) for model, word in INDEXES.items()),
    ]
