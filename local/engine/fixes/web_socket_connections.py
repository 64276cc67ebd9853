"""The open connections of WebSocket APIs."""

import asyncio
import time

from fixes.web_socket_events import new_id

# AWS has such a limit, and does not say how large it is.
MAX_UNSENT_BYTES = 1024 * 1024

# RFC 6455: the connection ended without a status code.
NO_STATUS = 1005

_connections = {}


def find_connection(api_id, stage, connection_id):
    """Returns an open connection, or None."""
    connection = _connections.get(connection_id)
    return connection if connection and (connection.api_id, connection.stage) == (api_id, stage) else None


class Connection:
    def __init__(self, account, region, api_id, stage, handshake):
        self.account = account
        self.region = region
        self.api_id = api_id
        self.stage = stage
        self.connection_id = new_id()
        self.connected_at = self.last_active_at = time.time()
        self.identity = {"sourceIp": handshake.source_ip, "userAgent": handshake.headers.get("user-agent")}
        self.authorizer = None
        self._outbox = asyncio.Queue()
        self._unsent_bytes = 0

    async def run(self, receive, send, take_message):
        """Passes messages on, in both directions, until an end closes the connection. Returns the status code of the end."""
        _connections[self.connection_id] = self
        reading = asyncio.create_task(self._read(receive, take_message))
        writing = asyncio.create_task(self._write(send))
        ended, others = await asyncio.wait({reading, writing}, return_when=asyncio.FIRST_COMPLETED)
        _connections.pop(self.connection_id, None)
        for task in others:
            task.cancel()
        return ended.pop().result()

    def post(self, text):
        """Sends a message. Returns whether the client keeps up with its messages."""
        size = len(text.encode())
        if self._unsent_bytes + size > MAX_UNSENT_BYTES:
            return False
        self._unsent_bytes += size
        self._outbox.put_nowait(text)
        return True

    def close(self, status_code):
        """Closes the connection after the messages that were posted before. Nothing can be posted any more."""
        _connections.pop(self.connection_id, None)
        self._outbox.put_nowait(status_code)

    async def _read(self, receive, take_message):
        while (message := await receive())["type"] != "websocket.disconnect":
            self.last_active_at = time.time()
            take_message(message.get("text") if message.get("bytes") is None else message["bytes"].decode(errors="replace"))
        return message.get("code", NO_STATUS)

    async def _write(self, send):
        while not isinstance(item := await self._outbox.get(), int):
            await send({"type": "websocket.send", "text": item})
            self._unsent_bytes -= len(item.encode())
        await send({"type": "websocket.close", "code": item})
        return item
