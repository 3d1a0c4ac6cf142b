"""Questions with their answers, however a document writes them, kept together as one block each."""

from __future__ import annotations

import re
from dataclasses import replace

from balas.knowledge.readers import faq_marks
from balas.values import Block, ChunkKind

MAX_CHARACTERS = 1_400  # a longer answer under a question is an ordinary section

QUESTION_NAMES = frozenset(
    {
        *(
            "question",
            "questions",
            "q",
            "faq",
            "pertanyaan",
            "tanya",
            "t",
            "soalan",
            "pregunta",
            "preguntas",
            "pergunta",
        ),
        *(
            "perguntas",
            "frage",
            "fragen",
            "domanda",
            "domande",
            "vraag",
            "vragen",
            "câu hỏi",
            "soru",
            "вопрос",
            "вопросы",
        ),
        *("tanong", "سؤال", "السؤال", "प्रश्न", "सवाल", "คำถาม", "问题", "問題", "質問", "질문"),
    }
)
ANSWER_NAMES = frozenset(
    {
        *(
            "answer",
            "answers",
            "a",
            "jawaban",
            "jawab",
            "j",
            "jawapan",
            "respuesta",
            "respuestas",
            "resposta",
            "respostas",
        ),
        *("réponse", "réponses", "antwort", "antworten", "risposta", "risposte", "antwoord", "trả lời", "câu trả lời"),
        *("cevap", "yanıt", "ответ", "ответы", "sagot", "جواب", "الجواب", "الإجابة", "उत्तर", "जवाब", "คำตอบ", "答案"),
        *("回答", "답변", "답"),
    }
)

_NUMBERED = re.compile(faq_marks.LIST_MARK + r"(?=\S)")
_ENDS_AS_QUESTION = re.compile(r"(?:[?？؟՞]|[Ͱ-Ͽἀ-῾]\s*;)\s*[\"'”’»」*)]*$")  # Greek asks with a semicolon


def question_block(question: str, answer: str, page: int | None = None, level: int | None = None) -> Block:
    """`level`: of the heading that the question was, so that it still ends the sections before it."""
    asked = _NUMBERED.sub("", question.strip())
    return Block(f"{asked}\n{answer.strip()}", page=page, heading_level=level, kind=ChunkKind.FAQ)


def is_question(text: str) -> bool:
    return len(text) <= 300 and "\n" not in text and bool(_ENDS_AS_QUESTION.search(text))


def is_marked(line: str) -> bool:
    """Whether a line begins with "Q:" or "A:" in one of many languages."""
    return faq_marks.KNOWN.starts(line)


def pair(blocks: list[Block]) -> list[Block]:
    """Join `Q:`/`A:` lines, headings that ask, and paragraphs that begin with a question line to FAQ blocks."""
    return _headings(_paragraphs(_marked(blocks)))


def _marked(blocks: list[Block]) -> list[Block]:
    """`Q: …` followed by `A: …`, in one block or in following ones."""
    paired: list[Block] = []
    entry: Block | None = None
    marks = faq_marks.marks(block.text for block in blocks if block.kind is ChunkKind.TEXT)
    for block in blocks:
        ordinary = block.heading_level is not None or block.kind is not ChunkKind.TEXT
        pieces = [] if ordinary else _marked_pieces(block.text, marks)
        if not any(kind for kind, _ in pieces):
            continues = entry is not None and not ordinary and entry.kind is ChunkKind.FAQ
            if (
                entry is not None
                and continues
                and len(entry.text) + len(block.text) < MAX_CHARACTERS
                and _continues(block)
            ):
                entry = replace(entry, text=f"{entry.text}\n{block.text}")
                continue
            _flush(paired, entry)
            entry = None
            paired.append(block)
            continue
        for kind, text in pieces:
            entry = _take(paired, entry, kind, replace(block, text=text))
    _flush(paired, entry)
    return paired


def _continues(block: Block) -> bool:
    return block.text.startswith(("- ", "• ")) or block.text[:1].islower()


def _take(paired: list[Block], entry: Block | None, kind: str, piece: Block) -> Block | None:
    if kind == "a" and entry is not None:
        return replace(entry, text=f"{entry.text}\n{piece.text}", kind=ChunkKind.FAQ)
    _flush(paired, entry)
    if kind == "q":
        return piece
    paired.append(piece)
    return None


def _flush(paired: list[Block], entry: Block | None) -> None:
    if entry is not None:
        paired.append(entry)


def _marked_pieces(text: str, marks: faq_marks.Marks) -> list[tuple[str, str]]:
    """A block cut before each marked line: kind "q", "a" or "" and the text without its mark.

    A lone "A." is more often a list item than an answer, so an answer counts only after a question.
    """
    pieces: list[tuple[str, list[str]]] = []
    for line in text.split("\n"):
        if mark := marks.question.match(line):
            pieces.append(("q", [line[mark.end() :]]))
        elif mark := marks.answer.match(line):
            pieces.append(("a", [line[mark.end() :]]))
        elif pieces:
            pieces[-1][1].append(line)
        else:
            pieces.append(("", [line]))
    return [(kind, "\n".join(lines)) for kind, lines in pieces]


def _paragraphs(blocks: list[Block]) -> list[Block]:
    """A paragraph whose first line asks and whose others answer, and a question line with the paragraph after it."""
    paired: list[Block] = []
    for block in blocks:
        question, newline, answer = block.text.partition("\n")
        plain = block.kind is ChunkKind.TEXT and block.heading_level is None
        if (
            plain
            and newline
            and is_question(question)
            and len(block.text) <= MAX_CHARACTERS
            and not block.text.rstrip().endswith("?")
        ):
            paired.append(question_block(question, answer, block.page))
        elif (
            plain and paired and _asks(paired[-1]) and not is_question(block.text) and len(block.text) <= MAX_CHARACTERS
        ):
            paired[-1] = question_block(paired[-1].text, block.text, paired[-1].page)
        else:
            paired.append(block)
    return paired


def _asks(block: Block) -> bool:
    return (
        block.kind is ChunkKind.TEXT
        and block.heading_level is None
        and is_question(block.text)
        and len(block.text) <= 160
    )


def _headings(blocks: list[Block]) -> list[Block]:
    """A heading that asks, with what stands under it up to the next heading, unless that is long."""
    paired: list[Block] = []
    position = 0
    while position < len(blocks):
        heading = blocks[position]
        end = position + 1
        while end < len(blocks) and blocks[end].heading_level is None:
            end += 1
        body = blocks[position + 1 : end]
        deeper = end < len(blocks) and (blocks[end].heading_level or 0) > (heading.heading_level or 0)
        if heading.heading_level and is_question(heading.text) and body and not deeper and _answers(body):
            answer = "\n".join(block.text for block in body)
            paired.append(question_block(heading.text, answer, heading.page, heading.heading_level))
        else:
            paired += [heading, *body]
        position = end
    return paired


def _answers(body: list[Block]) -> bool:
    nested = any(block.kind is ChunkKind.FAQ for block in body)
    return not nested and sum(len(block.text) for block in body) <= MAX_CHARACTERS
