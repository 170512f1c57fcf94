"""The embedded PostgreSQL and Valkey: what runs when no DATABASE_URL or REDIS_URL is set."""

from .embedded import embedded_services, services_for

__all__ = ["embedded_services", "services_for"]
