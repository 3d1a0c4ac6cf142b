"""Which settings decide answers: a change of one of them asks the golden questions again."""

from __future__ import annotations

from pathlib import Path

import pytest

from balas.knowledge.answer_conditions import WITHOUT_INFLUENCE, answer_conditions
from balas.settings import Settings, load_settings

DECIDING = frozenset(
    {
        "BALAS_ANSWERS",
        "BALAS_ANSWER_LENGTH",
        "BALAS_ASSISTANT_NAME",
        "BALAS_EMBEDDINGS",
        "BALAS_TONE",
        "BALAS_WHEN_UNKNOWN",
        "OPENAI_BASE_URL",
        "OPENAI_EMBEDDING_MODEL",
        "OPENAI_MODEL",
    }
)


def conditions(**changes: object) -> dict[str, str]:
    return answer_conditions(load_settings().model_copy(update=changes))


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_each_setting_was_judged_whether_it_decides_answers() -> None:
    """A new setting stands here or in `WITHOUT_INFLUENCE`."""
    assert set(conditions()) - {"prompts", "Balas"} == DECIDING
    assert set(Settings.model_fields) >= WITHOUT_INFLUENCE


def test_what_changes_answers_changes_the_conditions_and_nothing_else_does() -> None:
    assert conditions(openai_model="other") != conditions()
    assert conditions(balas_audit_days=7, balas_port=9000, balas_model_cost_per_day=1.0) == conditions()
