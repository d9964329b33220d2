"""What has to hold at every proxy, whichever it is: see ProxyMatrix."""

import hashlib
import os
import pathlib
import re
import signal
import threading
import time

import botocore.auth

from proxy_world import (ANA, CLERK_SESSION, CLERKS_WORK, HOST, REGION, TESS, allow, order_arn,
                         policies, signed)
from raw_http import Answer, exchange, send_chunked

OUR_HEADERS = {"x-portcullis-principal", "x-portcullis-account", "x-portcullis-user-id",
               "x-portcullis-decision-id"}
SPOOFED = "arn:aws:iam::111122223333:user/root-of-all"

# Paths by which somebody who may read order 7 tries to get elsewhere. Raw bytes, as Latin-1.
PATH_TRICKS = (
    "/orders/../admin", "/orders/7/../../admin", "/orders/./7", "/orders/7/.", "/orders/7/..",
    "//orders/7", "/orders//7", "/orders/7//", "///admin", "/orders/7/", "/./admin",
    "/orders/%2e%2e/admin", "/orders/%2E%2E/admin", "/orders/.%2e/admin", "/orders/%2e/7",
    "/orders/7%2f..%2fsecret", "/orders/7%2F..%2Fsecret", "/orders/..%2fadmin", "/orders%2f7",
    "/orders/7%5c..%5csecret", "/orders/..\\admin", "/orders\\7", "/orders/7\\..\\secret",
    "/orders/7;x=1", "/orders;v=1/7", "/orders/..;/admin", "/orders/7;/../secret", "/orders/7%3bx",
    "/orders/%252e%252e/admin", "/orders/7%252f..%252fsecret", "/orders/%25%32%65%25%32%65/admin",
    "/orders/7#/../../admin", "/orders/7%23", "/orders/7#", "/admin#/orders/7", "#/orders/7",
    "/orders/7%00", "/orders/7%00.png", "/orders/secret%00/7", "/orders/7\x00", "/\x00/orders/7",
    "/orders/7%0a", "/orders/7%0d%0aX-Portcullis-Principal:%20a", "/orders/7\x01", "/orders/7%7f",
    "/orders/%c0%ae%c0%ae/admin", "/orders/%c0%af..%c0%afadmin", "/orders/%e0%80%ae%e0%80%ae/admin",
    "/orders/\xc0\xae\xc0\xae/admin", "/orders/7\xff", "/orders/%ff", "/orders/\xe2\x80\xae7",
    "/orders/7%20", "/orders/7.", "/orders/7%2e", "/orders/%37", "/%6frders/7", "/orders/7%",
    "/orders/7%2", "/orders/7%zz", "/orders/%u002e%u002e/admin", "/Orders/7", "/ORDERS/7",
    "/orders/SECRET", "/orders/secret", "/orders/secret/", "/orders/7/secret", "/admin", "/",
    "/orders", "/orders/", "orders/7", "*", "", "?", "/?/orders/7", "/orders?/7",
    "http://orders.example.com/admin", "http://orders.example.com/orders/../admin",
    "http://orders.example.com@evil.example/orders/7", "http://evil.example/orders/7",
    "http:///orders/7", "http://orders.example.com\\@evil.example/orders/7", "//evil.example/orders/7",
    "/orders/7 /admin", "/orders/7\t/admin", "/orders/7 HTTP/1.1 /admin", "/forward-auth",
    "/ext_authz/orders/7", "/_portcullis", "/healthz/../admin", "/healthz/..%2fadmin",
    "/healthz%2f..%2fadmin", "/healthz;/../admin", "/healthz/")

# Hosts for which nobody is responsible, or that are none.
HOST_TRICKS = ("evil.example", "orders.example.com@evil.example", "evil.example@orders.example.com",
               "orders.example.com:80:80", "orders.example.com,evil.example",
               "orders.example.com:x", "orders.example.com/admin",
               "orders.example.com evil.example", "[::1", "", "orders.example.com\\evil",
               "orders.example.com#evil", "xn--rders-jua.example.com",
               "www.orders.example.com", "orders.example.com.evil.example")

# What gets through after all is what Ana may see, spelled in the one way that there is.
PERMITTED = re.compile(r"/orders/[78](\?[^#]*)?|/healthz(\?[^#]*)?")

