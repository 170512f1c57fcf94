"""The error of the contracts."""

from __future__ import annotations

from collections.abc import Mapping


class ContractError(ValueError):
    """A value that violates the contract.

    errors  field name -> message in English
    """

    def __init__(self, errors: Mapping[str, str]) -> None:
        self.errors = dict(errors)
        super().__init__(" ".join(f"{name}: {sentence}" for name, sentence in self.errors.items()))
