"""Reading fine-tunes: their state, events and checkpoints, and the recipes that they are run by."""
