"""What large files are stored as, and who holds them."""

import uuid

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    # what stands in data folders from before these were one
    replaces = [
        ("blobs", "0001_large_objects"),
        ("blobs", "0002_objects_that_may_go"),
        ("blobs", "0003_parts_sent_to_the_bucket"),
    ]

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="StorageState",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("generation", models.PositiveIntegerField(default=1)),
            ],
        ),
        migrations.CreateModel(
            name="XetFile",
            fields=[
                ("hash", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("size", models.BigIntegerField()),
                ("terms", models.BinaryField()),
                ("sha256", models.CharField(db_index=True, max_length=64)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.CreateModel(
            name="MultipartUpload",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("repo_key", models.UUIDField()),
                ("sha256", models.CharField(max_length=64)),
                ("size", models.BigIntegerField()),
                ("part_size", models.BigIntegerField()),
                ("native_id", models.CharField(blank=True, max_length=1024)),
                ("uploaded_by", models.BigIntegerField(null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "indexes": [models.Index(fields=["created_at"], name="multipart_created")],
            },
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
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("doomed_at__isnull", False)),
                        fields=["doomed_at"],
                        name="blob_doomed",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Xorb",
            fields=[
                ("hash", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("size", models.PositiveIntegerField()),
                ("raw_size", models.PositiveIntegerField()),
                ("chunk_count", models.PositiveIntegerField()),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("last_used_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("doomed_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("doomed_at__isnull", False)),
                        fields=["doomed_at"],
                        name="xorb_doomed",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="RepoObject",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("repo_key", models.UUIDField()),
                ("sha256", models.CharField(max_length=64)),
                ("size", models.BigIntegerField()),
                ("source", models.CharField(choices=[("lfs", "Lfs"), ("xet", "Xet")], max_length=3)),
                ("uploaded_by", models.BigIntegerField(null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("committed_at", models.DateTimeField(null=True)),
                ("last_used_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("doomed_at", models.DateTimeField(null=True)),
                (
                    "file",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="objects_of_repos",
                        to="blobs.xetfile",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("doomed_at__isnull", False)),
                        fields=["doomed_at"],
                        name="object_doomed",
                    ),
                    models.Index(fields=["sha256"], name="object_sha256"),
                    models.Index(
                        condition=models.Q(("committed_at", None)),
                        fields=["created_at"],
                        name="object_uncommitted",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("repo_key", "sha256"), name="one_object_per_repo")
                ],
            },
        ),
        migrations.CreateModel(
            name="RepoXorb",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("repo_key", models.UUIDField()),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "xorb",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="links", to="blobs.xorb"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("repo_key", "xorb"), name="one_xorb_per_repo")
                ],
            },
        ),
        migrations.CreateModel(
            name="FileXorb",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="xorb_rows",
                        to="blobs.xetfile",
                    ),
                ),
                (
                    "xorb",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="file_rows", to="blobs.xorb"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("file", "xorb"), name="one_xorb_per_file")],
            },
        ),
        migrations.CreateModel(
            name="DedupChunk",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("chunk", models.CharField(max_length=64)),
                (
                    "xorb",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="dedup_chunks",
                        to="blobs.xorb",
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("chunk", "xorb"), name="one_chunk_per_xorb")],
            },
        ),
    ]
