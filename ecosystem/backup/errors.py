"""Why a backup or restore ends early."""


class BackupError(Exception):
    """A sentence for the operator."""
