"""Community: where people talk, ask and tell developers what they need."""
