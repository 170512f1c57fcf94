"""What works on repositories: jobs and tools."""
