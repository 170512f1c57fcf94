"""Fine-tunes in the form of the OpenAI API: files instead of datasets, names that clients call models by."""
