"""Modules that a process does without until something in them is used."""

from __future__ import annotations

import sys
import threading
from functools import partial
from importlib import import_module
from types import ModuleType
from typing import Any

_lock = threading.RLock()


class Later(ModuleType):
    """Stands for a module that others import, and loads it when one of them first looks into it.

    called  names that others take from it while they load themselves, and call later
    """

    def __init__(self, name: str, *called: str) -> None:
        super().__init__(name)
        self.__dict__["_called"] = called
        self.__dict__.update({word: partial(self._call, word) for word in called})

    def _call(self, word: str, *args: Any, **kwargs: Any) -> Any:
        return self.__getattr__(word)(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        with _lock:
            if sys.modules.get(self.__name__) is self:
                # Whoever walks over all modules asks each where its file is; an import from it, whether it has parts.
                if name.startswith("__") and (name != "__path__" or self.__dict__["_called"]):
                    raise AttributeError(name)
                del sys.modules[self.__name__]
        return getattr(import_module(self.__name__), name)


def load_later(name: str, *called: str) -> None:
    """Put off a module, unless it is loaded."""
    sys.modules.setdefault(name, Later(name, *called))
