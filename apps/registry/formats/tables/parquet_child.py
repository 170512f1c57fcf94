"""Reads rows of a Parquet file: an operation for `core/parquet/child.py`.

Standard library and pyarrow only: the child process loads this file by path.
"""

from __future__ import annotations

import datetime
import math
from typing import Any

TEXT_LIMIT, LIST_LIMIT, DEPTH_LIMIT, COLUMNS_LIMIT = 20_000, 200, 12, 500
BATCH_ROWS = 64


def kind_of(arrow_type: Any, types: Any) -> str:
    if types.is_dictionary(arrow_type):
        return kind_of(arrow_type.value_type, types)
    tests = (
        ("boolean", types.is_boolean),
        ("integer", types.is_integer),
        ("number", lambda one: types.is_floating(one) or types.is_decimal(one)),
        ("text", lambda one: types.is_string(one) or types.is_large_string(one)),
        (
            "bytes",
            lambda one: types.is_binary(one) or types.is_large_binary(one) or types.is_fixed_size_binary(one),
        ),
        ("time", types.is_temporal),
        ("list", lambda one: types.is_list(one) or types.is_large_list(one) or types.is_fixed_size_list(one)),
        ("object", types.is_nested),
    )
    return next((kind for kind, is_kind in tests if is_kind(arrow_type)), "")


def to_json(value: Any, depth: int = 0) -> Any:
    """Return a JSON value, truncated for display."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, str):
        return value if len(value) <= TEXT_LIMIT else value[:TEXT_LIMIT] + "…"
    if isinstance(value, bytes | bytearray | memoryview):
        return f"<{len(value)} bytes>"
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, dict) and depth < DEPTH_LIMIT:
        return {str(key): to_json(one, depth + 1) for key, one in list(value.items())[:LIST_LIMIT]}
    if isinstance(value, list | tuple) and depth < DEPTH_LIMIT:
        return [to_json(one, depth + 1) for one in value[:LIST_LIMIT]]
    return str(value)[:TEXT_LIMIT]


def run(request: dict[str, int], files: list[Any]) -> dict[str, Any]:
    """Return the columns of a file and some of its rows."""
    import pyarrow as pa

    file = files[0]
    schema, meta = file.schema_arrow, file.metadata
    columns = schema.names[:COLUMNS_LIMIT]
    result = {
        "columns": columns,
        "kinds": [kind_of(one, pa.types) for one in schema.types[:COLUMNS_LIMIT]],
        "total": meta.num_rows,
    }
    return {**result, "rows": list(_rows(file, meta, columns, request["first"], request["count"]))}


def _rows(file: Any, meta: Any, columns: list[str], first: int, count: int) -> Any:
    groups = list(range(meta.num_row_groups))
    while groups and first >= meta.row_group(groups[0]).num_rows:
        first -= meta.row_group(groups.pop(0)).num_rows
    if not groups:
        return
    sent = 0
    for batch in file.iter_batches(
        batch_size=BATCH_ROWS, row_groups=groups, columns=columns, use_threads=False
    ):
        if first >= batch.num_rows:
            first -= batch.num_rows
            continue
        for row in batch.slice(first, count - sent).to_pylist(maps_as_pydicts=None):
            yield [to_json(row[name]) for name in columns]
            sent += 1
        first = 0
        if sent >= count:
            return
