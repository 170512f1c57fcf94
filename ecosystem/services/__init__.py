"""The embedded PostgreSQL and Valkeys: what runs when no DATABASE_URL, REDIS_URL or QUEUE_URL is set."""

from .embedded import embedded_services, services_for

__all__ = ["embedded_services", "services_for"]
