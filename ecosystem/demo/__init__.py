"""The whole workflow with real data: `make demo` runs it with the tools that users have."""
