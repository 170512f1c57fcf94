"""The Xet formats: hashes, xorbs, shards, reconstruction. A library without Django or storage."""
