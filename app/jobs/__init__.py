"""Work that outlives a request: asked for in the deed's transaction, done at least once by a worker."""

from app.jobs.models import Job, JobState
from app.jobs.port import JobQueue, Lease

__all__ = ["Job", "JobQueue", "JobState", "Lease"]
