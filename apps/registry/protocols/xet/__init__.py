"""Xet: tokens, xorbs, shards and reconstructions."""
