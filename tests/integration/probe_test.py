#!/usr/bin/env python3
"""`portcullis probe` at two doors: one that is closed, and one with known holes.

Each door is proxy and application in one, byte for byte, so that a hole is a line of its own.
"""

import json
import os
import pathlib
import re
import socketserver
import ssl
import subprocess
import tempfile
import threading
import unittest
import urllib.parse

from portcullis_process import ROOT, clean_environment

BIN = pathlib.Path(os.environ.get("PORTCULLIS_BIN_DIR", ROOT / "build/bin"))
SECONDS_MAX = 120
HEAD_BYTES_MAX = 32768
BODY_BYTES_MAX = 65536
TOKEN = "token-of-ana"
ARN = "arn:aws:iam::111122223333:user/ana"
PROTECTED = b"order 7 for blue\n"
PUBLIC = b"healthy\n"
PLAIN_PATH = re.compile(r"(/[A-Za-z0-9_~-]+(\.[a-z]+)?)+\Z")
NAME = re.compile(r"[A-Za-z0-9-]+\Z")


class Refused(Exception):
    """The status to refuse a request with."""


class Request:
    """One request, read as leniently as the holes need; strict() is what makes a door closed."""

    def __init__(self, head):
        self.text = head.decode("latin-1")
        lines = self.text.replace("\r\n", "\n").split("\n")
        self.method, _, rest = lines[0].partition(" ")
        self.target, _, self.version = rest.rpartition(" ")
        self.lines = [line for line in lines[1:] if line]
        pairs = [line.partition(":") for line in self.lines]
        self.headers = [(name.strip().lower(), value.strip()) for name, _, value in pairs]
        self.path, _, self.query = self.target.partition("?")

    def values(self, name):
        return [value for known, value in self.headers if known == name]

    def first(self, name):
        return (self.values(name) or [""])[0]

    def strict(self, authority):
        if re.search(r"(?<!\r)\n|\r(?!\n)|\0", self.text):
            raise Refused(400)
        if not re.fullmatch(r"[A-Z]+ \S+ HTTP/1\.1", self.text.partition("\r\n")[0]):
            raise Refused(400)
        if not PLAIN_PATH.match(self.path):
            raise Refused(400)
        for line in self.lines:
            if not NAME.match(line.partition(":")[0]) or ":" not in line:
                raise Refused(400)
        if self.values("host") != [authority]:
            raise Refused(421)
        lengths = self.values("content-length")
        if self.values("transfer-encoding") or len(lengths) > 1:
            raise Refused(400)
        if lengths and (not lengths[0].isdigit() or int(lengths[0]) > BODY_BYTES_MAX):
            raise Refused(413)

    def proven(self):
        proofs = self.values("authorization")
        own = (f"Bearer {TOKEN}", f"AWS4-HMAC-SHA256 Credential=AKIAPROBE/")
        return len(proofs) == 1 and proofs[0].startswith(own) and ", Bearer" not in proofs[0] \
            and "X-Amz-Signature" not in self.query


def of_path(*paths):
    """A hole: requests whose path an application reads as the protected one."""
    return lambda request: PROTECTED if request.path in paths else None


def exempt(condition):
    """A hole: what nobody asks about."""
    return lambda request: PROTECTED if condition(request) else None


def through_public(read):
    """A hole: all below the public path is exempt, and the application reads paths its own way."""
    def hole(request):
        if not request.path.startswith("/healthz"):
            return None
        return PROTECTED if os.path.normpath(read(request.path)) == "/orders/7" else None
    return hole


