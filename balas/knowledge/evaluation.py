"""A set of questions through the code that answers chats, beside the plain pipeline of the tutorials."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from balas.knowledge.chunker import chunk
from balas.knowledge.kept_vectors import KeptVectors
from balas.knowledge.parser import parse_text
from balas.rag.embeddings import Embedder
from balas.rag.index import IndexedDocument, IndexEntry, PassageIndex, embedded_text, prepare_entry
from balas.rag.measuring.answer_figures import AnswerFigures
from balas.rag.measuring.evaluation import EvaluationSet, Figures, Row, auroc, read_set
from balas.rag.question import questions
from balas.rag.retriever import Retriever
from balas.rag.stores.edge_store import open_edge_index
from balas.rag.stores.scratch import scratch
from balas.rag.talk.smalltalk import smalltalk
from balas.rag.words.language import detect
from balas.values import Chunk, Retrieval

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

AUDIENCE = "public"
HITS = 100
WITHHELD = 300  # questions asked again without their documents, where a set has no unanswerable ones
BATCH = 64
PLAIN_CHARACTERS, PLAIN_OVERLAP = 1000, 200

Progress = Callable[[str, int, int], None]
"""Told the stage, how many are done, of how many."""
Answering = Callable[[Retriever], Callable[[str], str | None]]
"""Given the retriever of the set, what answers a question: a text, or None when it abstains."""


@dataclass
class Pipeline:
    """The results of one way of searching the set."""

    figures: Figures = field(default_factory=Figures)
    answerable: list[float] = field(default_factory=list)
    unanswerable: list[float] = field(default_factory=list)
    answers: AnswerFigures = field(default_factory=AnswerFigures)

    def as_dict(self) -> dict[str, float | None]:
        return self.figures.means() | {"abstention_auroc": auroc(self.answerable, self.unanswerable)}


@dataclass(frozen=True, slots=True)
class Evaluation:
    documents: int
    passages: int
    queries: int
    unanswerable: int  # in the set itself; without any, the abstention figure withholds the documents of some
    balas: dict[str, float | None]
    plain: dict[str, float | None]
    answers: dict[str, float | None] | None = None  # where each question was answered too


def evaluate(
    directory: Path,
    *,
    embedder: Embedder,
    run_file: Path | None = None,
    answers: Answering | None = None,
    progress: Progress = lambda stage, done, total: None,
    cache: Path | None = None,
) -> Evaluation:
    """Index the set in a temporary directory and ask everything. Raises `InvalidRequest`, `ModelUnavailable`, …

    `cache` is a folder that keeps the passages' vectors for the next time.
    """
    evaluated = read_set(directory)
    memory = Memory(embedder, progress, cache)
    with scratch("eval") as folder:
        index = open_edge_index(folder, model=embedder.name, dimension=embedder.dimension)
        try:
            asked = Asked(evaluated, index, embedder, memory)
            asked.fill()
            balas = asked.ask(run_file, answers, progress)
            passages = index.count()
        finally:
            index.close()
    plain = plain_pipeline(evaluated, memory)
    unanswerable = sum(not evaluated.is_answerable(query) for query in evaluated.queries)
    counts = (len(evaluated.documents), passages, len(evaluated.queries), unanswerable)
    return Evaluation(*counts, balas.as_dict(), plain.as_dict(), balas.answers.as_dict() if answers else None)


def withheld(evaluated: EvaluationSet) -> list[Row]:
    """Questions to ask again without their documents, evenly spread. None if the set has unanswerable ones, or does not
    say which documents answer."""
    answerable = [query for query in evaluated.queries if evaluated.is_answerable(query)]
    if not evaluated.judged or len(answerable) < len(evaluated.queries):
        return []
    step = max(1, len(answerable) // WITHHELD)
    return answerable[::step][:WITHHELD]


def add_figures(evaluated: EvaluationSet, query: Row, ranking: Sequence[str], figures: Figures) -> None:
    """`ranking`: document ids, best first, each once."""
    if evaluated.judged:
        figures.add(ranking, evaluated.relevant[query.id])
    elif query.answers:
        texts = {document.id: f"{document.title}\n{document.text}" for document in evaluated.documents}
        figures.add_unjudged([texts[document] for document in ranking[:4]], query.answers)


class Memory:
    """Embeds each text once: the two pipelines share most of their passages, and all questions."""

    def __init__(self, embedder: Embedder, progress: Progress, cache: Path | None = None) -> None:
        self._embedder = embedder
        self._progress = progress
        self._kept = KeptVectors(cache, embedder.name) if cache else None
        self._passages: dict[str, Vectors] = {}

    def passages(self, texts: Sequence[str], stage: str) -> Vectors:
        import numpy as np  # noqa: PLC0415 (with the first vector)

        new = sorted({text for text in texts if text not in self._passages}, key=len)
        if self._kept:
            self._passages |= self._kept.read(new)
            new = [text for text in new if text not in self._passages]
        for start in range(0, len(new), BATCH):
            batch = new[start : start + BATCH]
            made = dict(zip(batch, self._embedder.embed_passages(batch), strict=True))
            self._passages |= made
            if self._kept:
                self._kept.write(made)
            self._progress(stage, start + len(batch), len(new))
        return np.stack([self._passages[text] for text in texts])

    def queries(self, texts: Sequence[str]) -> Vectors:
        return self._embedder.embed_queries(texts)


class Asked:
    """The set in an index of its own."""

    def __init__(self, evaluated: EvaluationSet, index: PassageIndex, embedder: Embedder, memory: Memory) -> None:
        self._set = evaluated
        self._index = index
        self._memory = memory
        self._retriever = Retriever(index, embedder)
        self._ids = [document.id for document in evaluated.documents]
        self._numbers = {document: number for number, document in enumerate(self._ids)}
        self._entries: dict[int, list[IndexEntry]] = {}

    def fill(self) -> None:
        pieces = [(row, piece) for row in self._set.documents if row.text.strip() for piece in pieces_of(row)]
        texts = [embedded_text(piece.heading, piece.text) for _, piece in pieces]
        vectors = self._memory.passages(texts, "embed")
        for number, ((row, piece), vector) in enumerate(zip(pieces, vectors, strict=True)):
            document = self._numbers[row.id]
            entry = prepare_entry(
                Chunk(piece.position, piece.text, piece.heading),
                IndexedDocument(document, 1, row.title, AUDIENCE),
                chunk_id=number,
                vector=vector,
                language=piece.language,
            )
            self._entries.setdefault(document, []).append(entry)
        for document, entries in self._entries.items():
            self._index.replace_document(document, entries)

    def ask(self, run_file: Path | None, answers: Answering | None, progress: Progress) -> Pipeline:
        done = Pipeline()
        answer = answers(self._retriever) if answers else None
        lines: list[str] = []
        for number, query in enumerate(self._set.queries):
            retrieval = self._search(query)
            ranking = self._documents(retrieval)
            if self._set.is_answerable(query):
                add_figures(self._set, query, list(ranking), done.figures)
                done.answerable.append(retrieval.answerable)
            else:
                done.unanswerable.append(retrieval.answerable)
            line: dict[str, object] = {"q": query.id, "hits": [{"d": d, "score": s} for d, s in ranking.items()]}
            line["answerable"] = retrieval.answerable
            if answer:
                line["answer"] = said = answer(query.text)
                self._judge(query, said, done.answers)
            lines.append(json.dumps(line, ensure_ascii=False))
            progress("ask", number + 1, len(self._set.queries))
        done.unanswerable += [self._without_its_documents(query) for query in withheld(self._set)]
        if run_file:
            run_file.write_text("\n".join(lines) + "\n", "utf-8")
        return done

    def _judge(self, query: Row, said: str | None, figures: AnswerFigures) -> None:
        if not self._set.is_answerable(query):
            figures.add_unanswerable(said)
        elif query.answers:
            figures.add(said, query.answers)

    def _search(self, query: Row) -> Retrieval:
        asked = " ".join(questions([query.text])) or query.text  # as a chat would search it
        found = self._retriever.search(asked, limit=HITS, audiences=frozenset({AUDIENCE}))
        # A chat answers a greeting or an insult with a fixed line, never from the documents.
        return found if smalltalk(query.text) is None else replace(found, answerable=0.0)

    def _documents(self, retrieval: Retrieval) -> dict[str, float]:
        """Documents with the score of their best passage, best first."""
        found: dict[str, float] = {}
        for passage in retrieval.passages:
            found.setdefault(self._ids[passage.document_id], round(passage.score, 6))
        return found

    def _without_its_documents(self, query: Row) -> float:
        with self.withheld(query):
            return self._search(query).answerable

    @contextmanager
    def withheld(self, query: Row) -> Iterator[None]:
        """The index without the documents that answer this query."""
        hidden = [self._numbers[document] for document in self._set.relevant[query.id]]
        for document in hidden:
            self._index.remove_document(document)
        yield
        for document in hidden:
            self._index.replace_document(document, self._entries.get(document, ()))


@dataclass(frozen=True, slots=True)
class Piece:
    heading: str
    text: str
    position: int
    language: str


def pieces_of(row: Row) -> Iterator[Piece]:
    """A row's passages as an ingested document would be cut, with the language of each."""
    passages = chunk(parse_text(row.title or row.id, row.text), row.language)
    whole = row.language or detect(row.text[:2000])
    for passage in passages:
        language = row.language or detect(passage.text, whole)
        yield Piece(passage.heading, passage.text, passage.position, language)


