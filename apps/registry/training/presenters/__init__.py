"""What the pages of jobs on a repository show."""
