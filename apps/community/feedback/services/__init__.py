"""Changing boards, ideas, changelog entries and reviews."""
