"""The REST API of people, organisations and credentials."""

from . import examples as examples
