#!/usr/bin/env python3
"""A small object service: PUT, GET, HEAD and DELETE of /productionapp/KEY, and a listing of the
bucket, in memory. It knows nothing of policies and asks nobody: what reaches it has been allowed.

Usage: object_service.py SOCKET

Serves HTTP on a Unix socket, which only its owner can open: so nobody goes around the proxy. Each
request is printed with the headers by which Portcullis says whom it is from.
"""

import hashlib
import http.server
import os
import socketserver
import sys
import urllib.parse
from xml.sax.saxutils import escape

BUCKET = "productionapp"
OBJECT_BYTES_MAX = 16 << 20
HASH_HEADER = "x-amz-content-sha256"
UNSIGNED = "UNSIGNED-PAYLOAD"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    objects = {}  # By key.

    def setup(self):
        super().setup()
        self.client_address = ("unix", 0)  # A Unix socket has none.

    def key(self):
        """The object's key, "" for the bucket; None if the path is neither."""
        path = urllib.parse.unquote(urllib.parse.urlsplit(self.path).path)
        if path in (f"/{BUCKET}", f"/{BUCKET}/"):
            return ""
        prefix = f"/{BUCKET}/"
        return path[len(prefix):] if path.startswith(prefix) else None

    def do_GET(self):
        key = self.key()
        if key == "":
            self.list()
        elif key in self.objects:
            self.answer(200, self.objects[key])
        else:
            self.fail(404, "NoSuchKey" if key else "NoSuchBucket")

    do_HEAD = do_GET

    def do_PUT(self):
        key, length = self.key(), self.headers.get("content-length", "")
        if not length.isdecimal() or int(length) > OBJECT_BYTES_MAX:
            self.close_connection = True
            self.fail(411 if not length.isdecimal() else 413, "InvalidRequest")
            return
        body = self.rfile.read(int(length))
        # The signature covers this header, and so the body, which Portcullis has not seen.
        promised = self.headers.get(HASH_HEADER, UNSIGNED)
        if promised not in (UNSIGNED, hashlib.sha256(body).hexdigest()):
            self.fail(400, "XAmzContentSHA256Mismatch")
        elif not key:
            self.fail(404, "NoSuchBucket")
        else:
            self.objects[key] = body
            self.answer(200, b"")

    def do_DELETE(self):
        key = self.key()
        if not key:
            self.fail(404, "NoSuchBucket")
            return
        self.objects.pop(key, None)
        self.answer(204, b"")

    def list(self):
        entries = "".join(
            f"<Contents><Key>{escape(key)}</Key><Size>{len(data)}</Size></Contents>"
            for key, data in sorted(self.objects.items()))
        body = (f"<ListBucketResult><Name>{BUCKET}</Name><KeyCount>{len(self.objects)}</KeyCount>"
                f"<IsTruncated>false</IsTruncated>{entries}</ListBucketResult>\n")
        self.answer(200, body.encode(), "application/xml")

    def fail(self, status, code):
        self.answer(status, f"<Error><Code>{code}</Code></Error>\n".encode(), "application/xml")

    def answer(self, status, body, media_type="application/octet-stream"):
        self.send_response(status)
        if status != 204:
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD" and status != 204:
            self.wfile.write(body)

    def log_request(self, code="-", size="-"):
        told = [f"{name.lower()}: {value}" for name, value in self.headers.items()
                if name.lower().replace("_", "-").startswith("x-portcullis-")]
        lines = [f"{self.command} {self.path} {int(code)}", *told]
        print("\n  ".join(lines), flush=True)


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    request_queue_size = 128


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__.split("\n\n", 2)[1])
    os.umask(0o077)
    with Server(sys.argv[1], Handler) as server:
        server.serve_forever()


if __name__ == "__main__":
    main()
