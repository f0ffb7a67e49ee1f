"""A server in SMSBAT's place, which accepts all at once: `python -m benchmarks.smsbat`. It prints its port."""

from __future__ import annotations

import json
import socketserver

BODY = json.dumps({"messagelistId": 1, "messages": [{"messageId": "abc123", "status": "accepted"}]}).encode()
HEAD = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(BODY)}\r\n\r\n".encode()


class Handler(socketserver.StreamRequestHandler):
    """Answers the requests of one connection."""

    disable_nagle_algorithm = True

    def handle(self) -> None:
        while (length := self._length_of_body()) is not None:
            self.rfile.read(length)
            self.wfile.write(HEAD + BODY)

    def _length_of_body(self) -> int | None:
        """Read the head of a request and return the length of its body; None where the client has hung up."""
        length = 0
        while (line := self.rfile.readline()) != b"\r\n":
            if not line:
                return None
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        return length


if __name__ == "__main__":
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        print(server.server_address[1], flush=True)
        server.serve_forever()
