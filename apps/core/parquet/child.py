"""The child process that reads Parquet files: it requests byte ranges from its parent and answers in JSON.

Standard library only, and what the operation imports: the parent runs this file by path, with the path of an
operation. That is a file with a function `run(request, files)`, which returns a JSON value.
"""

from __future__ import annotations

import importlib.util
import io
import json
import resource
import sys
from typing import Any

MEMORY_LIMIT_BYTES = 3 << 29
CPU_LIMIT_SECONDS = 10


class RemoteFile(io.RawIOBase):
    """A file read through the parent: write a line `number start end`, read exactly those bytes."""

    def __init__(self, number: int, size: int, requests: Any, responses: Any) -> None:
        self.number, self.size, self.at = number, size, 0
        self.requests, self.responses = requests, responses

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
        self.requests.write(f"{self.number} {self.at} {end}\n".encode())
        self.requests.flush()
        data: bytes = self.responses.read(end - self.at)
        self.at += len(data)
        return data


def open_parquet(file: RemoteFile) -> Any:
    """Return a `pyarrow.parquet.ParquetFile` that reads no more than it needs."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    return pq.ParquetFile(pa.PythonFile(file, mode="r"), buffer_size=1 << 16, pre_buffer=False)


def load_operation(path: str) -> Any:
    spec = importlib.util.spec_from_file_location("operation", path)
    assert spec is not None
    assert spec.loader is not None
    operation = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(operation)
    return operation


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT_BYTES, MEMORY_LIMIT_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_LIMIT_SECONDS, CPU_LIMIT_SECONDS))
    requests, responses = sys.stdout.buffer, sys.stdin.buffer
    request = json.loads(responses.readline())
    files = [RemoteFile(number, size, requests, responses) for number, size in enumerate(request["sizes"])]
    try:
        result = load_operation(sys.argv[1]).run(request, [open_parquet(file) for file in files])
    except Exception as error:
        # any library error on an untrusted file is a result; the parent notices if the process dies
        result = {"error": f"{str(error).splitlines()[0] if str(error) else type(error).__name__}"[:300]}
    requests.write(b"=\n" + json.dumps(result).encode())
    requests.flush()


if __name__ == "__main__":
    main()
