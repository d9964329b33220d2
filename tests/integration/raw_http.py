"""HTTP/1.1 byte for byte: a client that sends what it is told to, and an application that keeps
what it got. Libraries would tidy up on either side just what tests of proxies are about.
"""

import json
import re
import socket
import socketserver
import threading

SECONDS_MAX = 30
HEAD_BYTES_MAX = 1 << 20


class Answer:
    def __init__(self, data):
        self.data = data
        head, _, self.body = data.partition(b"\r\n\r\n")
        lines = head.split(b"\r\n")
        parts = lines[0].split(b" ", 2)
        # 0: the connection was closed without a word.
        self.status = int(parts[1]) if len(parts) > 1 and parts[1].isdigit() else 0
        self.headers = {}
        for line in lines[1:]:
            name, _, value = line.decode("latin-1").partition(":")
            self.headers.setdefault(name.lower(), []).append(value.strip())

    def header(self, name):
        """The only value; None if there is none. Two are a failure."""
        values = self.headers.get(name, [])
        assert len(values) < 2, f"{name} is there twice: {self.data}"
        return values[0] if values else None

    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return repr(self.data[:600])


def connect(port, timeout, tls=None, server_name=None):
    """`tls`: the context of a client that speaks it."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=timeout)
    if tls is None:
        return connection
    try:
        return tls.wrap_socket(connection, server_hostname=server_name)
    except BaseException:
        connection.close()
        raise


def exchange(port, data, patience=None, tls=None, server_name=None):
    """Sends `data` and returns the answer, or, with `patience`, everything that comes back until
    the other side closes or has been silent for so many seconds."""
    received = b""
    with connect(port, patience or SECONDS_MAX, tls, server_name) as connection:
        try:
            connection.sendall(data)
            while chunk := connection.recv(1 << 16):
                received += chunk
                # Some proxies leave a connection open for a while after they refused.
                if patience is None and _is_whole(received, data.startswith(b"HEAD ")):
                    break
        except ConnectionError:
            pass  # Refused before it was read to its end; what was answered counts.
        except TimeoutError:
            if patience is None:
                raise
    return received


def _is_whole(received, without_body):
    answer = Answer(received)
    lengths = answer.headers.get("content-length")
    if b"\r\n\r\n" not in received or not (without_body or lengths):
        return False
    return without_body or len(answer.body) >= int(lengths[0])


def request_bytes(method, target, headers=(), body=b"", host="orders.example.com"):
    """A request after which the connection ends. Texts are Latin-1: one byte for each character."""
    pairs = [("Host", host)] if host is not None else []
    pairs += [*headers, ("Connection", "close")]
    if body:
        pairs.append(("Content-Length", str(len(body))))
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in pairs)]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def send(port, method, target, headers=(), body=b"", host="orders.example.com", tls=None):
    return Answer(exchange(port, request_bytes(method, target, headers, body, host), tls=tls,
                           server_name=host))


def send_chunked(port, method, target, headers, body, host="orders.example.com"):
    """Like send(), but the head does not say how long the body is."""
    head = request_bytes(method, target, [*headers, ("Transfer-Encoding", "chunked")], host=host)
    parts = [body[i:i + 5000] for i in range(0, len(body), 5000)]
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)
    return Answer(exchange(port, head + chunks + b"0\r\n\r\n"))


def _folded(name):
    """CGI knows no difference between `-` and `_`, PHP none to `.`, some none to what remains."""
    return re.sub("[^a-z0-9]", "-", name.lower())


class Received:
    """One request as it arrived."""

    def __init__(self, head, body):
        lines = head.decode("latin-1").split("\r\n")
        self.line = lines[0]
        self.method, _, rest = lines[0].partition(" ")
        self.target = rest.rpartition(" ")[0]
        self.headers = [(name, value.strip()) for name, _, value in
                        (line.partition(":") for line in lines[1:])]
        self.body = body

    def values(self, name):
        """Of every header that an application could take for `name`."""
        return [value for other, value in self.headers if _folded(other) == name]

    def ours(self):
        """What it was told by us, or by somebody who pretends to be us."""
        return [(name, value) for name, value in self.headers
                if _folded(name).startswith("x-portcullis")]

    def __repr__(self):
        return f"{self.line} {self.headers}"


class Application:
    """Answers every whole request with 200 on a port of its own, and keeps it in `received`."""

    def __init__(self):
        self.lock = threading.Lock()
        self.received = []
        application = self

        class Handler(socketserver.StreamRequestHandler):
            timeout = SECONDS_MAX

            def handle(self):
                try:
                    while application.serve_one(self.rfile, self.wfile):
                        pass
                except (OSError, ValueError):
                    pass  # The proxy has gone, perhaps in the middle of a body.

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True
            request_queue_size = 128

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    def serve_one(self, reader, writer):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            line = reader.readline(HEAD_BYTES_MAX)
            if not line or len(head) > HEAD_BYTES_MAX:
                return False
            head += line
        request = Received(head[:-4], b"")
        if any("chunked" in value for value in request.values("transfer-encoding")):
            request.body = _read_chunks(reader)
        else:
            length = int((request.values("content-length") or ["0"])[0])
            request.body = reader.read(length)
            if len(request.body) < length:
                return False  # No application takes half a body for a whole one.
        with self.lock:
            self.received.append(request)
        # S3's clients take nothing but XML for an answer to what writes.
        body = b"application\n" if request.method in ("GET", "HEAD") else b""
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n"
                     % len(body) + (b"" if request.method == "HEAD" else body))
        return "close" not in request.values("connection")

    def take(self):
        """What arrived since the last call."""
        with self.lock:
            taken, self.received = self.received, []
        return taken

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def _read_chunks(reader):
    body = b""
    while size := int(reader.readline().split(b";")[0], 16):
        body += reader.read(size)
        reader.readline()
    while reader.readline().strip():
        pass  # Trailers.
    return body
