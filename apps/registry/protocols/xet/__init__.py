"""The Xet protocol: tokens, xorbs, shards and reconstructions."""
