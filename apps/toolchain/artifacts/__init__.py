"""Artifacts: files that jobs keep beside their output, such as logs of predictions and reports."""
