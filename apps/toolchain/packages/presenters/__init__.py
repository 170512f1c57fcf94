"""What the pages of the index and of projects show."""

from .project import about, install_lines, links_of, publish_lines, requirements_of

__all__ = ["about", "install_lines", "links_of", "publish_lines", "requirements_of"]
