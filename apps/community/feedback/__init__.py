"""Feedback: boards of ideas and bug reports, roadmap, changelog, reviews of models and datasets."""
