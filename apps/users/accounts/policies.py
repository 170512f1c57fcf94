"""Policies of views of a namespace; `access.py` fetches it."""

from apps.core.web.policies import Policy

NAMESPACE_ADMIN = Policy("namespace-admin", "admins of the namespace")
