"""Date and number formats of each language; FORMAT_MODULE_PATH points here."""
