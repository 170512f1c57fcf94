"""The files of a dataset: its subsets and splits, by the rules of the datasets library; plain Python."""
