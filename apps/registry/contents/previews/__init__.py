"""Previews: the content of files as pages show it, read by range and within limits."""
