"""Answers of language models: writing them and scoring them."""
