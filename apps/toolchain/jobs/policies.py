"""Policies of the views of jobs; `access.py` checks access to single objects."""

from apps.core.web.policies import Policy

JOB_KEY = Policy("job-key", "the job's key")
JOB_READ = Policy("job-read", "readers of the job", admits_anonymous=True, admits_applications=True)
JOB_WRITE = Policy("job-write", "who may change the job")
RECEIPT_READ = Policy(
    "receipt-read", "readers of the receipt", admits_anonymous=True, admits_applications=True
)
