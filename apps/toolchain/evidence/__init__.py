"""What stands behind scores: the samples of an evaluation, comparisons, repetitions and overviews."""
