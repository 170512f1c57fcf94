"""The light worker: short tasks that run the web side's code."""
