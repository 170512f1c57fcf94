"""Programs that measure and attack a running site: benchmarks, fuzzing, reliability."""
