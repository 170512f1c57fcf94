"""The hub API that huggingface_hub uses."""
