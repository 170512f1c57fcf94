"""Policies of repository views; `access.py` enforces them."""

from apps.core.web.policies import Policy

REPO_SEE = Policy(
    "repo-see", "everyone who may see the repository", admits_anonymous=True, admits_applications=True
)
REPO_READ = Policy(
    "repo-read", "readers of the repository's files", admits_anonymous=True, admits_applications=True
)
REPO_WRITE = Policy("repo-write", "writers of the repository", admits_applications=True)
REPO_ADMIN = Policy("repo-admin", "admins of the repository", admits_applications=True)
