"""The toolchain domain: jobs, recipes and receipts."""