def plain_pipeline(evaluated: EvaluationSet, memory: Memory) -> Pipeline:
    """Chunks of 1,000 characters with 200 of overlap, dense only, answerable by the top cosine."""
    import numpy as np  # noqa: PLC0415 (as above)
    from langchain_text_splitters import RecursiveCharacterTextSplitter  # noqa: PLC0415 (LangChain takes a second)

    splitter = RecursiveCharacterTextSplitter(chunk_size=PLAIN_CHARACTERS, chunk_overlap=PLAIN_OVERLAP)
    chunks = [(row.id, text) for row in evaluated.documents for text in splitter.split_text(row.text)]
    owners = np.array([owner for owner, _ in chunks])
    vectors = memory.passages([text for _, text in chunks], "embed for the plain pipeline")
    done, again = Pipeline(), {query.id for query in withheld(evaluated)}
    for query, vector in zip(evaluated.queries, memory.queries([q.text for q in evaluated.queries]), strict=True):
        cosines = vectors @ vector
        if not evaluated.is_answerable(query):
            done.unanswerable.append(float(cosines.max()))
            continue
        ranking = dict.fromkeys(owners[np.argsort(-cosines, kind="stable")].tolist())
        add_figures(evaluated, query, list(ranking), done.figures)
        done.answerable.append(float(cosines.max()))
        if query.id in again:
            others = cosines[~np.isin(owners, list(evaluated.relevant[query.id]))]
            done.unanswerable.append(float(others.max()) if len(others) else -1.0)
    return done
