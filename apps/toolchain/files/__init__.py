"""Files that programs upload for jobs: training rows, test items, results."""
