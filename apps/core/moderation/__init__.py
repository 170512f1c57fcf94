"""Moderation: what is held before publication, reports, reviews, sanctions, trust levels."""
