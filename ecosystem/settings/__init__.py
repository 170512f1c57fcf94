"""Django's settings, one room per concern; values from outside come through ecosystem/env.py."""

from .accounts import *  # noqa: F403
from .base import *  # noqa: F403
from .cors import *  # noqa: F403
from .jobs import *  # noqa: F403
from .logs import *  # noqa: F403
from .registry import *  # noqa: F403
from .rest import *  # noqa: F403
