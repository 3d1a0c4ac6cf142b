"""What RQ writes of jobs that begin and end, in one call to Redis where its own worker makes five.

The same keys with the same values: `rq info`, dashboards, other workers and RQ's search for abandoned jobs read them.
"""

from __future__ import annotations

from typing import NamedTuple
from uuid import uuid4

from rq.defaults import RQ_KEY_PREFIX
from rq.executions import Execution, ExecutionRegistry
from rq.job import Job
from rq.queue import Queue
from rq.utils import get_version, now, utcformat
from rq.worker.base import BaseWorker

# One job that ended, as `handle_job_success` has it for a job without result, repeats and others that wait for it. Not
# `job.delete`, which asks three times first what is known here: it was started, and by this worker alone.
# Then those that begin, as `Queue.lmove`, `Job.fetch`, `prepare_execution` and `prepare_job_execution` have it. A job
# leaves the queue when it is registered as started: one whose worker dies is found there, never between the two.
CHANGE = """
local worker, running, started, queue, intermediate, jobs, executions, registries = unpack(KEYS)
local ended, seconds, popped, name, date, time, ttl = unpack(ARGV)
if ended ~= '' then
  redis.call('HINCRBY', worker, 'successful_job_count', 1)
  redis.call('HINCRBYFLOAT', worker, 'total_working_time', seconds)
  redis.call('DEL', unpack(KEYS, 9))
  redis.call('ZREM', started, ended)
  redis.call('SREM', running, ended)
end
local function next_id()
  repeat
    local id = popped
    if id == '' then id = redis.call('LPOP', queue) else redis.call('LREM', intermediate, 1, id) end
    popped = ''
    if not id or redis.call('HEXISTS', jobs .. id, 'data') == 1 then return id end
  until false
end
local begun = {}
for place = 8, #ARGV do
  local id, execution = next_id(), ARGV[place]
  if not id then break end
  local both = id .. ':' .. execution
  begun[#begun + 1] = {id, execution, redis.call('HGETALL', jobs .. id)}
  redis.call('HSET', jobs .. id,
    'last_heartbeat', date, 'status', 'started', 'started_at', date, 'worker_name', name)
  redis.call('PERSIST', jobs .. id)
  redis.call('HSET', executions .. both,
    'id', execution, 'job_id', id, 'created_at', time, 'last_heartbeat', time, 'worker_name', name)
  redis.call('EXPIRE', executions .. both, ttl)
  redis.call('ZADD', registries .. id, math.floor(time) + ttl + 60, execution)
  redis.call('EXPIRE', registries .. id, ttl + 60)
  redis.call('ZADD', started, math.floor(time) + ttl, both)
  redis.call('SADD', running, both)
end
if #begun > 0 then
  redis.call('EXPIRE', running, ttl + 60)
  redis.call('HSET', worker, 'state', 'busy')
elseif redis.call('EXISTS', running) == 0 then
  redis.call('HSET', worker, 'state', 'idle')
end
return begun
"""


class Ended(NamedTuple):
    job: Job
    execution: Execution
    seconds: float


class Begun(NamedTuple):
    job: Job
    execution: Execution


class Books:
    """Of one worker and its one queue. Safe to share between threads."""

    def __init__(self, worker: BaseWorker, queue: Queue) -> None:
        self._worker = worker
        connection = worker.connection
        self._change = connection.register_script(CHANGE)
        self._keys = (
            worker.key,
            worker.executions_key,
            queue.started_job_registry.key,
            queue.key,
            queue.intermediate_queue_key,
            Job.key_for(""),
            f"{RQ_KEY_PREFIX}:execution:",
            ExecutionRegistry("", connection).key,
        )

    def change(self, most: int, ttl: int, *, popped: bytes = b"", ended: Ended | None = None) -> list[Begun]:
        """Begins `most` of the jobs that wait, or fewer; the first is the one that was popped already."""
        moment = now()
        was, seconds, gone = ("", 0.0, ()) if ended is None else _end(*ended)
        ours = (was, seconds, popped, self._worker.name, utcformat(moment), moment.timestamp(), ttl)
        found = self._change((*self._keys, *gone), (*ours, *(uuid4().hex for _ in range(most))))
        return [self._begun(id_.decode(), execution.decode(), fields) for id_, execution, fields in found]

    def _begun(self, job_id: str, execution_id: str, fields: list[bytes]) -> Begun:
        worker = self._worker
        job = worker.job_class(job_id, connection=worker.connection, serializer=worker.serializer)
        job.restore(dict(zip(fields[::2], fields[1::2], strict=True)))
        job.worker_name = worker.name
        job.redis_server_version = get_version(worker.connection)
        execution = Execution(execution_id, job_id, worker.connection, worker.name)
        execution._job = job
        return Begun(job, execution)


def _end(job: Job, execution: Execution, seconds: float) -> tuple[str, float, tuple[str, ...]]:
    registry = ExecutionRegistry(job.id, job.connection).key
    gone = (job.key, job.dependents_key, job.dependencies_key, execution.key, registry)
    return execution.composite_key, seconds, gone
