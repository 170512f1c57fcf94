"""Content-addressed object storage on disk, in a bucket, or both during a migration."""
