"""RQ's own worker, one fork a job, with the application imported before the first fork."""

from __future__ import annotations

from rq import Worker

from benchmarks import naive_app

if __name__ == "__main__":
    Worker([naive_app.queue], connection=naive_app.redis).work(logging_level="WARNING")
