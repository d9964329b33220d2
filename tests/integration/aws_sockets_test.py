#!/usr/bin/env python3
"""What hostile, broken and slow connections to the Query endpoint get, while others are served.

Speaks to the sockets itself, with requests that it signs itself, and with curl as people call it.
Runs the programs of $PORTCULLIS_BIN_DIR.
"""

import concurrent.futures
import datetime
import hashlib
import hmac
import os
import re
import resource
import select
import socket
import subprocess
import time
import unittest
import urllib.parse

from aws_clients import REGION, AwsTest
from aws_world import MARKETING, READER, TESTER, USER1
from portcullis_process import SECONDS_MAX, clean_environment

IDENTITY = "Action=GetCallerIdentity&Version=2011-06-15"
IDLE_CONNECTIONS = 1000
FORM = "application/x-www-form-urlencoded; charset=utf-8"


def sign(body, host, user=USER1, at=None, service="sts", secret=None, scope_service=None):
    """The headers of a signed POST of `body`, Signature Version 4 as section 4.2 has it."""
    now = (at or datetime.datetime.now(datetime.timezone.utc)).strftime("%Y%m%dT%H%M%SZ")
    scope = f"{now[:8]}/{REGION}/{scope_service or service}/aws4_request"
    names = "content-type;host;x-amz-date"
    canonical = "\n".join(["POST", "/", "", f"content-type:{FORM}", f"host:{host}",
                           f"x-amz-date:{now}", "", names, hashlib.sha256(body).hexdigest()])
    text = "\n".join(["AWS4-HMAC-SHA256", now, scope,
                      hashlib.sha256(canonical.encode()).hexdigest()])
    key = ("AWS4" + (secret or user.secret)).encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    return {"Host": host, "Content-Type": FORM, "X-Amz-Date": now,
            "Authorization": f"AWS4-HMAC-SHA256 Credential={user.key}/{scope}, "
                             f"SignedHeaders={names}, Signature={signature}",
            "Content-Length": str(len(body))}


