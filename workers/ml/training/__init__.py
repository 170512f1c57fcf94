"""The training kit that recipes share: Trainer set-up, LoRA, progress, checkpoints and output."""
