"""People, organizations, access tokens and sign-in."""