def request_bytes(headers, body, start="POST / HTTP/1.1"):
    lines = [start, *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join(lines).encode() + body


class Connection:
    """One connection, used by hand; everything is bounded in time."""

    def __init__(self, host):
        name, _, port = host.rpartition(":")
        self.socket = socket.create_connection((name, int(port)), timeout=SECONDS_MAX)
        self.unread = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def receive(self):
        """The next answer: status, headers by lower-case name, body. None if there is none and the
        connection was closed."""
        while b"\r\n\r\n" not in self.unread:
            if not self._read():
                return None
        head, _, self.unread = self.unread.partition(b"\r\n\r\n")
        status, *lines = head.decode().split("\r\n")
        headers = {name.lower(): value.strip()
                   for name, _, value in (line.partition(":") for line in lines)}
        length = int(headers["content-length"])
        while len(self.unread) < length:
            if not self._read():
                raise AssertionError("closed in the middle of an answer")
        body, self.unread = self.unread[:length], self.unread[length:]
        return int(status.split()[1]), headers, body.decode()

    def _read(self):
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError:
            return False
        self.unread += data
        return bool(data)


def error_code(answer):
    return re.search("<Code>(.*?)</Code>", answer[2]).group(1)


class SocketsTest(AwsTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.host = urllib.parse.urlsplit(cls.url).netloc

    def good(self, body=IDENTITY):
        return request_bytes(sign(body.encode(), self.host), body.encode())

    def ask(self, data):
        with Connection(self.host) as connection:
            connection.send(data)
            return connection.receive()

    def refuse(self, data, status, code):
        answer = self.ask(data)
        self.assertEqual((answer[0], error_code(answer)), (status, code), answer)

    def assert_served(self):
        began = time.monotonic()
        answer = self.ask(self.good())
        self.assertEqual(answer[0], 200, answer)
        self.assertIn(USER1.arn, answer[2])
        self.assertLess(time.monotonic() - began, 5)

    # ---- Requests that were tampered with --------------------------------------------------------

    def test_signed_request(self):
        status, headers, body = self.ask(self.good())
        self.assertEqual(status, 200, body)
        self.assertEqual(headers["content-type"], "text/xml")
        self.assertIn(f"<RequestId>{headers['x-amzn-requestid']}</RequestId>", body)
        self.assertRegex(headers["date"], r"^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$")

    def test_tampering(self):  # Section 4.3
        body = IDENTITY.encode()
        headers = sign(body, self.host)
        for what, changed, sent in (
                ("body", headers, body.replace(b"GetCallerIdentity", b"GetSessionToken")),
                ("content type", headers | {"Content-Type": "application/x-www-form-urlencoded"},
                 body),
                ("host", headers | {"Host": "other.example.com"}, body),
                ("secret", sign(body, self.host, secret=TESTER.secret), body),
                ("service", sign(body, self.host, scope_service="ec2"), body),
                ("query", headers, body)):
            start = "POST /?a=b HTTP/1.1" if what == "query" else "POST / HTTP/1.1"
            with self.subTest(what=what):
                changed = changed | {"Content-Length": str(len(sent))}
                self.refuse(request_bytes(changed, sent, start), 403, "SignatureDoesNotMatch")

    def test_dates(self):
        body = IDENTITY.encode()
        now = datetime.datetime.now(datetime.timezone.utc)
        for minutes, text in ((-6, "Signature expired: "), (6, "Signature not yet current: "),
                              (-24 * 60, "Signature expired: ")):
            at = now + datetime.timedelta(minutes=minutes)
            answer = self.ask(request_bytes(sign(body, self.host, at=at), body))
            self.assertEqual((answer[0], error_code(answer)), (403, "SignatureDoesNotMatch"))
            self.assertIn(text, answer[2])
        for minutes in (-4, 4):
            at = now + datetime.timedelta(minutes=minutes)
            self.assertEqual(self.ask(request_bytes(sign(body, self.host, at=at), body))[0], 200)

    def test_the_same_request_twice(self):  # Retries do that (fact 6).
        data = self.good()
        self.assertEqual([self.ask(data)[0] for _ in range(2)], [200, 200])

    def test_doubled_parameters(self):
        for body in (IDENTITY + "&Action=GetSessionToken", IDENTITY + "&Version=2011-06-15",
                     f"Action=AssumeRole&Version=2011-06-15&RoleArn={MARKETING}&RoleSessionName=ana"
                     f"&RoleArn={MARKETING}"):
            with self.subTest(body=body):
                answer = self.ask(self.good(body))
                self.assertEqual(answer[0], 400, answer)
                self.assertIn("<Type>Sender</Type>", answer[2])

    def test_doubled_headers(self):
        data = self.good()
        for name in (b"Authorization", b"X-Amz-Date", b"Host"):
            line = re.search(name + rb": .*\r\n", data).group(0)
            with self.subTest(name=name):
                answer = self.ask(data.replace(line, line + line))
                self.assertIn(answer[0], (400, 403), answer)

    def test_nonsense_parameters(self):
        for body, status, code in (("", 400, "MissingAction"), ("Version=2011-06-15", 400,
                                                                 "MissingAction"),
                                   ("Action=GetCallerIdentity", 400, "InvalidAction"),
                                   ("Action=Nonsense&Version=2011-06-15", 400, "InvalidAction"),
                                   ("Action=ListUsers&Version=2011-06-15", 400, "InvalidAction"),
                                   ("Action=GetCallerIdentity&Version=2010-05-08", 400,
                                    "InvalidAction")):
            with self.subTest(body=body):
                answer = self.ask(self.good(body))
                self.assertEqual(answer[0], status, answer)
                if body != "Action=GetCallerIdentity":  # There is a default for it, or none.
                    self.assertEqual(error_code(answer), code)

    def test_unsigned(self):
        body = IDENTITY.encode()
        headers = sign(body, self.host)
        del headers["Authorization"]
        self.refuse(request_bytes(headers, body), 403, "MissingAuthenticationToken")
        headers["Authorization"] = "AWS4-HMAC-SHA256 Credential=AKIA"
        self.refuse(request_bytes(headers, body), 400, "IncompleteSignature")
        headers["Authorization"] = "Basic dXNlcjE6c2VjcmV0"
        self.refuse(request_bytes(headers, body), 400, "IncompleteSignature")

    def test_a_stranger_learns_nothing(self):
        """Unknown keys and wrong secrets cost the same, whatever was asked."""
        for body in (IDENTITY, "Action=AssumeRole&Version=2011-06-15"):
            headers = sign(body.encode(), self.host, secret="wrong")
            self.refuse(request_bytes(headers, body.encode()), 403, "SignatureDoesNotMatch")

    # ---- Connections that behave badly -----------------------------------------------------------

    def test_bodies_of_10_megabytes(self):
        body = IDENTITY + "&Padding=" + "a" * (10 << 20)
        for data in (self.good(body), request_bytes(
                {"Host": self.host, "Content-Type": FORM, "Content-Length": "10485760"}, b"")):
            with Connection(self.host) as connection:
                try:
                    connection.send(data)
                except (BrokenPipeError, ConnectionResetError):
                    pass  # It hung up in the middle, as it may.
                answer = connection.receive()
            if answer is not None:
                self.assertEqual(answer[0], 413)
        self.assert_served()

    def test_one_connection_many_requests(self):
        with Connection(self.host) as connection:
            for _ in range(50):
                connection.send(self.good())
                self.assertEqual(connection.receive()[0], 200)
            connection.send(self.good("Action=Nonsense&Version=2011-06-15"))
            self.assertEqual(connection.receive()[0], 400)
            connection.send(self.good())  # A refusal does not end the connection.
            self.assertEqual(connection.receive()[0], 200)

    def test_requests_sent_at_once_are_answered_in_order(self):
        users = self.good("Action=ListUsers&Version=2011-06-15")
        with Connection(self.host) as connection:
            connection.send(self.good() + users + self.good())
            self.assertEqual([connection.receive()[0] for _ in range(3)], [200, 400, 200])

    def test_slow_clients(self):
        """A byte a second holds nobody up, and is not waited for for ever."""
        data = self.good()
        slow = [Connection(self.host) for _ in range(20)]
        try:
            began = time.monotonic()
            open_ones = list(slow)
            for position in range(40):
                for connection in list(open_ones):
                    try:
                        connection.send(data[position:position + 1])
                    except (BrokenPipeError, ConnectionResetError):
                        open_ones.remove(connection)
                if position % 5 == 0:
                    self.assert_served()
                if not open_ones or self._readable(open_ones):
                    break
                time.sleep(1)
            self.assertLess(time.monotonic() - began, 39)
            answer = slow[0].receive()
            if answer is not None:
                self.assertEqual(answer[0], 408)
        finally:
            for connection in slow:
                connection.socket.close()

    def _readable(self, connections):
        return select.select([one.socket for one in connections], [], [], 0)[0]

    def test_thousand_idle_connections(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft < IDLE_CONNECTIONS + 100:
            resource.setrlimit(resource.RLIMIT_NOFILE, (IDLE_CONNECTIONS + 100, hard))
        connections = []
        try:
            for _ in range(IDLE_CONNECTIONS):
                connections.append(Connection(self.host))
            for connection in connections[::2]:
                connection.send(b"POST / HT")  # Half of them have begun something.
            for _ in range(10):
                self.assert_served()
            with concurrent.futures.ThreadPoolExecutor(8) as pool:
                answers = list(pool.map(lambda _: self.ask(self.good())[0], range(200)))
            self.assertEqual(set(answers), {200})
            # Those that waited are served as well.
            connections[1].send(self.good())
            self.assertEqual(connections[1].receive()[0], 200)
        finally:
            for connection in connections:
                connection.socket.close()
        self.assert_served()

    def test_no_http(self):
        for data in (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + os.urandom(64),
                     b"GET\r\n\r\n", b"\r\n" * 100 + b"x" * 100 + b"\r\n\r\n",
                     b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
                     b"Content-Length: 2\r\n\r\nab",
                     b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n"
                     b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                     b"POST / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 20000 + b"\r\n\r\n",
                     b"POST / HTTP/1.1\r\n" + b"A: b\r\n" * 500 + b"\r\n"):
            with self.subTest(data=data[:40]):
                answer = self.ask(data)
                if answer is not None:
                    self.assertIn(answer[0], (400, 431))
        self.assert_served()

    def test_hanging_up(self):
        data = self.good()
        for length in range(0, len(data), 37):
            with Connection(self.host) as connection:
                connection.send(data[:length])
        self.assert_served()

    # ---- curl ------------------------------------------------------------------------------------

    def curl(self, user, *data, service="sts", more=()):
        run = subprocess.run(
            ["curl", "--silent", "--show-error", "--max-time", "30", "--aws-sigv4",
             f"aws:amz:us-east-1:{service}", "--user", f"{user.key}:{user.secret}", self.url,
             *(part for text in data for part in ("--data-urlencode", text)), *more],
            capture_output=True, text=True, timeout=SECONDS_MAX, check=False,
            env=clean_environment())
        self.assertEqual(run.returncode, 0, run.stderr)
        return run.stdout

    def test_curl(self):
        who = self.curl(USER1, "Action=GetCallerIdentity", "Version=2011-06-15")
        self.assertIn(f"<Arn>{USER1.arn}</Arn>", who)
        assumed = self.curl(USER1, "Action=AssumeRole", "Version=2011-06-15",
                            f"RoleArn={MARKETING}", "RoleSessionName=from-curl")
        self.assertIn("assumed-role/marketingadminrole/from-curl</Arn>", assumed)
        key, secret, token = (
            re.search(f"<{name}>(.*?)</{name}>", assumed).group(1)
            for name in ("AccessKeyId", "SecretAccessKey", "SessionToken"))
        session = type("Session", (), {"key": key, "secret": secret})
        with_token = ("--header", f"X-Amz-Security-Token: {token}")
        who = self.curl(session, "Action=GetCallerIdentity", "Version=2011-06-15", more=with_token)
        self.assertIn("assumed-role/marketingadminrole/from-curl</Arn>", who)
        roles = self.curl(session, "Action=ListRoles", "Version=2010-05-08", service="iam",
                          more=with_token)
        self.assertIn(f"<Arn>{MARKETING}</Arn>", roles)
        self.assertIn("<Code>AccessDenied</Code>", self.curl(
            TESTER, "Action=AssumeRole", "Version=2011-06-15", f"RoleArn={MARKETING}",
            "RoleSessionName=from-curl"))
        self.assertIn("<Code>InvalidClientTokenId</Code>",
                      self.curl(session, "Action=GetCallerIdentity", "Version=2011-06-15"))

    def test_curl_gets(self):
        """Everything may stand in the query."""
        run = self.curl(READER, more=("--get", "--data", IDENTITY))
        self.assertIn(f"<Arn>{READER.arn}</Arn>", run)


if __name__ == "__main__":
    unittest.main(verbosity=2)
