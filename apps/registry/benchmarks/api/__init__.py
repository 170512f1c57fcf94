"""REST API of benchmarks."""
