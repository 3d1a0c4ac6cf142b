"""Questions of one meaning are gathered, in the same way whenever the same come in the same order."""

from __future__ import annotations

from balas.rag.approved import as_compared
from balas.rag.vectors.clusters import Clusters
from balas.rag.vectors.embedded_model import EmbeddedModel

ASKED = [
    ("tyres", "Apakah kalian menjual ban mobil bekas?"),
    ("president", "Siapa presiden Prancis?"),
    ("tyres", "apakah kalian jual ban mobil bekas"),
    ("repair", "Do you repair espresso machines?"),
    ("tyres", "kalian jual ban mobil bekas?"),
    ("repair", "can you repair my espresso machine?"),
    ("sell", "Do you sell espresso machines?"),
    ("president", "siapa presiden prancis sekarang"),
]


def gathered(model: EmbeddedModel) -> tuple[Clusters, dict[int, list[str]]]:
    clusters, found = Clusters(model.name, ()), dict[int, list[str]]()
    for number, vector in enumerate(model.embed_queries([as_compared(text) for _, text in ASKED])):
        cluster = clusters.nearest(vector) or len(found) + 1
        clusters.put(cluster, number, vector)
        found.setdefault(cluster, []).append(ASKED[number][0])
    return clusters, found


def test_questions_of_one_meaning_are_together_and_no_others(model: EmbeddedModel) -> None:
    _, found = gathered(model)
    assert sorted(found.values()) == [["president"] * 2, ["repair"] * 2, ["sell"], ["tyres"] * 3]
    assert gathered(model)[1] == found


def test_the_one_in_the_middle_speaks_for_all(model: EmbeddedModel) -> None:
    closeness = gathered(model)[0].closeness(1)
    assert set(closeness) == {0, 2, 4}
    assert ASKED[max(closeness, key=lambda question: closeness[question])][1] == "apakah kalian jual ban mobil bekas"


def test_other_models_spread_wider() -> None:
    bundled, other = Clusters("multilingual-e5-small", ()), Clusters("openai:any", ())
    assert other._threshold < bundled._threshold
