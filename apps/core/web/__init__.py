"""The web kit: middleware, policies, error renderers, pagination, feeds, CORS, rate limits, bodies."""
