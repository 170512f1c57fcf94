"""Changes to repositories: one module per act."""
