"""Which things of a list a few words name: by the words themselves, else by what they mean."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from balas.rag.quoting.extremes import naming
from balas.rag.quoting.items import Item
from balas.rag.quoting.word_shares import held
from balas.rag.vectors.centre import CENTRED_MODEL, centre_of
from balas.rag.vectors.remembered_vectors import SentenceEmbedder
from balas.rag.words import cues, topics
from balas.rag.words.lexical import length_in_words, plain_words, unaccented, word_grams

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

SHORT = 4  # letters below which a word must be the same, but for an ending
ALIKE = 0.5  # of a word's 4-grams, from which it may be another one mistyped
ENDING = 2  # letters that a plural or a case adds
MANY = 0.5  # of the things under a heading, that it must tell apart by name for others to be none
KIND_WORDS = 2  # of a cell that tells what kind of thing a row's is
KIND_LENGTH = 3  # words, by signs, of a kind's name in scripts without blanks
LABEL_WORDS = 4  # of a heading that names what stands below it; more tell of something else as well
MOST_NAMES = 400  # things whose names are compared by meaning
# How near a name must be in meaning, and how much nearer than the next, to be the one that was asked for. Means of the
# whole name's cosine and of its words'; measured with foods, drinks and rooms in ten languages.
NEAR = 0.385
NEAR_AT_ALL = 0.3  # of the nearest, where a quote was found by other means
FOREMOST = 3
LEAD = 0.06
LEAD_OF_WHOLE = 0.05
# Topics of headings under which things are for sale; "carta" is a menu too.
_SOLD = frozenset({topics.DAY, topics.SHOP, "card", "breakfast", "children", "vegetarian", "gluten", "halal"})
WEAKEST = 0.25  # of the words asked for: "leche de almendras" is no almond croissant


def named(
    words: Sequence[str], items: Sequence[Item], embedder: SentenceEmbedder, *, several: bool = True
) -> list[Item]:
    """The items that all these words name; [] where there are none, or some words name nothing here. `several`: they
    may also name one thing each."""
    if not words:
        return _unmentioned(items)
    told = [_holding(word, items) for word in words]
    if all(told):
        common = frozenset.intersection(*told)
        return [items[at] for at in sorted(common)] or (_each(words, items) if several else [])
    if any(told) or any(cues.is_unspaced(word) and length_in_words(word) > KIND_LENGTH for word in words):
        return []  # a long run without blanks is a clause: it means more than a kind's name
    return _meant(words, items, embedder)


def _unmentioned(items: Sequence[Item]) -> list[Item]:
    """What is for sale: not what delivery costs, which nobody named. Tables tell it where most of it stands in some."""
    sold = [item for item in items if topics.shown(f"{item.heading}\n{item.column}") <= _SOLD]
    rows = [item for item in sold if item.quote.is_row]
    return rows if len(rows) > MANY * len(sold) else sold


def _each(words: Sequence[str], items: Sequence[Item]) -> list[Item]:
    """ "cheesecake or carrot cake": the things whose names are said in full."""
    found = [item for item in items if (parts := plain_words(item.name)) and all(_meets(one, words) for one in parts)]
    return found if len({item.name for item in found}) > 1 else []


def _holding(word: str, items: Sequence[Item]) -> frozenset[int]:
    """Those that a word names: in their own cells or right above them, else in what stands further up."""
    kinds = Counter(cell for item in items for cell in set(item.cells))
    said = [
        [item.name, *(cell for cell in item.cells if kinds[cell] > 1 and len(cues.words(cell)) <= KIND_WORDS)]
        for item in items
    ]
    own = frozenset(at for at, cells in enumerate(said) if stands(word, "\n".join(cells)))
    own = own or frozenset(at for at, item in enumerate(items) if stands(word, "\n".join(item.cells)))
    most = KIND_WORDS if own else LABEL_WORDS  # "Grinders and scales" is of others too
    headed = frozenset(
        at for at, one in enumerate(items) if _heads(word, one.heading, most) or _heads(word, one.column, most)
    )
    above = frozenset(at for at, item in enumerate(items) if any(_heads(word, part, most) for part in item.above))
    if above and len(own & above) < MANY * len(above):
        headed |= above
    about = frozenset().union(*topics.heard(word).topics)
    if not (own | headed) and about:
        return frozenset(at for at, item in enumerate(items) if about & topics.shown(f"{item.heading}\n{item.column}"))
    if own | headed:
        return own | headed
    return frozenset(at for at, item in enumerate(items) if stands(word, f"{item.heading}\n{item.quote.passage.title}"))


def stands(word: str, text: str) -> bool:
    if cues.is_unspaced(word):
        return word in cues.normal(text)
    return _meets(word, plain_words(text))


def _heads(word: str, heading: str, most: int) -> bool:
    return len(cues.words(heading)) <= most and stands(word, heading)


def _meets(word: str, others: Sequence[str]) -> bool:
    """The same word, but for an ending."""
    bare = unaccented(cues.normal(word))
    return any(_is_same(bare, unaccented(cues.normal(other))) for other in others)


def _is_same(one: str, other: str) -> bool:
    if one == other:
        return True
    short, long = sorted((one, other), key=len)
    if len(short) < SHORT:
        return len(short) == SHORT - 1 and len(long) - len(short) <= ENDING and long.startswith(short)
    if short in long:  # "cheesecake"
        return True
    # Mistyped, but not from its first letter: "ongkir" is no "cangkir".
    return one[0] == other[0] and held(one, frozenset(word_grams(other))) >= ALIKE


def _meant(words: Sequence[str], items: Sequence[Item], embedder: SentenceEmbedder) -> list[Item]:
    """Those of the kind that is nearest in meaning, when it leads clearly."""
    names = {item.name for item in items}
    kinds = Counter(label for item in items for label in {item.column, item.heading, *item.above, *item.cells} - names)
    kind = nearest(words, [label for label, count in kinds.items() if count > 1 and is_label(label)], embedder)
    return named(naming(kind) or cues.words(kind), items, embedder) if kind else []


def is_label(text: str) -> bool:
    return 0 < len(cues.words(text)) <= LABEL_WORDS and not any(sign.isdecimal() for sign in text)


def nearest(words: Sequence[str], labels: Sequence[str], embedder: SentenceEmbedder, said: str = "") -> str | None:
    """The label that means what these words say, or None where none leads clearly. One that says more than the first
    ("Kopi Robusta" beside "Kopi") is no rival. `said`: the words with what stands between them."""
    near = _nearness(words, labels, embedder, said)
    if near is None:
        return None
    first = int(near.means.argmax())
    rivals = [at for at, place in enumerate(near.places) if not set(near.places[first]) <= set(place)]
    is_near = near.means[first] >= NEAR and near.weakest[first] >= WEAKEST
    is_ahead = not rivals or (
        near.means[first] - near.means[rivals].max() >= LEAD
        and near.whole[first] - near.whole[rivals].max() >= LEAD_OF_WHOLE
    )
    return labels[first] if is_near and is_ahead else None


def foremost(words: Sequence[str], labels: Sequence[str], embedder: SentenceEmbedder, said: str) -> frozenset[str]:
    """The labels that are nearest, by the whole or by their words, however little they lead."""
    near = _nearness(words, labels, embedder, said)
    if near is None or near.means.max() < NEAR_AT_ALL:
        return frozenset()
    ranked = [*near.means.argsort()[::-1][:FOREMOST], near.whole.argmax()]
    return frozenset(labels[int(at)] for at in ranked)


def phrase_of(text: str, words: Sequence[str]) -> str:
    """From the first of these words in a text to the last: "leche de avena"."""
    said = cues.words(text)
    places = [at for at, word in enumerate(said) if any(word.endswith(one) for one in words)]
    return " ".join(said[places[0] : places[-1] + 1]) if places else ""


def nearness_of_words(words: Sequence[str], others: Sequence[str], embedder: SentenceEmbedder) -> list[float]:
    """Of each word to the nearest of the others; 0 with a model whose scale is not known."""
    if embedder.name != CENTRED_MODEL:
        return [0.0] * len(words)
    near: list[float] = (_asked(words, embedder) @ _told(others, embedder).T).max(axis=1).tolist()
    return near


class _Nearness(NamedTuple):
    """Of each label to the words: as a whole, with the mean of its words, by the word that is furthest."""

    whole: Vectors
    means: Vectors
    weakest: Vectors
    places: list[list[int]]


def _nearness(words: Sequence[str], labels: Sequence[str], embedder: SentenceEmbedder, said: str) -> _Nearness | None:
    if embedder.name != CENTRED_MODEL or not 0 < len(labels) <= MOST_NAMES:
        return None
    import numpy as np  # noqa: PLC0415 (with the embedder)

    vocabulary = {word: at for at, word in enumerate(dict.fromkeys(w for label in labels for w in cues.words(label)))}
    whole = (_asked([said or " ".join(words)], embedder) @ _told(labels, embedder).T)[0]
    by_word = _asked(words, embedder) @ _told(list(vocabulary), embedder).T
    places = [[vocabulary[word] for word in cues.words(label)] for label in labels]
    best = np.stack([by_word[:, place].max(axis=1) for place in places])  # a row a label, a column a word
    return _Nearness(whole, (best.mean(axis=1) + whole) / 2, best.min(axis=1), places)


def _asked(texts: Sequence[str], embedder: SentenceEmbedder) -> Vectors:
    import numpy as np  # noqa: PLC0415 (with the embedder)

    vectors = embedder.embed_queries(texts)
    centre = centre_of(embedder.name, vectors.shape[1])
    return np.stack([centre.of_question(vector) for vector in vectors])


def _told(texts: Sequence[str], embedder: SentenceEmbedder) -> Vectors:
    import numpy as np  # noqa: PLC0415 (with the embedder)

    vectors = embedder.embed_passages(texts)
    centre = centre_of(embedder.name, vectors.shape[1])
    return np.stack([centre.of_passage(vector) for vector in vectors])
