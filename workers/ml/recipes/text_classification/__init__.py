"""Text classification: fine-tune an encoder or decoder with a classification head, and evaluate one."""
