#!/usr/bin/env python3
"""Portcullis asked over HTTP, without a proxy in between: forward authentication of every profile,
and AuthZEN. Requests are as proxies and programs send them, or as somebody does who would like to
pass for one.

Runs the programs of $PORTCULLIS_BIN_DIR.
"""

import contextlib
import datetime
import hashlib
import hmac
import http.client
import json
import ssl
import subprocess
import tempfile
import time
import unittest
import urllib.request

from portcullis_process import SECONDS_MAX, Server, clean_environment

ACCOUNT = "111122223333"
REGION = "eu-west-1"
HOST = "orders.example.com"
ANA = f"arn:aws:iam::{ACCOUNT}:user/ana"
TESS = f"arn:aws:iam::{ACCOUNT}:user/tess"
CLERK = f"arn:aws:iam::{ACCOUNT}:role/Clerk"
KEY, SECRET = "AKIAEXAMPLEANAAAAAAA", "secret-of-ana".ljust(40, "x")
PROXY_SECRET = "the-secret-of-the-proxy-called-edge-1"
SPIFFE_ID = "spiffe://example.org/ns/edge/sa/proxy"
GET_ORDER = {"Effect": "Allow", "Action": "orders:GetOrder",
             "Resource": f"arn:aws:orders:{REGION}:{ACCOUNT}:order/7"}