# As what a request may pretend to be, in the hope that a failure is told in another way then.
MEDIA_TYPES = ("application/grpc", "application/grpc+proto", "APPLICATION/GRPC",
               "application/grpc;x=1", "application/grpc, text/plain", "application/grpc-web",
               "application/grpc-web-text+proto", "application/connect+proto", "application/json")

SMUGGLED = b"GET /orders/secret HTTP/1.1\r\nHost: orders.example.com\r\n\r\n"


def told_hash(body):
    """By which a signature covers a body that the proxy does not hand over."""
    return [("X-Amz-Content-Sha256", hashlib.sha256(body).hexdigest())]


class ProxyMatrix:
    """Mixed into a ProxyTest. A class for one proxy says what is different there:"""

    failure_statuses = {503}  # No answer of Portcullis', or a late one.
    own_denials = True  # The client gets Portcullis' words, not the proxy's.
    nobody = [""]  # The principal that the application is told of on a public route.
    removes_headers = True  # Those, too, that look like Portcullis' but have no meaning.
    body_bytes_max = None  # What the proxy lets through; None: anything.

    # ---- Who is it ------------------------------------------------------------------------------

    def test_requests_that_an_sdk_signed(self):
        for method, body in (("GET", b""), ("PUT", b'{"amount": 1}')):
            headers = signed(ANA, method, "/orders/7", body, told_hash(body))
            received = self.assert_passed(self.send(method, "/orders/7", headers, body), ANA.arn,
                                          "/orders/7")
            self.assertEqual(received.body, body)
            headers = signed(TESS, method, "/orders/7", body, told_hash(body))
            self.assert_denied(self.send(method, "/orders/7", headers, body))
        headers = signed(ANA, "GET", "/orders/secret")
        self.assert_denied(self.send("GET", "/orders/secret", headers))

    def test_signatures_with_a_session_and_a_query(self):
        target = "/orders/7?b=2&a=1%2F3&a=0&empty="
        headers = signed(ANA, "GET", target, headers={"X-Tenant": "blue  moon"})
        self.assert_passed(self.send("GET", target, headers), ANA.arn, target)

    def test_presigned_requests(self):
        target = signed(ANA, "GET", "/orders/7", signer=botocore.auth.SigV4QueryAuth)
        self.assert_passed(self.send("GET", target), ANA.arn)
        self.assert_kept_back(self.send("GET", target.replace("/7?", "/8?")), 401)
        self.assert_kept_back(self.send("GET", target, [self.bearer()]), 401)

    def test_signatures_for_something_else(self):
        headers = signed(ANA, "GET", "/orders/7")
        others = (("GET", "/orders/8"), ("PUT", "/orders/7"), ("GET", "/orders/7?x=1"))
        for method, target in others:
            self.assert_kept_back(self.send(method, target, headers), 401)
        headers = signed(ANA, "GET", "/orders/7", service="s3")
        self.assert_kept_back(self.send("GET", "/orders/7", headers), 401)

    def test_requests_that_curl_signed(self):
        for person, status in ((ANA, 200), (TESS, 403)):
            answer = self.curl("--aws-sigv4", f"aws:amz:{REGION}:execute-api", "--user",
                               f"{person.key}:{person.secret}",
                               f"http://{HOST}:{self.port}/orders/7")
            self.assertEqual(answer.status, status, answer)
        self.assertEqual(len(self.application.take()), 1)
        [(name, value)] = told_hash(b'{"a": 1}')
        answer = self.curl("--aws-sigv4", f"aws:amz:{REGION}:execute-api", "--user",
                           f"{ANA.key}:{ANA.secret}", "-X", "PUT", "--data-binary", '{"a": 1}',
                           "-H", f"{name}: {value}", "-H", "content-type: application/json",
                           f"http://{HOST}:{self.port}/orders/7")
        self.assertEqual(self.assert_passed(answer, ANA.arn).body, b'{"a": 1}')

    def test_session_tokens(self):
        received = self.assert_passed(self.send("GET", "/orders/7", [self.bearer()]), CLERK_SESSION)
        self.assertEqual(received.values("x-portcullis-account"), ["111122223333"])
        self.assertRegex(received.values("x-portcullis-user-id")[0], r"^AROA\w+:ana$")
        self.assertEqual(received.values("authorization"), [])  # Not the application's business.
        self.assert_denied(self.send("GET", "/orders/secret", [self.bearer()]))
        for token in (self.token[:-2], self.token + "A", "x", ""):
            answer = self.send("GET", "/orders/7", [("Authorization", f"Bearer {token}")])
            self.assert_kept_back(answer, 401)

    def test_nobody(self):
        answer = self.send("GET", "/orders/7")
        self.assert_kept_back(answer, 401)
        self.assertIn("www-authenticate", answer.headers)
        if self.own_denials:
            self.assertEqual(answer.header("x-portcullis-reason"), "no_credentials")
            self.assertEqual(answer.json()["reason"], "no_credentials")
        self.assert_kept_back(self.send("GET", "/orders/7", [("Authorization", "Basic YTpi")]), 401)

    def test_a_public_route(self):
        answer = self.send("GET", "/healthz")
        [received] = self.application.take()
        self.assertEqual(answer.status, 200, answer)
        for name in ("principal", "account", "user-id"):
            self.assertEqual(received.values(f"x-portcullis-{name}"), self.nobody)
        self.assert_kept_back(self.send("POST", "/healthz"), 401, 403)

    def assert_denied(self, answer):
        self.assert_kept_back(answer, 403)
        if self.own_denials:
            self.assertRegex(answer.header("x-portcullis-decision-id"), r"^\w+$")
            self.assertNotIn("arn:", answer.body.decode())

    # ---- What somebody makes up -----------------------------------------------------------------

    def test_identity_headers_from_outside(self):
        names = ("X-Portcullis-Principal", "X-PORTCULLIS-PRINCIPAL", "x-portcullis-principal",
                 "X_Portcullis_Principal", "X-Portcullis_Principal", "x_portcullis-principal",
                 "X-Portcullis-Account", "X-Portcullis-User-Id", "X-Portcullis-Decision-Id",
                 "X-Portcullis-Groups", "X_PORTCULLIS_GROUPS", "X-Portcullis-Reason",
                 "X.Portcullis.Principal", "x-portcullis.principal", "X~Portcullis!Principal")
        for name in names:
            for headers in ([(name, SPOOFED)], [(name, SPOOFED)] * 2,
                            [(name, SPOOFED), ("X-Portcullis-Principal", "")],
                            [(name, f"a, {SPOOFED}"), (name.lower(), SPOOFED)],
                            [("Connection", name), (name, SPOOFED)]):
                self.spoof("/orders/7", [self.bearer(), *headers], [CLERK_SESSION])
                self.spoof("/healthz", headers, self.nobody)

    def spoof(self, target, headers, principal):
        answer = self.send("GET", target, headers)
        received = self.application.take()
        # A proxy may refuse such names outright.
        self.assertIn(answer.status, (200, 400), (headers, answer))
        self.assertEqual(len(received), 1 if answer.status == 200 else 0)
        for request in received:
            told = dict(header for header in request.ours()
                        if self.removes_headers or header[0].lower() in OUR_HEADERS)
            self.assertNotIn(SPOOFED, str(told))
            for name in OUR_HEADERS:
                self.assertLess(len(request.values(name)), 2, request)
            if ("Connection", headers[-1][0]) not in headers:
                self.assertEqual(request.values("x-portcullis-principal"), principal)
            self.assertIn(request.values("x-portcullis-principal"), (principal, []))
            self.assertEqual({name.lower() for name in told} - OUR_HEADERS, set())

    def test_credentials_twice(self):
        bearer = self.bearer()
        sets = (
            [bearer, bearer], [bearer, ("authorization", "Basic YTpi")],
            [("Authorization", "Basic YTpi"), bearer],
            [("Authorization", f"{bearer[1]}, {bearer[1]}")],
            [*signed(TESS, "GET", "/orders/7"), bearer],
            [*signed(ANA, "GET", "/orders/7"), ("X-Amz-Security-Token", "a"),
             ("X-Amz-Security-Token", "b")],
            [bearer, ("X-Amz-Security-Token", "a")])
        for headers in sets:
            self.assert_kept_back(self.send("GET", "/orders/7", headers), 400, 401)

    def test_headers_by_which_proxies_speak(self):
        """They are the client's here: they change nothing, or the request is refused."""
        lies = (("X-Forwarded-Uri", "/orders/7"), ("X-Forwarded-Method", "GET"),
                ("X-Forwarded-Host", HOST), ("X-Original-URI", "/orders/7"),
                ("X-Original-URL", f"http://{HOST}/orders/7"), ("X-Original-Method", "GET"),
                ("X-Original-Host", HOST), ("X-Envoy-Original-Path", "/orders/7"),
                ("X-Envoy-Auth-Partial-Body", "false"), ("X-Rewrite-Url", "/orders/7"),
                ("X-Http-Method-Override", "GET"), ("X-Envoy-Auth-Headers-To-Remove", "host"),
                ("X-Portcullis-Proxy-Secret", "guess"), ("X-Forwarded-For", "192.0.2.1, x"),
                ("X-Forwarded-Proto", "ftp"), ("X-Real-IP", "nobody"), ("Forwarded", "for=x"))
        for lie in lies:
            for headers in ([lie], [lie, lie]):
                self.assert_kept_back(
                    self.send("GET", "/orders/secret", [self.bearer(), *headers]), 400, 401, 403)
                answer = self.send("GET", "/orders/7", [self.bearer(), *headers])
                received = self.application.take()
                self.assertEqual([request.target for request in received],
                                 ["/orders/7"] if answer.status == 200 else [], (headers, answer))
                self.assertIn(answer.status, (200, 400, 401, 403), (headers, answer))

    def test_headers_named_hop_by_hop(self):
        """A proxy drops what `Connection` names: not what the question depends on."""
        for name in ("X-Forwarded-Uri", "X-Forwarded-Method", "X-Original-Uri", "Authorization",
                     "X-Forwarded-Host", "X-Portcullis-Principal", "X-Amz-Date", "Host"):
            answer = self.send("GET", "/orders/secret", [self.bearer(), ("Connection", name)])
            self.assert_kept_back(answer, 400, 401, 403)

    # ---- Paths and hosts ------------------------------------------------------------------------

    def test_path_tricks(self):
        for trick in PATH_TRICKS:
            for host in (HOST, f"{HOST}:80"):
                self.try_path(trick, host)

    def try_path(self, trick, host=HOST, port=None):
        answer = self.send("GET", trick, [self.bearer()], host=host, port=port)
        received = self.application.take()
        self.assertLessEqual(len(received), 1, trick)
        for request in received:
            self.assertEqual(answer.status, 200, (trick, answer, request))
            self.assertRegex(request.target, f"^({PERMITTED.pattern})$", (trick, request))
            self.assertIn(request.values("x-portcullis-principal"), ([CLERK_SESSION], self.nobody))
            self.assertEqual(len(request.values("x-portcullis-decision-id")), 1)
        if not received:
            self.assertNotEqual(answer.status, 200, (trick, answer))
            self.assertLess(answer.status, 500, (trick, answer))

    def test_host_tricks(self):
        for host in HOST_TRICKS:
            answer = self.send("GET", "/orders/7", [self.bearer()], host=host)
            self.assertEqual(self.application.take(), [], host)
            self.assertLess(answer.status, 500, (host, answer))
        for headers in ([("Host", "evil.example")], [("Host", HOST)]):
            answer = self.send("GET", "/orders/7", [self.bearer(), *headers])
            self.assert_kept_back(answer, 400)
        answer = self.send("GET", "/orders/7", [self.bearer()], host=None)
        self.assert_kept_back(answer, 400, 401, 403)

    def test_methods(self):
        for method in ("get", "DELETE", "TRACE", "CONNECT", "OPTIONS", "PRI", "X" * 40, "G(T"):
            answer = self.send(method, "/orders/7", [self.bearer()])
            self.assertEqual(self.application.take(), [], method)
            self.assertNotEqual(answer.status, 200, (method, answer))

    def test_requests_in_requests(self):
        """Whatever the proxy and the application make of the body, it is no request of its own."""
        head = f"GET /orders/7 HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: Bearer {self.token}\r\n"
        length = f"Content-Length: {len(SMUGGLED)}\r\n"
        endings = (
            "Transfer-Encoding: chunked\r\n" + length, length + length,
            length + "Content-Length: 0\r\n", "Content-Length: 0\r\n",
            f"Content-Length: +{len(SMUGGLED)}\r\n", "Content-Length: 0x10\r\n",
            "Transfer-Encoding : chunked\r\n", "Transfer-Encoding: xchunked\r\n" + length,
            "Transfer-Encoding: chunked, identity\r\n",
            "Transfer-Encoding:\x0bchunked\r\n" + length,
            " Transfer-Encoding: chunked\r\n" + length, "X: a\nTransfer-Encoding: chunked\r\n")
        for ending in endings:
            for body in (SMUGGLED, b"0\r\n\r\n" + SMUGGLED):
                data = head.encode() + ending.encode("latin-1") + b"\r\n" + body
                # Some proxies wait for the rest of a body that is none.
                answer = Answer(exchange(self.port, data, patience=0.2))
                for request in self.application.take():
                    self.assertRegex(request.target, f"^({PERMITTED.pattern})$", (ending, answer))
                    self.assertEqual(len(request.values("x-portcullis-decision-id")), 1)


    def test_long_heads(self):
        for size in (1 << 10, 1 << 13, 1 << 16, 1 << 18):
            answer = self.send("GET", "/orders/7", [self.bearer(), ("X-Long", "a" * size)])
            received = self.application.take()
            self.assertEqual(len(received), 1 if answer.status == 200 else 0, (size, answer))
            answer = self.send("GET", "/orders/secret", [self.bearer(), ("X-Long", "a" * size)])
            self.assertEqual(self.application.take(), [], size)
            answer = self.send("GET", "/orders/7?x=" + "a" * size, [self.bearer()])
            self.assertEqual(len(self.application.take()), 1 if answer.status == 200 else 0)

    def test_bodies(self):
        for size in (0, 1, 8192, 8193, 60000):
            body = b"x" * size
            headers = signed(ANA, "PUT", "/orders/7", body, told_hash(body))
            answer = self.send("PUT", "/orders/7", headers, body)
            self.assertEqual(self.assert_passed(answer, ANA.arn).body, body)
            answer = send_chunked(self.port, "PUT", "/orders/7", headers, body)
            self.assertEqual(self.assert_passed(answer, ANA.arn).body, body)
            self.assert_denied(send_chunked(self.port, "PUT", "/orders/secret",
                                            [self.bearer()], body))
        if self.body_bytes_max:
            body = b"x" * (self.body_bytes_max + 1)
            headers = signed(ANA, "PUT", "/orders/7", body, told_hash(body))
            answer = self.send("PUT", "/orders/7", headers, body)
            self.assertNotEqual(answer.status, 200, answer)
            answer = send_chunked(self.port, "PUT", "/orders/7", headers, body)
            self.assertNotEqual(answer.status, 200, answer)
            self.assertEqual(self.application.take(), [])

    # ---- Portcullis is not there ----------------------------------------------------------------

    def test_portcullis_is_slow_but_answers(self):
        answers = []

        def ask(order):
            answers.append(self.send("GET", f"/orders/{order}", [self.bearer()]).status)

        self.stop_the_world()
        try:
            threads = [threading.Thread(target=ask, args=(order,)) for order in ("7", "secret")]
            for thread in threads:
                thread.start()
            time.sleep(0.5)
            self.assertEqual(self.application.take(), [])  # Nobody goes ahead.
            self.assertEqual(answers, [])
        finally:
            os.kill(self.server.process.pid, signal.SIGCONT)
            for thread in threads:
                thread.join()
        self.assertEqual(sorted(answers), [200, 403])
        self.assertEqual([request.target for request in self.application.take()], ["/orders/7"])

    def test_portcullis_is_slow_and_then_down(self):
        self.stop_the_world()
        try:
            begin = time.monotonic()
            self.assert_kept_back(self.send("GET", "/orders/7", [self.bearer()]),
                                  *self.failure_statuses)
            self.assertLess(time.monotonic() - begin, 20)
            self.assert_nothing_passes(MEDIA_TYPES[:1])
            self.while_portcullis_is_away()
        finally:
            os.kill(self.server.process.pid, signal.SIGCONT)
        self.await_answers()
        self.server.stop()
        try:
            for _ in range(3):
                self.assert_kept_back(self.send("GET", "/orders/7", [self.bearer()]),
                                      *self.failure_statuses)
            self.assert_nothing_passes(MEDIA_TYPES)
            self.while_portcullis_is_away()
        finally:
            self.restart()
        self.await_answers()

    def assert_nothing_passes(self, media_types):
        for media_type in media_types:
            for target in ("/orders/7", "/healthz"):
                self.send("POST", target, [self.bearer(), ("Content-Type", media_type)], b"x")
                self.assertEqual(self.application.take(), [], (media_type, target))

    def stop_the_world(self):
        """Stops the server for a while: it is still there, but says nothing."""
        pid = self.server.process.pid
        os.kill(pid, signal.SIGSTOP)
        states = ""
        for _ in range(1000):  # Not every thread hears of it at once.
            states = {(task / "stat").read_text(encoding="utf-8").rpartition(") ")[2][0]
                      for task in pathlib.Path(f"/proc/{pid}/task").iterdir()}
            if states == {"T"}:
                return
            time.sleep(0.01)
        self.fail(f"the server goes on: {states}")

    def while_portcullis_is_away(self):
        """What else a proxy has to be asked then."""

    def restart(self):
        """Starts the server where it was: the proxy knows no other place."""
        server = self.server
        ports = [server.untrusted_address, *server.ports["gateway"]]
        server.listen = (server.listen[0], f"tcp://{ports[0]}?proxy=edge")
        options = list(server.options)
        for i, option in enumerate(options[:-1]):
            if option == "--gateway-listen":
                address = ports[1].removeprefix("http://").rstrip("/")
                options[i + 1] = f"tcp://{address}?proxy=edge"
        server.options = tuple(options)
        server.start()

    def await_answers(self):
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            answer = self.send("GET", "/orders/7", [self.bearer()])
            if answer.status == 200:
                self.application.take()
                return
            time.sleep(0.1)
        self.fail(f"Portcullis was not asked again: {answer}")

    # ---- Policies change ------------------------------------------------------------------------

    def test_policies_change_while_requests_run(self):
        """What no version of the policies changes is answered the same throughout; what changes is
        answered by the old or the new. Those that cannot be read change nothing."""
        stop, wrong, counts = threading.Event(), [], {200: 0, 403: 0}

        def ask(order, expected):
            headers = [self.bearer()] if order == "7" else signed(ANA, "GET", f"/orders/{order}")
            while not stop.is_set():
                answer = self.send("GET", f"/orders/{order}", headers)
                if answer.status not in expected:
                    wrong.append((order, answer))
                else:
                    counts[answer.status] += 1

        threads = [threading.Thread(target=ask, args=row) for row in (
            ("7", {200}), ("secret", {403}), ("8", {200, 403}))]
        threads.append(threading.Thread(target=self.while_policies_change, args=(stop, wrong)))
        for thread in threads:
            thread.start()
        try:
            for i in range(8):
                self.publish(without_order_8=i % 2 == 0)
                time.sleep(0.3)
                self.publish_nonsense()
                time.sleep(0.1)
        finally:
            self.publish(without_order_8=False)
            stop.set()
            for thread in threads:
                thread.join()
        self.assertEqual(wrong, [])
        self.assertTrue(all(counts.values()), counts)
        for _ in range(100):
            headers = signed(ANA, "GET", "/orders/8")
            if self.send("GET", "/orders/8", headers).status == 200:
                break
            time.sleep(0.1)
        self.application.take()
        self.assert_passed(self.send("GET", "/orders/8", headers), ANA.arn)

    def while_policies_change(self, stop, wrong):
        """What else runs until `stop`, and what is `wrong` with its answers."""

    def publish(self, without_order_8):
        ana = (allow("orders:*", order_arn("7")),) if without_order_8 else CLERKS_WORK
        self.server.write(policies(ana) | {"nonsense.yaml": {}})
        self.server.process.send_signal(signal.SIGHUP)

    def publish_nonsense(self):
        """Taken at its word, everything would be public."""
        self.server.write({"nonsense.yaml": {"Gateways": [
            {"Name": "nonsense", "Account": "111122223333", "Hosts": [HOST],
             "Rules": [{"Public": True}]}]}})
        self.server.process.send_signal(signal.SIGHUP)
