"""Queues and jobs: Celery delivers jobs; their rows in PostgreSQL are authoritative."""

from ecosystem import env

CELERY_BROKER_URL = env.redis().celery
QUEUE_URL = env.queue().site
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "light"
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_SOFT_TIME_LIMIT = 300
CELERY_TASK_TIME_LIMIT = 360
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 200
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600}
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"


def _times(limit: int | None, unit: int) -> int | None:
    return None if limit is None else limit * unit


# by meter, for namespaces without a limit of their own; None is unlimited, 0 is nothing
USAGE_LIMITS = {
    "storage_bytes": _times(env.STORAGE_QUOTA_GIB, 1 << 30),
    "active_jobs": env.JOBS_PER_PERSON,
    "cpu_seconds": _times(env.CPU_HOURS_PER_MONTH, 3600),
    "gpu_seconds": _times(env.GPU_HOURS_PER_MONTH, 3600),
}
UNTRUSTED_JOBS = env.UNTRUSTED_JOBS
JOB_LEASE_SECONDS = env.JOB_LEASE_SECONDS
JOB_HEARTBEAT_SECONDS = env.JOB_HEARTBEAT_SECONDS
JOB_SECONDS_LIMIT = env.JOB_HOURS_LIMIT * 3600
JOB_STEPS_LIMIT = env.JOB_STEPS_LIMIT
JOB_ARTIFACT_LIMIT_BYTES = env.JOB_ARTIFACT_LIMIT_MIB << 20
JOB_CHECKPOINT_LIMIT_BYTES = env.JOB_CHECKPOINT_LIMIT_MIB << 20
JOB_CHECKPOINT_DAYS = env.JOB_CHECKPOINT_DAYS
SIGNING_KEY_FILE = env.DATA_DIR / "secrets" / "receipts_ed25519.pem"
LIVE_VIEWS_PER_PROCESS = max(1, env.WEB_THREADS * 3 // 4)
