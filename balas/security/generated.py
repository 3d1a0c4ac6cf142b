"""Secrets that Balas makes for itself, kept in the data folder with mode 600."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class KeptSecret:
    value: str
    created: bool  # True only for the process that made it: show it once


def kept_secret(data_dir: Path, name: str, length: int = 32) -> KeptSecret:
    """Read the secret `name`, or make it; two processes starting at once get the same one."""
    folder = data_dir / "secrets"
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    path = folder / name
    draft = folder / f".{name}.{secrets.token_hex(4)}"
    if not path.exists():
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(secrets.token_urlsafe(length))
            file.flush()
            os.fsync(file.fileno())
        try:
            # link() fails when another process was first, where rename() would replace its secret
            path.hardlink_to(draft)
            return KeptSecret(path.read_text(encoding="utf-8"), created=True)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return KeptSecret(path.read_text(encoding="utf-8"), created=False)
