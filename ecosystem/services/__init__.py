"""The embedded PostgreSQL and Valkey servers, used without DATABASE_URL, REDIS_URL or QUEUE_URL."""

from .embedded import embedded_services, services_for

__all__ = ["embedded_services", "services_for"]