# The name of a row, and the hole that it must find.
HOLES = {
    "path/capitals": of_path("/ORDERS/7"),
    "path/slash-doubled": of_path("//orders/7"),
    "path/slash-encoded": of_path("/orders%2f7"),
    "path/backslash": of_path("/orders\\7"),
    "path/parameter": of_path("/orders/7;probe=1"),
    "path/dot-dot-encoded": of_path("/probe/%2e%2e/orders/7"),
    "path/dot-dot-overlong": of_path("/probe/%c0%ae%c0%ae/orders/7"),
    "path/letter-encoded-twice": of_path("/%256frders/7"),
    "path/nul": of_path("/orders/7\0"),
    "path/fragment": of_path("/orders/7#probe"),
    "path/slash-behind": of_path("/orders/7/"),
    "public-path/dot-dot": through_public(lambda path: path),
    "public-path/dot-dot-encoded": through_public(urllib.parse.unquote),
    "public-path/dot-dot-backslash": through_public(lambda path: path.replace("\\", "/")),
    "public-path/dot-dot-parameter": through_public(lambda path: path.replace("..;", "..")),
    "method/head": exempt(lambda request: request.method == "HEAD"),
    "method/lower-case": exempt(lambda request: request.method == "get"),
    "method/unknown": exempt(lambda request: request.method == "PROBE"),
    "method/override-options": exempt(
        lambda request: request.first("x-http-method-override") == "OPTIONS"),
    "host/dot-behind": exempt(lambda request: request.first("host").endswith(".")),
    "host/doubled": exempt(lambda request: len(request.values("host")) > 1),
    "host/absolute-other": exempt(lambda request: request.target.startswith("http://portcullis-")),
    "header/original-uri": exempt(lambda request: request.path == "/orders/7" and
                                  request.first("x-original-uri") == "/healthz"),
    "header/public-rewrite-url": exempt(
        lambda request: request.first("x-rewrite-url") == "/orders/7"),
    "header/forwarded-for": exempt(lambda request: request.first("x-forwarded-for") == "127.0.0.1"),
    "header/principal": exempt(lambda request: request.first("x-portcullis-principal") != ""),
    "credentials/doubled": exempt(
        lambda request: request.values("authorization")[:1] == [f"Bearer {TOKEN}"]
        and len(request.values("authorization")) > 1),
    "credentials/joined": exempt(lambda request: ", Bearer" in request.first("authorization")),
    "credentials/basic": exempt(lambda request: "Basic" in request.first("authorization")),
    "framing/line-feeds": exempt(lambda request: "\r\n" not in request.text),
    "framing/length-and-chunks": exempt(
        lambda request: request.values("content-length") and request.values("transfer-encoding")),
    "framing/folded-authorization": exempt(lambda request: "\r\n probe" in request.text),
    "framing/version-1-0": exempt(lambda request: request.version == "HTTP/1.0"),
    "protocol/grpc": exempt(lambda request: request.first("content-type") == "application/grpc"),
    "size/long-header": exempt(lambda request: len(request.text) > 60000),
    "size/long-body": exempt(lambda request: request.first("content-length") == "131072"),
}


class Door:
    """A server on a port of its own. `behave` has the switches that are no holes of HOLES."""

    def __init__(self, holes=(), behave=(), login="", context=None):
        self.holes = [HOLES[name] for name in holes]
        self.behave = set(behave)
        self.login = login
        self.count = 0
        self.seen = []
        door = self

        class Handler(socketserver.StreamRequestHandler):
            timeout = 20

            def handle(self):
                try:
                    self.let_in = False
                    while door.serve_one(self):
                        pass
                except OSError:
                    pass  # The probe has gone.

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            request_queue_size = 64

            def get_request(self):
                connection, address = super().get_request()
                if context is not None:
                    connection = context.wrap_socket(connection, server_side=True)
                return connection, address

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def authority(self):
        return f"127.0.0.1:{self.port}"

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def serve_one(self, connection):
        head = b""
        while not head.strip(b"\r\n") or not head.endswith((b"\r\n\r\n", b"\n\n")):
            line = connection.rfile.readline(1 << 20)
            if not line:
                return False
            head += line
        request = Request(head)
        self.count += 1
        self.seen.append(request)
        length = request.first("content-length")
        connection.rfile.read(int(length) if length.isdigit() else 0)
        status, headers, body = self.answer(request, connection)
        self.write(connection, request, status, headers, body)
        return status != 101 and "close" not in request.first("connection") and status < 400

    def write(self, connection, request, status, headers, body):
        lines = [f"HTTP/1.1 {status} Status", *(f"{name}: {value}" for name, value in headers)]
        if status != 101:
            lines.append(f"Content-Length: {len(body)}")
        sent = "\r\n".join(lines).encode() + b"\r\n\r\n"
        connection.wfile.write(sent + (b"" if request.method == "HEAD" else body))

    def answer(self, request, connection):
        for hole in self.holes:
            page = hole(request)
            if page is not None:
                return 200, [], page
        if "websocket" in self.behave and request.first("upgrade") == "websocket":
            return 101, [("Upgrade", "websocket"), ("Connection", "Upgrade")], b""
        if "answers-outside" in self.behave and request.path == "/forward-auth":
            return 200, [("X-Portcullis-Principal", "")], b""
        try:
            return self.strict_answer(request, connection)
        except Refused as refused:
            return refused.args[0], [], b"refused\n"

    def strict_answer(self, request, connection):
        echo = request.path == "/echo" and self.behave & {"spoofing", "underscores", "dots"}
        if len(request.text) > HEAD_BYTES_MAX:
            raise Refused(431)
        if not echo:
            request.strict(self.authority)
        if "down" in self.behave:
            raise Refused(503)
        if request.path == "/healthz":
            return 200, [], PUBLIC
        if "opens" not in self.behave and not request.proven() and not connection.let_in:
            if self.login:
                return 302, [("Location", self.login)], b""
            return 401, [("WWW-Authenticate", "Bearer")], b"denied\n"
        connection.let_in = "asks-once" in self.behave
        if request.path == "/echo":
            return 200, [("Content-Type", "application/json")], self.echo(request)
        return (200, [], PROTECTED) if request.path == "/orders/7" else (404, [], b"nothing\n")

    def echo(self, request):
        removed = ["x-portcullis"] * ("spoofing" not in self.behave)
        removed += ["x_"] * ("underscores" not in self.behave)
        removed += ["x."] * ("dots" not in self.behave)
        removed += ["x-forwarded", "x-envoy", "x-remote"] * ("passes-on" not in self.behave)
        told = [(name, value) for name, value in request.headers
                if not name.startswith(tuple(removed))]
        if not ("drops-identity" in self.behave and
                "Portcullis" in request.first("connection")):
            told.append(("x-portcullis-principal", ARN))
        return json.dumps(told, indent=2).encode()


