"""Policies of views of a namespace; `access.py` fetches it."""

from apps.core.policies import Policy

NAMESPACE_WRITE = Policy("namespace-write", "writers of the namespace")
NAMESPACE_ADMIN = Policy("namespace-admin", "admins of the namespace")
