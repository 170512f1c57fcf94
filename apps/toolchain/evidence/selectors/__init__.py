"""Reading the samples of evaluations and what differs between two."""

from .comparing import Comparison, Difference, Outcome, compare_receipts
from .drift import Drift, drift_of, repetitions_of
from .overview import DatasetScore, scores_by_dataset
from .samples import SampleFilter, SampleOutcome, SamplePage, SampleSort, search_samples

__all__ = [
    "Comparison",
    "DatasetScore",
    "Difference",
    "Drift",
    "Outcome",
    "SampleFilter",
    "SampleOutcome",
    "SamplePage",
    "SampleSort",
    "compare_receipts",
    "drift_of",
    "repetitions_of",
    "scores_by_dataset",
    "search_samples",
]
