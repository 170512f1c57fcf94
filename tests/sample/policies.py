"""Policies of the views of notes."""

from apps.core.web.policies import Policy

NOTE_READ = Policy("note-read", "readers of the note", admits_anonymous=True, admits_applications=True)
NOTE_ADMIN = Policy("note-admin", "admins of the note's namespace")
