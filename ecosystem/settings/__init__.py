"""Django settings, one module per concern; the environment is read in ecosystem/env.py."""

from .accounts import *  # noqa: F403
from .base import *  # noqa: F403
from .cors import *  # noqa: F403
from .jobs import *  # noqa: F403
from .logs import *  # noqa: F403
from .moderation import *  # noqa: F403
from .packages import *  # noqa: F403
from .registry import *  # noqa: F403
from .rest import *  # noqa: F403
