"""Look the locked dependencies up in the database of known vulnerabilities (`make audit`).

pip-audit says "No known vulnerabilities found", and exits 0, when it could look nothing up. Here that is said loudly;
it fails nothing, because a machine without the database cannot do better.
"""

from __future__ import annotations

import json
import subprocess
import sys

LOCK = "requirements.lock"
_COMMAND = ("-m", "pip_audit", "--disable-pip", "--require-hashes", "-r", LOCK, "-f", "json", "--progress-spinner=off")


_UNREACHABLE = ("ConnectionError", "ConnectTimeout", "ReadTimeout", "ServiceError")


def judge(output: str, errors: str) -> tuple[int, list[str]]:
    """Exit code and what to say, from pip-audit's JSON and what it wrote to standard error."""
    try:
        packages = json.loads(output)["dependencies"]
    except (ValueError, KeyError):
        if any(name in errors for name in _UNREACHABLE):
            return 0, [_loud("the database of known vulnerabilities cannot be reached")]
        return 1, [f"audit: pip-audit failed: {(errors.strip().splitlines() or ['it said nothing'])[-1]}"]
    skipped = [one for one in packages if "skip_reason" in one]
    found = [_line(one, flaw) for one in packages for flaw in one.get("vulns", [])]
    if skipped:
        found.append(_loud(f"{len(skipped)} of {len(packages)} packages could not be looked up"))
    elif not found:
        found.append(f"audit: no known vulnerability in {len(packages)} packages")
    return int(any(one.get("vulns") for one in packages)), found


def _line(package: dict[str, str], flaw: dict[str, list[str] | str]) -> str:
    mended = ", ".join(flaw["fix_versions"]) or "no version yet"
    return f"audit: {package['name']} {package['version']}: {flaw['id']}, mended in {mended}"


def _loud(reason: str) -> str:
    return f"{'!' * 72}\naudit: NOT AUDITED: {reason}\n{'!' * 72}"


def main() -> int:
    done = subprocess.run(  # noqa: S603 our own arguments
        [sys.executable, *_COMMAND], capture_output=True, text=True, check=False
    )
    code, lines = judge(done.stdout, done.stderr)
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return code


if __name__ == "__main__":
    sys.exit(main())
