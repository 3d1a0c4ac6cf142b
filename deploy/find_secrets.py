"""Look for secrets in what git keeps (`make secrets`): a key that was pasted must not reach the repository.

What `.secrets.baseline` knows is a sample or a test's own: only its hash stands there. A new false alarm is added by
`python deploy/find_secrets.py --accept`, and seen in the change.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
BASELINE = ROOT / ".secrets.baseline"
MADE_UP = ("tests/", "benchmarks/")  # whatever is called a password there is one of the test's; its look still counts
OF_OTHERS = ("balas/api/static/", "balas/console/static/vendor/")


def kept_files(root: Path) -> list[str] | None:
    """What git keeps; None where it cannot be asked, as in an unpacked archive."""
    try:
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, text=True, check=True)  # noqa: S607 git of the machine
    except (OSError, subprocess.CalledProcessError):
        return None
    names = [name for name in listed.stdout.split("\0") if name and not name.startswith(OF_OTHERS)]
    return [name for name in names if not name.endswith((".lock", BASELINE.name)) and (root / name).is_file()]


def look(root: Path, names: Sequence[str], baseline: dict[str, Any]) -> tuple[list[str], dict[str, Any]]:
    """What is new, a line each, and the baseline that would know it."""
    from detect_secrets.core.secrets_collection import SecretsCollection  # noqa: PLC0415 not for who reads this file
    from detect_secrets.settings import transient_settings  # noqa: PLC0415 likewise

    with transient_settings(baseline):
        found = SecretsCollection(root=str(root))
        found.scan_files(*names)
    known = {tuple(one.values()) for some in baseline["results"].values() for one in some}  # in whichever file
    new: list[str] = []
    entries: dict[str, list[dict[str, str]]] = {}
    for name, one in found:
        if one.type == "Secret Keyword" and name.startswith(MADE_UP):
            continue
        # No line number: a baseline that holds them changes with every line above.
        entry = {"type": one.type, "hashed_secret": one.secret_hash}
        entries.setdefault(name, []).append(entry)
        if tuple(entry.values()) not in known:
            new.append(f"{name}:{one.line_number}: {one.type}")
    return new, {**baseline, "results": entries}


def main() -> int:
    baseline = json.loads(BASELINE.read_text(encoding="utf-8"))
    names = kept_files(ROOT)
    if names is None:
        sys.stdout.write(f"{'!' * 72}\nsecrets: NOT CHECKED: this is no checkout of git\n{'!' * 72}\n")
        return 0
    new, knowing = look(ROOT, names, baseline)
    if "--accept" in sys.argv[1:]:
        BASELINE.write_text(json.dumps(knowing, indent=1) + "\n", encoding="utf-8")
        sys.stdout.write(f"secrets: {len(new)} added to {BASELINE.name}\n")
        return 0
    for line in new:
        sys.stdout.write(f"secrets: {line}\n")
    if new:
        sys.stdout.write(
            "secrets: take them out and revoke them; for a sample: python deploy/find_secrets.py --accept\n"
        )
        return 1
    sys.stdout.write(f"secrets: none in {len(names):,} files\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
