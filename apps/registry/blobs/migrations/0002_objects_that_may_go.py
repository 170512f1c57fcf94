import struct

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

TERM_BYTES = 44


def note_blobs(apps, schema_editor):
    """Give every plain blob that a repository holds its row."""
    RepoObject, StoredBlob = apps.get_model("blobs", "RepoObject"), apps.get_model("blobs", "StoredBlob")
    rows = RepoObject.objects.filter(source="lfs").values_list("sha256", "size").distinct().iterator(chunk_size=2000)
    StoredBlob.objects.bulk_create((StoredBlob(sha256=sha256, size=size) for sha256, size in rows), ignore_conflicts=True, batch_size=1000)


def note_xorbs(apps, schema_editor):
    """Note which xorbs each file needs."""
    XetFile, FileXorb, Xorb = (apps.get_model("blobs", name) for name in ("XetFile", "FileXorb", "Xorb"))
    known = set(Xorb.objects.values_list("hash", flat=True))
    for file in XetFile.objects.iterator(chunk_size=100):
        rows = [FileXorb(file_id=file.pk, xorb_id=xorb) for xorb in _xorbs(bytes(file.terms)) if xorb in known]
        FileXorb.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1000)


def _xorbs(terms):
    """Return the xorbs of terms of 44 bytes, in text form, each once."""
    starts = range(0, len(terms), TERM_BYTES)
    return dict.fromkeys("%016x%016x%016x%016x" % struct.unpack_from("<4Q", terms, start) for start in starts)


class Migration(migrations.Migration):
    dependencies = [
        ("blobs", "0001_large_objects"),
    ]

    operations = [
        migrations.CreateModel(
            name="FileXorb",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ],
        ),
        migrations.CreateModel(
            name="StorageState",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("generation", models.PositiveIntegerField(default=1)),
            ],
        ),
        migrations.CreateModel(
            name="StoredBlob",
            fields=[
                ("sha256", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("size", models.BigIntegerField()),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("last_used_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("doomed_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name="repoobject",
            name="doomed_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="repoobject",
            name="last_used_at",
            field=models.DateTimeField(default=django.utils.timezone.now),
        ),
        migrations.AddIndex(
            model_name="repoobject",
            index=models.Index(condition=models.Q(("doomed_at__isnull", False)), fields=["doomed_at"], name="object_doomed"),
        ),
        migrations.AddIndex(
            model_name="xorb",
            index=models.Index(condition=models.Q(("doomed_at__isnull", False)), fields=["doomed_at"], name="xorb_doomed"),
        ),
        migrations.AddField(
            model_name="filexorb",
            name="file",
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="xorb_rows", to="blobs.xetfile"),
        ),
        migrations.AddField(
            model_name="filexorb",
            name="xorb",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="file_rows", to="blobs.xorb"),
        ),
        migrations.AddIndex(
            model_name="storedblob",
            index=models.Index(condition=models.Q(("doomed_at__isnull", False)), fields=["doomed_at"], name="blob_doomed"),
        ),
        migrations.AddConstraint(
            model_name="filexorb",
            constraint=models.UniqueConstraint(fields=("file", "xorb"), name="one_xorb_per_file"),
        ),
        migrations.RunPython(note_blobs, migrations.RunPython.noop),
        migrations.RunPython(note_xorbs, migrations.RunPython.noop),
    ]
