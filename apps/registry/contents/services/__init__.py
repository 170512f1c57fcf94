"""Changes to files and refs: one module per act."""
