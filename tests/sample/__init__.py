"""Notes: a complete app of one noun, installed by the settings of the tests alone."""
