"""Who may call the Xet routes."""

from apps.core.web.policies import Policy

XET_TOKEN = Policy("xet-token", "the holder of a Xet token", admits_applications=True)
