"""The data kit: texts, personal data, languages, duplicates, splits, profiles and files of datasets."""
