"""Who may call the views of a namespace; `access.py` opens it."""

from apps.core.policies import Policy

NAMESPACE_ADMIN = Policy("namespace-admin", "admins of the namespace")
