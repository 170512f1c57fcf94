"""Git's smart HTTP protocol."""