FROM_HOME = {"Effect": "Allow", "Action": "orders:FromHome", "Resource": "*",
             "Condition": {"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}}}
IDENTITY = ("x-portcullis-principal", "x-portcullis-account", "x-portcullis-user-id",
            "x-portcullis-decision-id")


def document(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def own(*statements):
    return {"Policies": [{"PolicyName": "Own", "PolicyDocument": document(*statements)}]}


POLICIES = {
    "accounts.yaml": {"Accounts": [{"AccountId": ACCOUNT}]},
    "people.yaml": {
        "Account": ACCOUNT,
        "Users": [
            {"UserName": "ana", "AccessKeys": [
                {"AccessKeyId": KEY,
                 "SecretAccessKey": {"Inline": SECRET, "AllowInlineSecret": True}}]}
            | own(GET_ORDER, FROM_HOME,
                  {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": CLERK}),
            {"UserName": "tess"}],
        "Roles": [{"RoleName": "Clerk", "AssumeRolePolicyDocument": document(
            {"Effect": "Allow", "Principal": {"AWS": ANA}, "Action": "sts:AssumeRole"})}
                  | own(GET_ORDER, FROM_HOME)]},
    "door.yaml": {
        "Gateways": [{
            "Name": "orders", "Account": ACCOUNT, "Region": REGION, "Hosts": [HOST],
            "Rules": [
                {"Name": "health", "Match": {"Methods": ["GET"], "Path": "/healthz"},
                 "Public": True},
                {"Name": "home", "Match": {"Path": "/home"}, "Action": "orders:FromHome",
                 "Resource": "*"},
                {"Name": "read", "Match": {"Methods": ["GET"], "Path": "/orders/{order}"},
                 "Action": "orders:GetOrder",
                 "Resource": "arn:aws:orders:${region}:${account}:order/${path.order}"}]}],
        "Proxies": [{"Name": "edge", "Identities": [SPIFFE_ID],
                     "Asserts": ["SourceAddress", "Extensions", "Principals"],
                     "Secret": {"Inline": PROXY_SECRET, "AllowInlineSecret": True}}]},
}


def signed(method, path, host=HOST):
    """The headers of Signature Version 4 for a request without query and body, header form."""
    now = datetime.datetime.now(datetime.timezone.utc)
    date, time_stamp = now.strftime("%Y%m%d"), now.strftime("%Y%m%dT%H%M%SZ")
    body = hashlib.sha256(b"").hexdigest()
    canonical = "\n".join((method, path, "", f"host:{host}", f"x-amz-content-sha256:{body}",
                           f"x-amz-date:{time_stamp}", "",
                           "host;x-amz-content-sha256;x-amz-date", body))
    scope = f"{date}/{REGION}/execute-api/aws4_request"
    key = f"AWS4{SECRET}".encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    text = "\n".join(("AWS4-HMAC-SHA256", time_stamp, scope,
                      hashlib.sha256(canonical.encode()).hexdigest()))
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    return [("X-Amz-Date", time_stamp), ("X-Amz-Content-Sha256", body),
            ("Authorization", f"AWS4-HMAC-SHA256 Credential={KEY}/{scope}, "
             f"SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature={signature}")]


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.getheaders()
        self.body = response.read().decode()

    def header(self, name):
        values = [value for key, value in self.headers if key.lower() == name]
        assert len(values) < 2, self.headers
        return values[0] if values else None

    def json(self):
        return json.loads(self.body)


def send(port, method, target, headers, body=None, context=None):
    """Sends exactly these headers, besides those for the body and the connection."""
    if context is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS_MAX)
    else:
        connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=SECONDS_MAX,
                                                 context=context)
    with contextlib.closing(connection):
        connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        for name, value in headers:
            connection.putheader(name, value)
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        return Answer(connection.getresponse())


def envoy(method, path, headers=(), host=HOST):
    return method, "/ext_authz" + path, [("Host", host), ("Content-Length", "0"), *headers]


def nginx(method, path, headers=(), host=HOST):
    return "GET", "/forward-auth", [
        ("Host", "127.0.0.1"), ("X-Original-Method", method), ("X-Original-URI", path),
        ("X-Original-Host", host), ("X-Forwarded-Proto", "https"), ("X-Real-IP", "198.51.100.7"),
        *headers]


def ingress_nginx(method, path, headers=(), host=HOST):
    return "GET", "/forward-auth", [
        ("Host", "portcullis"), ("X-Original-Method", method),
        ("X-Original-URL", f"https://{host}{path}"), ("X-Real-IP", "198.51.100.7"),
        ("X-Sent-From", "nginx-ingress-controller"), *headers]


def traefik(method, path, headers=(), host=HOST):
    return "GET", "/forward-auth", [
        ("Host", "portcullis"), ("X-Forwarded-Method", method), ("X-Forwarded-Uri", path),
        ("X-Forwarded-Host", host), ("X-Forwarded-Proto", "https"),
        ("X-Forwarded-For", "203.0.113.9, 198.51.100.7"), *headers]


PROFILES = (envoy, nginx, ingress_nginx, traefik)


def question(subject, action="orders:GetOrder", **more):
    return {"subject": subject, "action": {"name": action},
            "resource": {"type": "order", "id": GET_ORDER["Resource"]}} | more


def user(arn):
    return {"type": "user", "id": arn}


class GatewayHttpTest(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.directory.cleanup)
        cls.make_certificates()
        tls = (f"cert={cls.file('server.pem')}&key={cls.file('server.key')}"
               f"&client-ca={cls.file('authority.pem')}")
        cls.server = Server(POLICIES, listen=("tcp://127.0.0.1:0?trusted=true",), options=(
            "--gateway-listen", "tcp://127.0.0.1:0?proxy=edge",
            "--gateway-listen", "tcp://127.0.0.1:0?url=https://pdp.example.com",
            "--gateway-listen", f"tls://127.0.0.1:0?{tls}", "--admin-listen", "127.0.0.1:0"))
        cls.addClassCleanup(cls.server.close)
        cls.server.start()
        ports = json.loads((cls.server.path / "ports").read_text(encoding="utf-8"))
        cls.urls = ports["gateway"]
        cls.admin = ports["admin"]
        cls.port, cls.open_port, cls.tls_port = (
            int(url.rstrip("/").rpartition(":")[2]) for url in cls.urls)
        run = cls.server.run("assume-role", "--role-arn", CLERK, "--session-name", "ana",
                             "--principal", ANA, "--export")
        assert run.returncode == 0, run.stderr
        cls.token = subprocess.run(
            ["sh", "-c", f'{run.stdout}\nprintf %s "$PORTCULLIS_SESSION_TOKEN"'], text=True,
            capture_output=True, check=True, timeout=SECONDS_MAX).stdout

    @classmethod
    def file(cls, name):
        return f"{cls.directory.name}/{name}"

    @classmethod
    def make_certificates(cls):
        def openssl(*arguments):
            subprocess.run(["openssl", *arguments], check=True, capture_output=True,
                           timeout=SECONDS_MAX)

        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=ca",
                "-keyout", cls.file("authority.key"), "-out", cls.file("authority.pem"))
        for name, names in (("server", "IP:127.0.0.1"), ("edge", f"URI:{SPIFFE_ID}"),
                            ("other", "URI:spiffe://example.org/other")):
            openssl("req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}",
                    "-keyout", cls.file(f"{name}.key"), "-out", cls.file(f"{name}.csr"))
            with open(cls.file(f"{name}.ext"), "w", encoding="utf-8") as extensions:
                extensions.write(f"subjectAltName={names}\n")
            openssl("x509", "-req", "-days", "1", "-in", cls.file(f"{name}.csr"), "-CA",
                    cls.file("authority.pem"), "-CAkey", cls.file("authority.key"),
                    "-CAcreateserial", "-extfile", cls.file(f"{name}.ext"), "-out",
                    cls.file(f"{name}.pem"))

    def context(self, name=None):
        context = ssl.create_default_context(cafile=self.file("authority.pem"))
        if name:
            context.load_cert_chain(self.file(f"{name}.pem"), self.file(f"{name}.key"))
        return context

    def ask(self, profile, method, path, headers=(), port=None, **more):
        return send(port or self.port, *profile(method, path, headers, **more))

    def bearer(self):
        return ("Authorization", f"Bearer {self.token}")

    def evaluate(self, body, headers=(), port=None, path="/access/v1/evaluation"):
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        return send(port or self.port, "POST", path,
                    [("Host", "pdp"), ("Content-Type", "application/json"), *headers], text)

    # ---- Forward authentication ----

    def test_every_profile_has_every_outcome(self):
        refused = {envoy: 400, nginx: 403, ingress_nginx: 403, traefik: 400}
        for profile in PROFILES:
            with self.subTest(profile=profile.__name__):
                signature = signed("GET", "/orders/7")
                allowed = self.ask(profile, "GET", "/orders/7", signature)
                self.assertEqual(allowed.status, 200, allowed.body)
                self.assertEqual(allowed.header("x-portcullis-principal"), ANA)
                self.assertEqual(allowed.header("x-portcullis-account"), ACCOUNT)
                session = self.ask(profile, "GET", "/orders/7", [self.bearer()])
                self.assertEqual(session.status, 200, session.body)
                self.assertEqual(session.header("x-portcullis-principal"),
                                 f"arn:aws:sts::{ACCOUNT}:assumed-role/Clerk/ana")
                public = self.ask(profile, "GET", "/healthz")
                self.assertEqual(public.status, 200, public.body)
                for name in IDENTITY[:3]:
                    self.assertEqual(public.header(name), "", name)

                self.assertEqual(self.ask(profile, "GET", "/orders/8",
                                          signed("GET", "/orders/8")).status, 403)
                self.assertEqual(self.ask(profile, "GET", "/other", [self.bearer()]).status, 403)
                nobody = self.ask(profile, "GET", "/orders/7")
                self.assertEqual(nobody.status, 401)
                self.assertEqual([value.split()[0] for name, value in nobody.headers
                                  if name == "www-authenticate"], ["AWS4-HMAC-SHA256", "Bearer"])
                # A signature for another method, path or host.
                self.assertEqual(self.ask(profile, "POST", "/orders/7", signature).status, 403,
                                 "no rule is about it")
                self.assertEqual(self.ask(profile, "GET", "/orders/8", signature).status, 401)
                for path in ("/orders/%2e%2e/healthz", "/orders/../healthz", "//healthz",
                             "/orders%2f7", "/orders/7;v=1"):
                    self.assertEqual(self.ask(profile, "GET", path, [self.bearer()]).status,
                                     refused[profile], path)

    def test_denials_tell_nothing_of_policies(self):
        denied = self.ask(traefik, "GET", "/orders/8", [self.bearer(),
                                                        ("Accept", "application/json")])
        self.assertEqual(denied.status, 403)
        self.assertEqual(sorted(denied.json()), ["decisionId", "message", "reason"])
        self.assertNotIn("arn:", denied.body)

    def test_spoofing(self):
        bearer = [self.bearer()]
        for profile, name, value in (
                (nginx, "X-Original-URI", "/healthz"), (nginx, "X-Original-Method", "GET"),
                (nginx, "X-Original-Host", HOST), (nginx, "X-Original-URL", f"http://{HOST}/"),
                (nginx, "X-Forwarded-Uri", "/healthz"), (nginx, "X-Forwarded-Method", "GET"),
                (nginx, "X-Real-IP", "127.0.0.1"), (nginx, "x-original-uri", "/healthz"),
                (ingress_nginx, "X-Original-URL", f"https://{HOST}/healthz"),
                (ingress_nginx, "X-Original-URI", "/healthz"),
                (traefik, "X-Forwarded-Uri", "/healthz"),
                (traefik, "X-Forwarded-For", "127.0.0.1"),
                (traefik, "X-Original-URI", "/healthz"),
                (traefik, "x-portcullis-proxy-secret", "a")):
            extra = [(name, value)]
            if name == "x-portcullis-proxy-secret":
                extra *= 2
            answer = self.ask(profile, "GET", "/orders/7", bearer + extra)
            self.assertIn(answer.status, (400, 403), f"{profile.__name__} {name}")
        # What the client says of itself is told to Envoy for removal.
        removed = self.ask(envoy, "GET", "/orders/7", bearer + [
            ("X-Portcullis-Principal", ANA), ("X-Portcullis-Admin", "true")])
        self.assertEqual(removed.status, 200)
        names = removed.header("x-envoy-auth-headers-to-remove").split(", ")
        self.assertIn("x-portcullis-admin", names)
        self.assertIn("authorization", names)
        self.assertFalse(set(IDENTITY) & set(names))

    def test_a_request_that_is_not_told_is_refused(self):
        for name in ("X-Original-URI", "X-Original-Method", "X-Original-Host"):
            method, target, headers = nginx("GET", "/healthz")
            headers = [header for header in headers if header[0] != name]
            answer = send(self.port, method, target, headers)
            self.assertEqual(answer.status, 403, name)
            self.assertIn(name.lower(), answer.body)
        for name in ("X-Forwarded-Uri", "X-Forwarded-Method", "X-Forwarded-Host"):
            method, target, headers = traefik("GET", "/healthz")
            headers = [header for header in headers if header[0] != name]
            self.assertEqual(send(self.port, method, target, headers).status, 400, name)
        for target in ("/forward-auth", "/forward-auth?x=/healthz"):
            self.assertEqual(send(self.port, "GET", target, [("Host", HOST)]).status, 403)
        for target in ("/ext_authz", "/ext_authz?/healthz", "/ext_authzx"):
            self.assertEqual(send(self.port, "GET", target, [("Host", HOST)]).status, 400)

    def test_where_the_client_is(self):
        """aws:SourceIp, of what the proxy itself tells."""
        bearer = [self.bearer()]
        for profile in (nginx, ingress_nginx, traefik):
            self.assertEqual(self.ask(profile, "GET", "/home", bearer).status, 200)
        self.assertEqual(self.ask(envoy, "GET", "/home", bearer + [
            ("X-Forwarded-For", "198.51.100.7"), ("X-Real-IP", "198.51.100.7")]).status, 403)
        method, target, headers = traefik("GET", "/home", bearer)
        headers = [(name, "198.51.100.7, 203.0.113.9" if name == "X-Forwarded-For" else value)
                   for name, value in headers]
        self.assertEqual(send(self.port, method, target, headers).status, 403)

    def test_curl_signs(self):
        """As behind Envoy: curl signs the path that it is told, and another one is on the wire."""
        for path, status in (("/orders/7", "200"), ("/orders/8", "403")):
            run = subprocess.run(
                ["curl", "--silent", "--show-error", "--output", "/dev/null", "--write-out",
                 "%{http_code}", "--aws-sigv4", f"aws:amz:{REGION}:execute-api", "--user",
                 f"{KEY}:{SECRET}", "--header", f"Host: {HOST}", "--request-target",
                 f"/ext_authz{path}", f"http://127.0.0.1:{self.port}{path}"],
                capture_output=True, text=True, env=clean_environment(), timeout=SECONDS_MAX,
                check=False)
            self.assertEqual(run.stdout, status, run.stderr)

    # ---- Who asks ----

    def test_a_proxy_shows_its_secret(self):
        bearer = [self.bearer()]
        for profile in PROFILES:
            # A stranger gets no decision, not even about what everybody may.
            for secret, status in ((None, 503), ("wrong" * 8, 503), (PROXY_SECRET, 200)):
                shown = [("X-Portcullis-Proxy-Secret", secret)] if secret else []
                for headers in (bearer + shown, shown):
                    path = "/orders/7" if bearer[0] in headers else "/healthz"
                    answer = self.ask(profile, "GET", path, headers, self.open_port)
                    self.assertEqual(answer.status, status, answer.body)
                    self.assertNotIn(PROXY_SECRET, answer.body)

    def test_a_proxy_shows_its_certificate(self):
        def status(name):
            return send(self.tls_port, *nginx("GET", "/orders/7", [self.bearer()]),
                        context=self.context(name)).status

        self.assertEqual(status("edge"), 200)
        self.assertEqual(status("other"), 503)
        with self.assertRaises((ssl.SSLError, ConnectionError, http.client.HTTPException)):
            status(None)

    # ---- AuthZEN ----

    def test_evaluations_of_the_standard(self):
        allowed = self.evaluate(question(user(ANA)))
        self.assertEqual(allowed.status, 200, allowed.body)
        self.assertIs(allowed.json()["decision"], True)
        denied = self.evaluate(question(user(TESS)))
        self.assertIs(denied.json()["decision"], False)
        self.assertEqual(denied.json()["context"]["reason"], "implicit_deny")
        home = question(user(ANA), "orders:FromHome")
        self.assertIs(self.evaluate(home).json()["decision"], False)
        self.assertIs(self.evaluate(home | {"context": {"aws:SourceIp": "198.51.100.9"}})
                      .json()["decision"], True)
        batch = self.evaluate({
            "resource": {"type": "order", "id": GET_ORDER["Resource"]},
            "action": {"name": "orders:GetOrder"},
            "evaluations": [{"subject": user(ANA)}, {"subject": user(TESS)}, {},
                            {"subject": {"type": "session_token", "id": self.token}}]},
                              path="/access/v1/evaluations")
        self.assertEqual([one["decision"] for one in batch.json()["evaluations"]],
                         [True, False, False, True])
        self.assertEqual(batch.json()["evaluations"][2]["context"]["error"]["status"], 400)

    def test_who_may_ask_about_whom(self):
        body = question(user(ANA))
        secret = [("Authorization", f"Bearer {PROXY_SECRET}")]
        self.assertEqual(self.evaluate(body, port=self.open_port).status, 401)
        self.assertEqual(self.evaluate(body, [("Authorization", "Bearer no")],
                                       self.open_port).status, 401)
        self.assertIs(self.evaluate(body, secret, self.open_port).json()["decision"], True)
        session = question({"type": "session_token", "id": self.token})
        self.assertIs(self.evaluate(session, port=self.open_port).json()["decision"], True)
        context = session | {"context": {"aws:SourceIp": "198.51.100.9"}}
        self.assertEqual(self.evaluate(context, port=self.open_port).status, 400)

    def test_errors_and_ids_of_the_standard(self):
        for body in (b"", b"{", b"[]", json.dumps({"action": {"name": "a:B"}}).encode()):
            answer = self.evaluate(body, [("X-Request-ID", "bfe9eb29")])
            self.assertEqual(answer.status, 400, body)
            self.assertEqual(answer.header("x-request-id"), "bfe9eb29")
        text = send(self.port, "POST", "/access/v1/evaluation",
                    [("Host", "pdp"), ("Content-Type", "text/plain")],
                    json.dumps(question(user(ANA))).encode())
        self.assertEqual(text.status, 400)
        large = self.evaluate(b'{"x":"' + b"x" * (2 << 20) + b'"}')
        self.assertEqual(large.status, 413)

    def test_metadata(self):
        def metadata(port):
            return send(port, "GET", "/.well-known/authzen-configuration",
                        [("Host", f"127.0.0.1:{port}")]).json()

        self.assertEqual(metadata(self.port)["policy_decision_point"], self.urls[0].rstrip("/"))
        self.assertEqual(metadata(self.open_port), {
            "policy_decision_point": "https://pdp.example.com",
            "access_evaluation_endpoint": "https://pdp.example.com/access/v1/evaluation",
            "access_evaluations_endpoint": "https://pdp.example.com/access/v1/evaluations"})

    # ---- Operation ----

    def test_metrics(self):
        self.ask(envoy, "GET", "/orders/7", [self.bearer()])
        self.ask(nginx, "GET", "/orders/7", [self.bearer()])
        self.evaluate(question(user(ANA)))
        with urllib.request.urlopen(f"http://{self.admin}/metrics", timeout=SECONDS_MAX) as answer:
            lines = answer.read().decode().splitlines()
        values = {line.rpartition(" ")[0]: float(line.rpartition(" ")[2])
                  for line in lines if line and not line.startswith("#")}
        self.assertGreater(values["portcullis_gateway_connections_accepted_total"], 2)
        for api in ("ext_authz_http", "forward_auth", "authzen"):
            allowed = [value for name, value in values.items()
                       if name.startswith("portcullis_authz_decisions_total")
                       and f'api="{api}"' in name and 'reason="explicit_allow"' in name]
            self.assertGreater(sum(allowed), 0, api)

    def test_drain_and_records(self):
        """A server of its own: nothing is answered after the end, and everything is recorded."""
        server = Server(POLICIES, listen=("tcp://127.0.0.1:0?trusted=true",),
                        options=("--gateway-listen", "tcp://127.0.0.1:0?proxy=edge"))
        try:
            server.start()
            url = json.loads((server.path / "ports").read_text(encoding="utf-8"))["gateway"][0]
            port = int(url.rstrip("/").rpartition(":")[2])
            trace = [("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")]
            allowed = send(port, *nginx("GET", "/orders/7", signed("GET", "/orders/7") + trace))
            self.assertEqual(allowed.status, 200, allowed.body)
            self.assertEqual(send(port, *nginx("GET", "/orders/9")).status, 401)
            self.assertEqual(send(port, "GET", "/forward-auth", [("Host", HOST)]).status, 403)
            self.assertEqual(self.evaluate(question(user(ANA)), trace, port).status, 200)
            started = time.monotonic()
            server.stop()
            self.assertLess(time.monotonic() - started, 30)
            with self.assertRaises(OSError):
                send(port, *nginx("GET", "/orders/7"))
            records = [json.dumps(record) for record in server.audit_records()]
            decision = allowed.header("x-portcullis-decision-id")
            self.assertEqual(len([text for text in records if decision in text]), 1)
            traced = [text for text in records if "4bf92f3577b34da6a3ce929d0e0e4736" in text]
            self.assertEqual(len(traced), 2, traced)
            self.assertTrue(all('"peer": "edge"' in text for text in traced), traced)
            self.assertFalse([text for text in records if PROXY_SECRET in text or SECRET in text])
        finally:
            server.close()


if __name__ == "__main__":
    unittest.main()
