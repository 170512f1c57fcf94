"""The hub API, as huggingface_hub speaks it."""
