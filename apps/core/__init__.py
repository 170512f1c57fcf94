"""Libraries without a product noun."""
