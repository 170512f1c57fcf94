"""Checkpoints of running jobs: any worker resumes from them, and each can be published as a model."""