# Rows about doors that do something else, and what it is.
BEHAVIOURS = {
    "protocol/websocket": "websocket",
    "decision-point/forward-auth": "answers-outside",
    "framing/second-request-of-somebody": "asks-once",
    "identity/principal": "spoofing",
    "identity/principal-underscores": "underscores",
    "identity/principal-dots": "dots",
    "identity/hop-by-hop": "drops-identity",
}


class ProbeTest(unittest.TestCase):

    def open_door(self, **arguments):
        door = Door(**arguments)
        self.addCleanup(door.close)
        return door

    def probe(self, door, *arguments, token=TOKEN, scheme="http", path="/orders/7", **variables):
        """Exit code and report."""
        if token:
            variables["PORTCULLIS_SESSION_TOKEN"] = token
        run = subprocess.run(
            [str(BIN / "portcullis"), "probe", f"{scheme}://{door.authority}{path}", "--delay",
             "0ms", "--output", "json", *arguments], capture_output=True, text=True,
            env=clean_environment(**variables), stdin=subprocess.DEVNULL, timeout=SECONDS_MAX,
            check=False)
        self.error = run.stderr
        return run.returncode, json.loads(run.stdout) if run.stdout else None

    def names(self, report, outcome="finding"):
        return [f"{row['group']}/{row['name']}" for row in report["rows"]
                if row["outcome"] == outcome]

    def test_closed_door_has_no_findings(self):
        for token in (TOKEN, ""):
            door = self.open_door()
            with self.subTest(token=token):
                extra = ["--echo", "/echo"] if token else []
                code, report = self.probe(door, "--public", "/healthz", "--also", "/orders/8",
                                          *extra, token=token)
                self.assertEqual(self.names(report), [])
                self.assertEqual(self.names(report, "unclear"), [])
                self.assertEqual(self.names(report, "suspect"), [])
                self.assertEqual(code, 0, self.error)
                self.assertTrue(report["complete"])

    def test_each_hole_is_found(self):
        for name in HOLES:
            door = self.open_door(holes=[name])
            with self.subTest(name):
                code, report = self.probe(door, "--public", "/healthz")
                self.assertIn(name, self.names(report), self.error)
                self.assertEqual(code, 1)

    def test_each_behaviour_is_found(self):
        for name, behaviour in BEHAVIOURS.items():
            door = self.open_door(behave=[behaviour])
            with self.subTest(name):
                code, report = self.probe(door, "--public", "/healthz", "--echo", "/echo")
                self.assertIn(name, self.names(report), self.error)
                self.assertEqual(code, 1)

    def test_all_holes_are_found_at_once_and_without_credentials(self):
        door = self.open_door(holes=[name for name in HOLES if not name.startswith("credentials/")])
        code, report = self.probe(door, "--public", "/healthz", token="")
        # Nobody knows here what the protected answer looks like.
        needs_credentials = {"header/public-rewrite-url", "host/absolute-other",
                             "framing/version-1-0"}
        self.assertLessEqual({"host/absolute-other", "framing/version-1-0"},
                             set(self.names(report, "suspect")))
        found = set(self.names(report))
        expected = {name for name in HOLES if not name.startswith("credentials/")}
        self.assertEqual(expected - needs_credentials - found, set())
        self.assertEqual(code, 1)

    def test_suspects_count_if_they_should(self):
        for strict, expected in (([], 0), (["--strict"], 1)):
            door = self.open_door(behave=["passes-on"])
            code, report = self.probe(door, "--echo", "/echo", *strict)
            self.assertEqual(self.names(report), [], self.error)
            self.assertIn("identity/client-certificate", self.names(report, "suspect"))
            self.assertEqual(code, expected)

    def test_an_open_door_is_one_finding(self):
        code, report = self.probe(self.open_door(behave=["opens"]))
        self.assertEqual((code, self.names(report), report["requests"]),
                         (1, ["baseline/anonymous"], 1))

    def test_requests_are_bounded_and_counted(self):
        door = self.open_door()
        _, report = self.probe(door, "--public", "/healthz")
        self.assertLessEqual(report["requests"], 250)
        # Two rows have a second request on their connection, and one is no request to anybody.
        self.assertLessEqual(abs(door.count - report["requests"]), 4)
        door = self.open_door()
        code, report = self.probe(door, "--public", "/healthz", "--requests-max", "30")
        self.assertEqual((code, report["requests"], report["complete"]), (2, 30, False))
        self.assertLessEqual(door.count, 30)

    def test_nothing_goes_to_anybody_else(self):
        stranger = self.open_door()
        url = f"http://{stranger.authority}/login"
        door = self.open_door(login=url)
        code, report = self.probe(door, "--public", "/healthz", http_proxy=url, HTTP_PROXY=url,
                                  ALL_PROXY=url)
        self.assertEqual(code, 0, self.error)
        self.assertEqual(self.names(report), [])
        self.assertGreater(door.count, 100)
        self.assertEqual(stranger.count, 0)

    def test_only_rows_about_credentials_have_them(self):
        door = self.open_door()
        _, report = self.probe(door, "--public", "/healthz")
        self.assertNotIn(TOKEN, json.dumps(report))
        with_token = [request for request in door.seen if TOKEN in request.text]
        self.assertLess(len(with_token), 15)
        self.assertNotIn("POST", {request.method for request in door.seen})

    def test_access_keys_sign(self):
        door = self.open_door()
        code, report = self.probe(
            door, "--public", "/healthz", "--region", "eu-west-1", token="",
            PORTCULLIS_ACCESS_KEY_ID="AKIAPROBE",
            PORTCULLIS_SECRET_ACCESS_KEY="secret-of-the-key")
        self.assertEqual((code, self.names(report)), (0, []), self.error)
        signed = [request for request in door.seen if "AKIAPROBE" in request.text]
        self.assertIn("/eu-west-1/execute-api/", signed[0].first("authorization"))
        self.assertNotIn("secret-of-the-key", "".join(request.text for request in door.seen))

    def test_a_stopped_decision_point(self):
        code, report = self.probe(self.open_door(behave=["down"]), "--pdp-down")
        self.assertEqual((code, self.names(report)), (0, []), self.error)
        code, report = self.probe(self.open_door(behave=["opens"]), "--pdp-down")
        self.assertEqual(code, 1)
        self.assertIn("fail-open/anonymous", self.names(report))

    def test_what_cannot_be_found_out_is_two(self):
        door = self.open_door(behave=["down"])
        self.assertEqual(self.probe(door), (2, None))
        self.assertIn("503", self.error)
        self.assertEqual(self.probe(self.open_door(), token="wrong"), (2, None))
        self.assertIn("credentials", self.error)
        self.assertEqual(self.probe(self.open_door(), "--public", "/orders/8"), (2, None))
        closed = self.open_door()
        closed.close()
        self.assertEqual(self.probe(closed), (2, None))
        self.assertIn("cannot connect", self.error)

    def test_tls_needs_a_certificate_that_is_trusted(self):
        with tempfile.TemporaryDirectory() as directory:
            certificate = pathlib.Path(directory) / "certificate.pem"
            key = pathlib.Path(directory) / "key.pem"
            subprocess.run(
                ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                 "ec_paramgen_curve:P-256", "-nodes", "-keyout", str(key), "-out",
                 str(certificate), "-days", "2", "-subj", "/CN=door", "-addext",
                 "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True,
                timeout=SECONDS_MAX)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate, key)
            door = self.open_door(context=context)
            code, report = self.probe(door, "--tls-ca", str(certificate), scheme="https")
            self.assertEqual((code, self.names(report)), (0, []), self.error)
            door = self.open_door(context=context, holes=["path/capitals"])
            code, report = self.probe(door, "--tls-ca", str(certificate), scheme="https")
            self.assertEqual((code, self.names(report)), (1, ["path/capitals"]), self.error)
            code, report = self.probe(door, scheme="https")
            self.assertEqual((code, report), (2, None))


if __name__ == "__main__":
    unittest.main()
