"""Reads rows of a Parquet file in a child process.

The child requests byte ranges from its parent and writes its result as JSON. Standard library and pyarrow
only: the parent runs this file by path.
"""

from __future__ import annotations

import datetime
import io
import json
import math
import resource
import sys
from typing import Any

MEMORY_LIMIT_BYTES = 3 << 29
CPU_LIMIT_SECONDS = 10
TEXT_LIMIT, LIST_LIMIT, DEPTH_LIMIT, COLUMNS_LIMIT = 20_000, 200, 12, 500
BATCH_ROWS = 64


class RemoteFile(io.RawIOBase):
    """A file read through the parent: write a line `start end`, read exactly those bytes."""

    def __init__(self, size: int, requests: Any, responses: Any) -> None:
        self.size, self.at, self.requests, self.responses = size, 0, requests, responses

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.at

    def seek(self, offset: int, whence: int = 0) -> int:
        self.at = offset + (0, self.at, self.size)[whence]
        return self.at

    def read(self, count: int = -1) -> bytes:
        end = self.size if count is None or count < 0 else min(self.size, self.at + count)
        if end <= self.at:
            return b""
        self.requests.write(f"{self.at} {end}\n".encode())
        self.requests.flush()
        data: bytes = self.responses.read(end - self.at)
        self.at += len(data)
        return data


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


def read(request: dict[str, int], requests: Any, responses: Any) -> dict[str, Any]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    file = pq.ParquetFile(
        pa.PythonFile(RemoteFile(request["size"], requests, responses), mode="r"),
        buffer_size=1 << 16,
        pre_buffer=False,
    )
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


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT_BYTES, MEMORY_LIMIT_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_LIMIT_SECONDS, CPU_LIMIT_SECONDS))
    requests, responses = sys.stdout.buffer, sys.stdin.buffer
    request = json.loads(responses.readline())
    try:
        result = read(request, requests, responses)
    except Exception as error:
        # any library error on an untrusted file is a result; the parent notices if the process dies
        result = {"error": f"{str(error).splitlines()[0] if str(error) else type(error).__name__}"[:300]}
    requests.write(b"=\n" + json.dumps(result).encode())
    requests.flush()


if __name__ == "__main__":
    main()
