"""Repositories of models, datasets and spaces, and the protocols that serve them."""
