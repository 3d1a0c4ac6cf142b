"""A WAHA and a model server that answer at once, or after `--model-seconds`: `python -m benchmarks.stand_in PORT`.

One asyncio protocol on uvloop, some thirty microseconds an answer, so that the product is measured and not this.
GET /counted tells how many bubbles were sent.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import itertools
import json
import struct
from typing import cast

import uvloop

ANSWER = "Toko buka Senin sampai Jumat pukul 08.00 sampai 20.00 dan hari Sabtu pukul 09.00 sampai 17.00. [1]"
DIMENSION = 64


class StandIn:
    def __init__(self, model_seconds: float) -> None:
        self.model_seconds = model_seconds
        self.sent = 0
        self.ids = itertools.count()
        self.completion = json.dumps(
            {
                "id": "chatcmpl-1",
                "object": "chat.completion",
                "created": 1,
                "model": "stand-in",
                "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": ANSWER}}],
                "usage": {"prompt_tokens": 400, "completion_tokens": 40, "total_tokens": 440},
            }
        ).encode()

    def answer(self, path: bytes, body: bytes) -> tuple[bytes, float]:
        """(JSON, seconds to wait before it)."""
        if path.endswith(b"/chat/completions"):
            return self.completion, self.model_seconds
        if path.endswith(b"/embeddings"):
            return embeddings(body), 0.0
        if path.endswith(b"/new-message-id"):
            return b'{"id":"3EB0%016X"}' % next(self.ids), 0.0
        if path.endswith(b"/sendText"):
            self.sent += 1
            return self.taken(json.loads(body)), 0.0
        if path == b"/counted":
            return b"%d" % self.sent, 0.0
        lists = path.startswith(b"/api/sessions") or b"/messages" in path
        return b"[]" if lists else b"{}", 0.0

    def taken(self, message: dict[str, str]) -> bytes:
        bare = message.get("id") or f"3EB0{next(self.ids):016X}"
        full = f"true_{message['chatId']}_{bare}"
        key = {"remoteJid": message["chatId"], "fromMe": True, "id": bare}
        return json.dumps({"id": full, "key": key, "fromMe": True, "body": message["text"]}).encode()


def embeddings(body: bytes) -> bytes:
    """Unit vectors by the text's letters: the same for the same text."""
    request = json.loads(body)
    texts = [request["input"]] if isinstance(request["input"], str) else request["input"]
    packed = request.get("encoding_format") == "base64"
    rows = []
    for number, text in enumerate(texts):
        counts = [1e-3] * DIMENSION
        for character in text:
            counts[ord(character) % DIMENSION] += 1.0
        length = sum(count * count for count in counts) ** 0.5
        vector = [count / length for count in counts]
        shown = base64.b64encode(struct.pack(f"<{DIMENSION}f", *vector)).decode() if packed else vector
        rows.append({"object": "embedding", "index": number, "embedding": shown})
    usage = {"prompt_tokens": 1, "total_tokens": 1}
    return json.dumps({"object": "list", "data": rows, "model": "stand-in", "usage": usage}).encode()


class Connection(asyncio.Protocol):
    def __init__(self, stand_in: StandIn) -> None:
        self._stand_in = stand_in
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's own class, no subclass of it

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (head := self._received.find(b"\r\n\r\n")) >= 0:
            headers = self._received[:head].lower()
            place = headers.find(b"content-length:")
            length = int(headers[place + 15 :].split(b"\r", 1)[0]) if place >= 0 else 0
            end = head + 4 + length
            if len(self._received) < end:
                return
            path = self._received.split(b" ", 2)[1]
            body, self._received = self._received[head + 4 : end], self._received[end:]
            answer, wait = self._stand_in.answer(path, body)
            if wait:
                asyncio.get_running_loop().call_later(wait, self._write, answer)
            else:
                self._write(answer)

    def _write(self, answer: bytes) -> None:
        if not self._transport.is_closing():
            head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(answer)
            self._transport.write(head + answer)


async def serve(port: int, model_seconds: float) -> None:
    stand_in = StandIn(model_seconds)
    server = await asyncio.get_running_loop().create_server(lambda: Connection(stand_in), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("--model-seconds", type=float, default=0.0)
    chosen = parser.parse_args()
    uvloop.run(serve(chosen.port, chosen.model_seconds))
