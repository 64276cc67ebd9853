"""A server that answers the requests of the helper as AWS does."""

import hashlib
import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

_SMALL = 2**20


@dataclass
class StoredObject:
    content_type: str
    # The sizes of the requests that it came in.
    parts: list[int]
    sha256: str


@dataclass
class Upload:
    """A multipart upload."""

    content_type: str
    parts: dict[int, bytes | int] = field(default_factory=dict)
    digests: dict[int, str] = field(default_factory=dict)


class AwsServer:
    def __init__(self) -> None:
        self.entries: list[dict[str, Any]] = []
        # Answers of PutEvents, in order; later ones accept the event.
        self.put_events_answers: list[dict[str, Any]] = []
        self.status: str | None = "RUNNING"
        self.invocations: list[tuple[str, Any]] = []
        self.queue_attributes: dict[str, str] = {}
        self.queue_requests: list[dict[str, Any]] = []
        self.objects: dict[str, StoredObject] = {}
        # The bodies of small objects, by their paths.
        self.bodies: dict[str, bytes] = {}
        self.refuses_objects = False
        self.uploads: dict[str, Upload] = {}
        self.aborted: list[str] = []
        self.connections = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> "AwsServer":
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def post(self, target: str, body: Any) -> Any:
        if target == "AWSEvents.PutEvents":
            answer = self.put_events_answers.pop(0) if self.put_events_answers else {"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]}
            if not answer["FailedEntryCount"]:
                self.entries += body["Entries"]
            return answer
        if target == "AmazonSQS.GetQueueAttributes":
            self.queue_requests.append(body)
            return {"Attributes": self.queue_attributes}
        raise AssertionError(f"unexpected {target}")

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                server.connections += 1
                super().setup()

            def log_message(self, format: str, *args: Any) -> None:
                pass

            def do_POST(self) -> None:
                path, query = self._address()
                body = self._body()
                if path.startswith("/2015-03-31/functions/"):
                    server.invocations.append((path.split("/")[3], json.loads(body)))
                    if server.status is None:
                        self._answer(b'{"errorMessage":"confidential"}', {"X-Amz-Function-Error": "Unhandled"})
                    else:
                        self._answer(json.dumps({"status": server.status}).encode())
                elif "uploads" in query:
                    upload_id = f"upload-{len(server.uploads)}"
                    server.uploads[upload_id] = Upload(self.headers["Content-Type"])
                    self._xml(f"<InitiateMultipartUploadResult><UploadId>{upload_id}</UploadId></InitiateMultipartUploadResult>")
                elif "uploadId" in query:
                    upload = server.uploads.pop(query["uploadId"][0])
                    sizes = [int(upload.parts[number]) for number in sorted(upload.parts)]
                    digest = "".join(upload.digests[number] for number in sorted(upload.digests))
                    server.objects[path] = StoredObject(upload.content_type, sizes, digest)
                    self._xml('<CompleteMultipartUploadResult><ETag>"1"</ETag></CompleteMultipartUploadResult>')
                else:
                    self._answer(json.dumps(server.post(self.headers["X-Amz-Target"], json.loads(body))).encode())

            def do_GET(self) -> None:
                self._answer(server.bodies[self._address()[0]])

            def do_PUT(self) -> None:
                path, query = self._address()
                body = self._body()
                if server.refuses_objects:
                    self._answer(b"<Error><Code>AccessDenied</Code></Error>", status=403)
                    return
                digest = hashlib.sha256(body).hexdigest()
                if "uploadId" in query:
                    upload = server.uploads[query["uploadId"][0]]
                    number = int(query["partNumber"][0])
                    upload.parts[number] = len(body)
                    upload.digests[number] = digest
                else:
                    server.objects[path] = StoredObject(self.headers["Content-Type"], [len(body)], digest)
                    if len(body) < _SMALL:
                        server.bodies[path] = body
                self._answer(b"", {"ETag": '"1"'})

            def do_DELETE(self) -> None:
                _, query = self._address()
                server.aborted.append(query["uploadId"][0])
                del server.uploads[query["uploadId"][0]]
                self._answer(b"")

            def _address(self) -> tuple[str, dict[str, list[str]]]:
                address = urlsplit(self.path)
                return unquote(address.path), parse_qs(address.query, keep_blank_values=True)

            def _body(self) -> bytes:
                if self.headers.get("Transfer-Encoding") != "chunked" and "aws-chunked" not in self.headers.get("Content-Encoding", ""):
                    return self.rfile.read(int(self.headers.get("Content-Length", 0)))
                chunks = []
                while size := int(self.rfile.readline().split(b";")[0], 16):
                    chunks.append(self.rfile.read(size))
                    self.rfile.readline()
                while self.rfile.readline().strip():
                    pass
                body = b"".join(chunks)
                return body

            def _xml(self, text: str) -> None:
                self._answer(text.encode(), {"Content-Type": "application/xml"})

            def _answer(self, body: bytes, headers: dict[str, str] | None = None, status: int = 200) -> None:
                self.send_response(status)
                for name, value in (headers or {}).items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        return Handler
