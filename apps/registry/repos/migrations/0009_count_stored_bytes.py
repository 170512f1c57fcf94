"""Counts what existing repositories store."""

from typing import Any

from django.db import migrations

ITEMS = """
INSERT INTO usage_storeditem (source, key, namespace_id, size_bytes)
SELECT 'repositories', repo.id::text, CASE WHEN repo.deleted_at IS NULL THEN repo.namespace_id END,
       repo.regular_bytes + COALESCE(large.size_bytes, 0)
FROM repos_repo repo
LEFT JOIN (SELECT repo_key, SUM(size) AS size_bytes FROM blobs_repoobject GROUP BY repo_key) large
       ON large.repo_key = repo.id
ON CONFLICT DO NOTHING
"""
TOTALS = """
INSERT INTO usage_storedtotal (namespace_id, size_bytes)
SELECT namespace_id, SUM(size_bytes) FROM usage_storeditem WHERE namespace_id IS NOT NULL GROUP BY namespace_id
ON CONFLICT DO NOTHING
"""


def count_stored_bytes(apps: Any, schema_editor: Any) -> None:
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(ITEMS)
        cursor.execute(TOTALS)


class Migration(migrations.Migration):
    dependencies = [
        ("repos", "0008_audit_actions"),
        ("blobs", "0004_rename_deletion_marks"),
        ("usage", "0002_limits_and_stored_bytes"),
    ]

    operations = [migrations.RunPython(count_stored_bytes, migrations.RunPython.noop)]
