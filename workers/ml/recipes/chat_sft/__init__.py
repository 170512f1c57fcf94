"""Chat: supervised fine-tuning of language models."""
