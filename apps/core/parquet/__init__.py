"""Reads Parquet files that anybody may have made: the library runs in a child process under limits."""

from .reading import ByteSource, ParquetProblem, run_in_child

__all__ = ["ByteSource", "ParquetProblem", "run_in_child"]
