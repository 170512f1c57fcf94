"""Telling people what concerns them: subscriptions, events, the inbox, mail."""
