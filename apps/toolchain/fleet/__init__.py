"""Workers: who runs them, what they do, and how they ask for jobs."""
