"""The light worker: short tasks on the web's own code."""
