"""In which language a model's draft is, where that is sure enough to refuse it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from balas.rag.talk.phrases import primary
from balas.rag.words import cues

SURE_LETTERS = 60  # from which letters tell
SURE_WORDS = 3  # small words that tell of a shorter one
CLEARLY = 2  # more of them than of the person's own


def spoken_in(draft: str, language: str, detect: Callable[[str, str | None], str]) -> str:
    """The language of a draft; the one that is expected where it can not be told."""
    if sum(map(str.isalpha, draft)) >= SURE_LETTERS:
        return primary(detect(draft, language))
    heard: Counter[str] = Counter()
    for word in cues.words(draft):
        heard.update(cues.languages_of("hollow", word) | cues.languages_of("small", word))
    own = heard.pop(language, 0)
    most = heard.most_common(2)
    is_sure = bool(most) and most[0][1] >= max(SURE_WORDS, own + CLEARLY) and (len(most) < 2 or most[1][1] < most[0][1])
    return most[0][0] if is_sure and language in cues.languages_with("hollow") else language
