"""What a tutorial builds: FastAPI, the ORM, LangChain, three RQ jobs a message. The yardstick of `throughput`.

Kept honest: what can be made once is made at import, so that the worker's forks inherit it (imports, clients, engine,
vectors); no signature is checked, nothing is claimed, retried or grounded, and nobody waits on purpose.
`python -m benchmarks.naive_app PORT` is its web process, `python -m benchmarks.naive_worker` its worker.
"""

from __future__ import annotations

import os
import sys
from typing import Any

import httpx2
import uvicorn
from fastapi import FastAPI
from langchain_core.messages import HumanMessage, SystemMessage
from langchain_core.vectorstores import InMemoryVectorStore
from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from pydantic import BaseModel, Field, SecretStr
from redis import Redis
from rq import Queue
from sqlalchemy import String, Text, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.pool import NullPool

from benchmarks.answering import DOCUMENT

QUEUE = "naive"
URL = os.environ["NAIVE_DATABASE_URL"].replace("mysql://", "mysql+pymysql://")
WAHA = os.environ["WAHA_BASE_URL"]

# A pool's connections do not survive a fork: without one, as SQLAlchemy's documentation has it.
engine = create_engine(URL, poolclass=NullPool)
redis = Redis.from_url(os.environ["REDIS_URL"])
queue = Queue(QUEUE, connection=redis)
model = ChatOpenAI(
    model="stand-in", base_url=os.environ["OPENAI_BASE_URL"], api_key=SecretStr(os.environ["OPENAI_API_KEY"])
)
embeddings = OpenAIEmbeddings(
    model="stand-in",
    openai_api_base=os.environ["OPENAI_BASE_URL"],
    openai_api_key=SecretStr(os.environ["OPENAI_API_KEY"]),
    check_embedding_ctx_length=False,
)
app = FastAPI()


class Base(DeclarativeBase):
    pass


class Message(Base):
    __tablename__ = "naive_messages"

    id: Mapped[int] = mapped_column(primary_key=True)
    waha_message_id: Mapped[str] = mapped_column(String(160), unique=True)
    chat_id: Mapped[str] = mapped_column(String(64))
    text: Mapped[str] = mapped_column(Text)
    answer: Mapped[str | None] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(16), default="received")


class Payload(BaseModel):
    id: str
    chat_id: str = Field(alias="from")
    body: str


class Event(BaseModel):
    event: str
    session: str
    payload: Payload


def load_documents() -> InMemoryVectorStore:
    store = InMemoryVectorStore(embeddings)
    store.add_texts([part for part in DOCUMENT.split("# ") if part.strip()])
    return store


@app.get("/readyz")
def ready() -> dict[str, str]:
    return {"status": "ready"}


@app.post("/api/webhook")
def receive(event: Event) -> dict[str, Any]:
    with Session(engine) as session:
        known = session.scalar(select(Message.id).where(Message.waha_message_id == event.payload.id))
        if known is not None:
            return {"status": "duplicate"}
        row = Message(waha_message_id=event.payload.id, chat_id=event.payload.chat_id, text=event.payload.body)
        session.add(row)
        session.commit()
        queue.enqueue(process_message, row.id)
        return {"status": "queued", "job_id": row.id}


def process_message(row_id: int) -> None:
    with Session(engine) as session:
        row = session.get_one(Message, row_id)
        row.status = "processing"
        session.commit()
    queue.enqueue(generate_response, row_id)


def generate_response(row_id: int) -> None:
    with Session(engine) as session:
        row = session.get_one(Message, row_id)
        found = documents.similarity_search(row.text, k=4)
        rules = "Answer from these passages only:\n\n" + "\n\n".join(document.page_content for document in found)
        answer = model.invoke([SystemMessage(rules), HumanMessage(row.text)])
        row.answer = str(answer.content)
        row.status = "answered"
        session.commit()
    queue.enqueue(send_to_waha, row_id)


def send_to_waha(row_id: int) -> None:
    with Session(engine) as session:
        row = session.get_one(Message, row_id)
        content = {"session": "default", "chatId": row.chat_id, "text": row.answer}
        httpx2.post(f"{WAHA}/api/sendText", json=content, timeout=30).raise_for_status()
        row.status = "sent"
        session.commit()


documents = load_documents()

if __name__ == "__main__":
    Base.metadata.create_all(engine)
    # The jobs are looked up by the module's own name, which is not __main__.
    from benchmarks import naive_app

    uvicorn.run(naive_app.app, host="127.0.0.1", port=int(sys.argv[1]), log_config=None, access_log=False)
