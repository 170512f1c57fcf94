"""Pages, downloads, and the API that has the form of GitHub's."""
