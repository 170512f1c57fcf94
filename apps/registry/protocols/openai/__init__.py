"""The OpenAI API: files and fine-tuning, as its official clients call them."""
