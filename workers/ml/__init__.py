"""The machine-learning worker: a client of the hub, no Django, no database."""
