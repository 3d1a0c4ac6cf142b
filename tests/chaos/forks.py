"""One web process after the other, forked from one that has imported everything, so that each is there in a moment.

usage: python -m tests.chaos.forks; each line of stdin is a failpoint to arm, each line of stdout how that process ended
"""

from __future__ import annotations

import os
import sys


def serve_once(failpoint: str) -> int:
    """Serve with this failpoint armed until it strikes; the exit code."""
    number = os.fork()
    if number == 0:
        os.dup2(2, 1)  # stdout tells how they ended, and nothing else
        os.environ["BALAS_TEST_FAILPOINT"] = failpoint
        serve()
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])


if __name__ == "__main__":
    import balas.bootstrap
    import balas.cli.opening
    import balas.cli.server  # noqa: F401 imported before the fork
    from balas.cli.serve import serve

    for line in sys.stdin:
        code = serve_once(line.strip())
        sys.stdout.write(f"{code}\n")
        sys.stdout.flush()
