"""Preference: direct preference optimization (DPO) of language models."""
