"""`balas` and `python -m balas`."""

import os
import sys

INTERRUPTED = 130  # as shells count it: 128 and the signal's number


def main() -> None:
    """Run the command line; exit 0, 1 (it failed), 2 (wrong usage) or 78 (configuration refused)."""
    os.umask(0o077)  # files hold messages, numbers and secrets: readable by their user alone
    try:
        from balas.cli import app  # noqa: PLC0415 it takes a moment, in which somebody may press Ctrl+C
        from balas.errors import BalasError, ConfigurationRefused  # noqa: PLC0415 likewise
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    try:
        app()
    except ConfigurationRefused as error:
        sys.stderr.write("".join(f"balas: {problem}\n" for problem in error.problems))
        sys.exit(78)
    except BalasError as error:
        sys.stderr.write(f"balas: {error}\n")
        sys.exit(1)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        sys.stderr.write(f"balas: {place}{error.strerror or error}\n")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except Exception as error:  # noqa: BLE001 the edge of the process
        # Not what the error says: it may hold what people wrote.
        sys.stderr.write(_unexpected(error))
        sys.exit(1)


def _unexpected(error: Exception) -> str:
    """One line, after the traceback if LOG_LEVEL is DEBUG."""
    from balas.errors import ConfigurationRefused  # noqa: PLC0415 as above
    from balas.security.tracebacks import traceback_of  # noqa: PLC0415 needed here alone
    from balas.settings import load_settings  # noqa: PLC0415 pydantic takes its time, and --help needs none

    line = (
        f"balas: an unexpected {type(error).__name__}, a mistake of Balas; LOG_LEVEL=DEBUG shows where: report that\n"
    )
    try:
        shown = load_settings().log_level == "DEBUG"
    except ConfigurationRefused:
        shown = False
    return f"{traceback_of(error)}\n{line}" if shown else line


if __name__ == "__main__":
    main()
