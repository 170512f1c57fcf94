"""The community domain: where people talk, ask and decide."""
