"""The formats of Xet: hashes, xorbs, shards, reconstruction. A library: no Django, no storage."""
