"""The REST API of repositories, and ordering jobs on them."""

from . import examples as examples
