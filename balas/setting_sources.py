"""Where the text of a setting comes from: the strongest source that has it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from dotenv import dotenv_values

from balas.errors import ConfigurationRefused

# Names that only Balas' own tests read; no product settings, and never a reason to refuse the start.
TEST_PREFIX = "BALAS_TEST_"


@dataclass(frozen=True, slots=True)
class Names:
    """Those of all settings, and those of the secrets among them, which a file may hold."""

    known: Collection[str]
    secret: Collection[str]

    def setting(self, name: str) -> str:
        """The setting that a name stands for: of a secret, `NAME_FILE` stands for NAME."""
        base = name.removesuffix("_FILE")
        return base if base in self.secret else name


def joined(environment: Mapping[str, str], env_file: Path | None, names: Names) -> dict[str, str]:
    """The environment over `.env`: what the environment has as NAME or NAME_FILE hides both forms in `.env`."""
    if env_file is None or not env_file.is_file():
        return dict(environment)
    stated = {names.setting(name) for name, value in environment.items() if value.strip()}
    beneath = {name: value for name, value in _read(env_file).items() if names.setting(name) not in stated}
    return beneath | dict(environment)


def chosen(stated: Mapping[str, str], names: Names, problems: list[str]) -> dict[str, str]:
    """The texts by field name; an unknown name or an unreadable file becomes a problem."""
    values: dict[str, str | None] = {}
    for name, value in stated.items():
        setting = names.setting(name)
        if name in names.known:
            if value.strip():
                values[name.lower()] = value.strip()
        elif setting != name:
            if value.strip() and not stated.get(setting, "").strip():
                values[setting.lower()] = _content(name, value.strip(), problems)
        elif name.startswith("BALAS_") and not name.startswith(TEST_PREFIX):
            problems.append(f"{name}: unknown setting; docs/settings.md lists them all")
    return {name: value for name, value in values.items() if value is not None}


def _read(path: Path) -> dict[str, str]:
    try:
        return {name: value for name, value in dotenv_values(path).items() if value is not None}
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationRefused(
            f"{path}: the file could not be read ({type(error).__name__}); it must be UTF-8 text that we may read"
        ) from error


def _content(name: str, path: str, problems: list[str]) -> str | None:
    try:
        return Path(path).read_text(encoding="utf-8").strip() or None
    except (OSError, UnicodeDecodeError, ValueError) as error:
        problems.append(f"{name}: the file could not be read ({type(error).__name__}); check the path and its rights")
        return None
