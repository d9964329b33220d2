#!/usr/bin/env python3
"""Requests of somebody who would like to get past the door: every trick asks every kind of proxy's
endpoint, all of which have to give the same answer. What that is stands beside the trick; it
follows from the rules and policies below, not from what the server did.

Runs the programs of $PORTCULLIS_BIN_DIR.
"""

import datetime
import hashlib
import hmac
import itertools
import json
import subprocess
import time
import unittest
import urllib.parse

from identity_provider import TokenIssuer, base64url, run
from portcullis_process import SECONDS_MAX, Server
from raw_http import Answer, exchange, request_bytes, send

ACCOUNT = "111122223333"
REGION = "eu-west-1"
HOST, LAX, TOKENS = "orders.example.com", "lax.example.com", "tokens.example.com"
ISSUER = "https://idp.example.org"
API = f"arn:aws:execute-api:{REGION}:{ACCOUNT}:api/$default"
ANA = f"arn:aws:iam::{ACCOUNT}:user/ana"
HERE, ELSEWHERE = "198.51.100.7", "203.0.113.9"
PROXY_SECRET = "the-secret-of-the-proxy-called-edge-1"
KEYS = {"ana": ("AKIAEXAMPLEANAAAAAAA", "secret-of-ana".ljust(40, "x")),
        "tess": ("AKIAEXAMPLETESSAAAAA", "secret-of-tess".ljust(40, "x"))}
OK, BAD, NOBODY, DENIED = 200, 400, 401, 403


def arn(kind, name):
    return f"arn:aws:iam::{ACCOUNT}:{kind}/{name}"


def document(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def own(*statements):
    return {"Policies": [{"PolicyName": "Own", "PolicyDocument": document(*statements)}]}


def allow(action, resource, **more):
    return {"Effect": "Allow", "Action": action, "Resource": resource} | more


def orders(resource):
    return f"arn:aws:orders:{REGION}:{ACCOUNT}:{resource}"


WORK = (allow("orders:*", [orders("order/7"), orders("tenant/blue/*")]),
        allow("execute-api:Invoke", f"{API}/*/open/*"),
        {"Effect": "Deny", "Action": "execute-api:Invoke", "Resource": f"{API}/DELETE/*"},
        allow("orders:Home", "*", Condition={"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}}))


def user(name, *statements):
    key, secret = KEYS[name]
    return {"UserName": name, "AccessKeys": [
        {"AccessKeyId": key, "SecretAccessKey": {"Inline": secret, "AllowInlineSecret": True}}],
            } | (own(*statements) if statements else {})


def role(name, action, principal, **more):
    return {"RoleName": name, "AssumeRolePolicyDocument": document(
        {"Effect": "Allow", "Principal": principal, "Action": action} | more)} | own(*WORK)


def gateway(name, host, *rules, **more):
    return {"Name": name, "Account": ACCOUNT, "Region": REGION, "Hosts": [host]} | more | (
        {"Rules": list(rules)} if rules else {})


READ = {"Name": "read", "Match": {"Methods": ["GET", "HEAD"], "Path": "/orders/{order}"},
        "Action": "orders:GetOrder", "Resource": orders("order/${path.order}")}
POLICIES = {
    "accounts.yaml": {"Accounts": [{"AccountId": ACCOUNT}]},
    "people.yaml": {
        "Account": ACCOUNT,
        "Users": [user("ana", *WORK, allow("sts:AssumeRole", arn("role", "Clerk"))), user("tess")],
        "OIDCProviders": [{"Url": ISSUER, "ClientIdList": ["portcullis"],
                           "JsonWebKeySet": {"File": "identity/keys.json"}}],
        "Roles": [role("Clerk", "sts:AssumeRole", {"AWS": ANA}),
                  role("Web", "sts:AssumeRoleWithWebIdentity",
                       {"Federated": arn("oidc-provider", "idp.example.org")},
                       Condition={"StringEquals": {"idp.example.org:sub": "alice"}})]},
    "door.yaml": {
        "Gateways": [
            gateway("orders", HOST,
                    {"Name": "health", "Match": {"Methods": ["GET"], "Path": "/healthz"},
                     "Public": True}, READ,
                    {"Name": "tenant", "Match": {"Path": "/tenant"}, "Action": "orders:Tenant",
                     "Resource": orders("tenant/${header.x-tenant}/${query.item}")},
                    {"Name": "home", "Match": {"Path": "/home"}, "Action": "orders:Home",
                     "Resource": "*"}),
            # What is behind a rule that few may pass is open to all.
            gateway("lax", LAX,
                    {"Match": {"Methods": ["POST", "DELETE"], "Path": "/admin"},
                     "Action": "orders:Admin", "Resource": "*"},
                    {"Match": {"Path": "/tree/**"}, "Action": "orders:Admin", "Resource": "*"},
                    {"Match": {"Path": "/flag", "Headers": {"x-tier": "gold"}},
                     "Action": "orders:Admin", "Resource": "*"},
                    {"Match": {"Grpc": "shop.v1.Orders/*"}, "Mapping": "Grpc"},
                    {"Match": {"Path": "/**"}, "Public": True}),
            gateway("tokens", TOKENS, READ, Identify=["WebIdentity", "SessionToken", "Signature"],
                    WebIdentity=[{"Issuer": ISSUER, "RoleArn": arn("role", "Web")}]),
            gateway("api", "api.example.com"),
            gateway("wild", "*.wild.example.com", {"Match": {"Path": "/**"}, "Public": True})],
        "Proxies": [{"Name": "edge"}, {"Name": "behind", "TrustedHops": 1},
                    {"Name": "asker", "Asserts": ["Principals", "SourceAddress"]},
                    {"Name": "shy", "Secret": {"Inline": PROXY_SECRET,
                                               "AllowInlineSecret": True}}]},
}


class Signer:
    """Signature Version 4 with everything that can be wrong about it."""

    def __init__(self, who="ana", key=None, secret=None, token=None, at=0, region=REGION,
                 service="execute-api", host=HOST):
        self.key, self.secret = key or KEYS[who][0], secret or KEYS[who][1]
        self.token, self.host = token, host
        now = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=at)
        self.date = now.strftime("%Y%m%dT%H%M%SZ")
        self.scope = f"{self.date[:8]}/{region}/{service}/aws4_request"

    def sign(self, canonical):
        key = f"AWS4{self.secret}".encode()
        for part in self.scope.split("/"):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        text = "\n".join(("AWS4-HMAC-SHA256", self.date, self.scope,
                          hashlib.sha256("\n".join(canonical).encode()).hexdigest()))
        return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()

    def headers(self, method="GET", path="/orders/7", query="", body=b"", more=(), unsigned=()):
        digest = hashlib.sha256(body).hexdigest()
        headers = {"host": self.host, "x-amz-content-sha256": digest, "x-amz-date": self.date}
        headers |= dict(more) | ({"x-amz-security-token": self.token} if self.token else {})
        names = sorted(set(headers) - set(unsigned))
        signature = self.sign((method, path, query, *(f"{name}:{headers[name]}" for name in names),
                               "", ";".join(names), digest))
        del headers["host"]
        return [*headers.items(), ("Authorization", (
            f"AWS4-HMAC-SHA256 Credential={self.key}/{self.scope}, "
            f"SignedHeaders={';'.join(names)}, Signature={signature}"))]

    def presigned(self, path="/orders/7", expires=300):
        query = {"X-Amz-Algorithm": "AWS4-HMAC-SHA256", "X-Amz-Date": self.date,
                 "X-Amz-Credential": f"{self.key}/{self.scope}", "X-Amz-Expires": expires,
                 "X-Amz-SignedHeaders": "host"}
        query |= {"X-Amz-Security-Token": self.token} if self.token else {}
        text = urllib.parse.urlencode(sorted(query.items()), quote_via=urllib.parse.quote, safe="")
        signature = self.sign(("GET", path, text, f"host:{self.host}", "", "host",
                               hashlib.sha256(b"").hexdigest()))
        return f"{path}?{text}&X-Amz-Signature={signature}"


def envoy(method, target, headers, host):
    return request_bytes(method, "/ext_authz" + target, headers, host=host)


def nginx(method, target, headers, host):
    told = [("X-Original-Method", method), ("X-Original-URI", target), ("X-Original-Host", host),
            ("X-Forwarded-Proto", "https"), ("X-Real-IP", HERE)]
    return request_bytes("GET", "/forward-auth", told + list(headers))


def traefik(method, target, headers, host):
    told = [("X-Forwarded-Method", method), ("X-Forwarded-Uri", target), ("X-Forwarded-Host", host),
            ("X-Forwarded-Proto", "https"), ("X-Forwarded-For", HERE)]
    return request_bytes("GET", "/forward-auth", told + list(headers))


def bearer(token):
    return [("Authorization", f"Bearer {token}")]


class DoorHostileTest(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.server = Server(POLICIES, listen=("tcp://127.0.0.1:0?trusted=true",), options=(
            *(part for proxy in ("edge", "behind", "asker")
              for part in ("--gateway-listen", f"tcp://127.0.0.1:0?proxy={proxy}")),
            "--gateway-listen", "tcp://127.0.0.1:0"))
        cls.addClassCleanup(cls.server.close)
        cls.issuer = TokenIssuer(cls.server.path, ISSUER)
        cls.server.write({"identity/keys.json": cls.issuer.key_set()})
        cls.server.start()
        cls.port, cls.behind, cls.asker, cls.open = (
            int(url.rstrip("/").rpartition(":")[2]) for url in cls.server.ports["gateway"])
        shown = cls.server.run("assume-role", "--role-arn", arn("role", "Clerk"), "--session-name",
                               "ana", "--principal", ANA, "--export")
        assert shown.returncode == 0, shown.stderr
        cls.key, cls.secret, cls.token = subprocess.run(
            ["sh", "-c", f'{shown.stdout}\nprintf "%s %s %s" "$AWS_ACCESS_KEY_ID" '
             '"$AWS_SECRET_ACCESS_KEY" "$AWS_SESSION_TOKEN"'], text=True, capture_output=True,
            check=True, timeout=SECONDS_MAX).stdout.split()

    def ask(self, data, port=None):
        answer = Answer(exchange(port or self.port, data))
        if answer.status != OK:
            self.assertNotRegex(answer.body.decode(), r"arn:|AKIA|secret-of|\.yaml|\.cc")
        return answer

    def check(self, name, expected, method="GET", target="/orders/7", headers=(), host=HOST):
        """Every door gives the answer; nginx cannot be told of a 400."""
        for door in (envoy, nginx, traefik):
            status = self.ask(door(method, target, headers, host)).status
            if door is nginx and status == DENIED and expected == BAD:
                status = BAD
            self.assertEqual(status, expected, f"{name}, as {door.__name__} asks")

    def who(self, **more):
        return bearer(self.token) if not more else Signer(**more).headers()

    # ---- Where to -------------------------------------------------------------------------------

    def test_hosts(self):
        hosts = {
            OK: (HOST, HOST + ":8443", HOST + ".", HOST.upper(), "a.b.wild.example.com"),
            DENIED: ("evil.example", "wild.example.com", "www." + HOST, "127.0.0.1", "[::1]"),
            BAD: (HOST + "..", "." + HOST, HOST + ":", HOST + ":0", HOST + ":65536", HOST + ":1:2",
                  "u:p@" + HOST, HOST + "@evil", HOST + ",evil", "evil, " + HOST, HOST + " evil",
                  HOST + "/x", HOST + "#x", HOST + "?x", HOST + "\\x", HOST + "%00",
                  "orders%2eexample.com", "\xefrders.example.com", "[::1", "::1", "[::1%25lo]",
                  "127.1", "0x7f.0.0.1",
                  "2130706433", "*", "*.wild.example.com")}
        for expected, names in hosts.items():
            for name in names:
                self.check(f"host {name!r}", expected, target="/healthz", host=name)

    def test_paths(self):
        paths = {
            OK: ("/orders/7", "/orders/7?", "/orders/7?a=/../b;c", "/healthz?x"),
            DENIED: ("/orders/8", "/orders/7/", "/Orders/7", "/", "/orders/7/x", "/orders/%2a",
                     "/orders/*", "/healthz/", "/HEALTHZ", "/orders/7%C3%A9"),
            BAD: ("/orders/../healthz", "/./healthz", "/healthz/.", "/healthz/..", "//healthz",
                  "/orders//7", "/healthz//", "/orders/%2e%2e/healthz", "/orders/.%2E/healthz",
                  "/orders%2f7", "/orders/7%5c", "/orders\\7", "/orders/7;a", "/orders/..;/healthz",
                  "/orders/7%3b", "/orders/%252e", "/orders/7%252f", "/orders/%25%32%65",
                  "/orders/%u002e", "/orders/7#", "/healthz#/x", "/orders/7%00", "/orders/7%0d%0a",
                  "/orders/7%7f", "/orders/%c2%80", "/orders/%c0%ae", "/orders/%e0%80%ae",
                  "/orders/%ff", "/orders/7\xff", "/orders/7%20", "/orders/7.", "/orders/%37",
                  "/orders/7%", "/orders/7%2", "/orders/%zz", "/orders/7?%zz", "/orders/7?%ff",
                  "/orders/" + "a" * 17000, "/" + "a/" * 300, "/orders/7?" + "a&" * 1001)}
        for expected, targets in paths.items():
            for target in targets:
                self.check(f"path {target[:50]!r}", expected, target=target, headers=self.who())
        for target in ("http://evil.example/healthz", "healthz", "*", "?x", "/healthz /x"):
            for door in (nginx, traefik):
                answer = self.ask(door("GET", target, self.who(), HOST))
                self.assertIn(answer.status, (BAD, DENIED), target)

    def test_nothing_slips_past_a_stricter_rule(self):
        self.check("open", OK, target="/", host=LAX)
        for target, expected in (("/admin", NOBODY), ("/ADMIN", BAD), ("/admin/", BAD),
                                 ("/tree/", NOBODY), ("/TREE/x", BAD), ("/tree", NOBODY),
                                 ("/%61dmin", BAD), ("/admin.", BAD), ("/x/../admin", BAD)):
            for method in ("DELETE", "POST"):
                self.check(f"{method} {target}", expected, method, target, host=LAX)
        for method in ("delete", "Delete", "post", "get"):
            self.check(method, BAD, method, "/admin", host=LAX)
        self.check("a tunnel", DENIED, "CONNECT", "/x", host=LAX)
        gold, silver = ("X-Tier", "gold"), ("X-Tier", "silver")
        for headers, expected in (([], OK), ([silver], OK), ([gold], NOBODY),
                                  ([gold, gold], DENIED), ([silver, gold], DENIED),
                                  ([("X_Tier", "gold")], DENIED)):
            self.check(f"{headers}", expected, target="/flag", headers=headers, host=LAX)

    def test_nothing_slips_past_a_rule_about_grpc(self):
        path = "/shop.v1.Orders/Get"
        for kind, expected in (("application/grpc", NOBODY), ("application/grpc+proto", NOBODY)):
            headers = [("Content-Type", kind)]
            self.check(kind, expected, "POST", path, headers, LAX)
            for method, target in (("GET", path), ("POST", path + "?x"), ("POST", path + "/"),
                                   ("POST", path.upper())):
                # To gRPC clients a 400 would become INTERNAL.
                answer = self.ask(envoy(method, target, headers, LAX))
                self.assertIn(answer.status, (BAD, DENIED), (method, target))
        for kind in ("application/json", "application/grpc-web", "application/grpcx", "text/plain",
                     "application/connect+proto", ""):
            answer = self.ask(envoy("POST", path, [("Content-Type", kind)], LAX))
            self.assertIn(answer.status, (BAD, DENIED), kind)
        self.check("no content type", BAD, "POST", path, host=LAX)
        self.check("another service", OK, "POST", "/shop.v1.Other/Get", host=LAX)

    def test_methods_are_not_what_they_look_like(self):
        for method, expected in (("POST", OK), ("DELETE", DENIED), ("delete", BAD),
                                 ("DeLeTe", BAD)):
            self.check(method, expected, method, "/open/x", self.who(), "api.example.com")

    # ---- Who ------------------------------------------------------------------------------------

    def test_bearers(self):
        token = self.token
        values = {
            OK: ("Bearer " + token, "bearer " + token, "BEARER " + token),
            NOBODY: ("Bearer", "Bearer ", "Bearer ,", "", token, "Token " + token,
                     "Basic YTpi", f"Bearer:{token}", f"Bearer {token},", f"Bearer {token} x",
                     f"Bearer {token}, Bearer {token}", f"Bearer {token}=", f"Bearer {token}A",
                     "Bearer " + token[:-1], "Bearer " + token.swapcase(), f'Bearer "{token}"',
                     "Bearer ..", "Bearer a.b.c", "Bearer " + "a" * 60000, "AWS a:b",
                     "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 Credential=" + "a" * 60000,
                     f"DPoP {token}", "Bearer \xff")}
        for expected, proofs in values.items():
            for value in proofs:
                self.check(value[:30], expected, headers=[("Authorization", value)])
        for name in ("Proxy-Authorization", "X-Authorization", "Cookie", "X-Forwarded-Client-Cert"):
            self.check(name, NOBODY, headers=[(name, f"Bearer {token}")])

    def test_several_credentials(self):
        proofs = {"bearer": self.who(), "signature": self.who(who="ana"),
                  "basic": [("Authorization", "Basic YTpi")], "empty": [("Authorization", "")],
                  "token": [("X-Amz-Security-Token", self.token)]}
        for size in (2, 3):
            for names in itertools.combinations_with_replacement(proofs, size):
                headers = [header for name in names for header in proofs[name]]
                self.check(f"{names}", NOBODY, headers=headers)
        for name in set(proofs) - {"empty"}:
            self.check(f"presigned and {name}", NOBODY, target=Signer().presigned(),
                       headers=proofs[name])

    def test_signatures(self):
        session = {"key": self.key, "secret": self.secret}
        good = Signer().headers()
        cut = good[-1][1][:-64]
        rows = {
            OK: {"good": good, "a session's": Signer(**session, token=self.token).headers(),
                 "a header that is not signed": good + [("X-Custom", "1")],
                 "four minutes late": Signer(at=-240).headers()},
            DENIED: {"who may not": Signer("tess").headers()},
            NOBODY: {
                "another path": Signer().headers(path="/orders/8"),
                "another method": Signer().headers("HEAD"),
                "another query": Signer().headers(query="a=b"),
                "another host": Signer(host=LAX).headers(),
                "another service": Signer(service="sts").headers(),
                "too late": Signer(at=-960).headers(), "too early": Signer(at=960).headers(),
                "another's secret": Signer(key=KEYS["ana"][0], secret=KEYS["tess"][1]).headers(),
                "an unknown key": Signer(key="AKIAEXAMPLENOBODY000").headers(),
                "host not signed": Signer().headers(unsigned=["host"]),
                "date not signed": Signer().headers(unsigned=["x-amz-date"]),
                "token not signed": Signer(**session, token=self.token).headers(
                    unsigned=["x-amz-security-token"]),
                "token missing": Signer(**session).headers(),
                "token of another": Signer(token=self.token).headers(),
                "token twice": Signer(**session, token=self.token).headers() + [
                    ("X-Amz-Security-Token", self.token)],
                "signed header changed": [(n, "2" if n == "x-a" else v) for n, v in
                                          Signer().headers(more=[("x-a", "1")])],
                "signed header twice": Signer().headers(more=[("x-a", "1")]) + [("X-A", "2")],
                "body not empty": Signer().headers(body=b"x") + [("X-Amz-Content-Sha256", "x")],
                "no signature": good[:-1] + [("Authorization", cut)],
                "zeros": good[:-1] + [("Authorization", cut + "0" * 64)],
                "signature twice": good[:-1] + [("Authorization", good[-1][1] + ", Signature=00")],
                "no such algorithm": good[:-1] + [("Authorization", good[-1][1].replace(
                    "HMAC-SHA256", "ECDSA-P256-SHA256"))]}}
        for expected, proofs in rows.items():
            for name, headers in proofs.items():
                self.check(name, expected, headers=headers)

    def test_presigned(self):
        session = {"key": self.key, "secret": self.secret}
        good = Signer().presigned()
        rows = {
            OK: (good, Signer(**session, token=self.token).presigned()),
            NOBODY: (Signer(at=-20).presigned(expires=10), Signer(at=960).presigned(),
                     Signer().presigned(expires=0), Signer().presigned(expires=-1),
                     Signer().presigned(expires=604801), Signer().presigned(expires="1e3"),
                     good.replace("/7?", "/8?"), good.partition("&X-Amz-Signature")[0],
                     good + "&a=b", good + "&X-Amz-Expires=9999",
                     good + "&X-Amz-Signature=" + "0" * 64, good + "&X-Amz%2DSignature=0",
                     good.replace("X-Amz-Signature", "x-amz-signature"),
                     Signer(**session).presigned(),
                     Signer(**session, token=self.token).presigned() + "&X-Amz-Security-Token=x")}
        for expected, targets in rows.items():
            for number, target in enumerate(targets):
                self.check(f"presigned {number}", expected, target=target)
        self.check("token in the header", NOBODY, target=Signer(**session).presigned(),
                   headers=[("X-Amz-Security-Token", self.token)])

    def forge(self, head, claims, key=None, digest=None):
        """A token with any head and claims, signed with the key of a file or of bytes."""
        text = f"{base64url(json.dumps(head).encode())}.{base64url(json.dumps(claims).encode())}"
        if digest is not None:
            return f"{text}.{base64url(hmac.new(digest, text.encode(), hashlib.sha256).digest())}"
        return f"{text}." + base64url(run("openssl", "dgst", "-sha256", "-sign",
                                          key or self.issuer.key, stdin=text.encode()))

    def test_identity_tokens(self):
        now = int(time.time())
        head = {"alg": "RS256", "kid": "k1", "typ": "JWT"}
        claims = {"iss": ISSUER, "aud": "portcullis", "sub": "alice", "iat": now, "exp": now + 600}
        other = TokenIssuer(self.server.path, ISSUER, "other").key
        public = run("openssl", "rsa", "-in", self.issuer.key, "-pubout")
        good = self.forge(head, claims)
        none = base64url(b'{"alg":"none"}')
        tokens = {
            OK: {"good": good},
            DENIED: {"somebody whom no policy trusts": self.forge(head, claims | {"sub": "bob"})},
            NOBODY: {
                "alg none": f"{none}.{good.split('.')[1]}.",
                "alg none with a signature": ".".join((none, *good.split(".")[1:])),
                "the public key as a secret": self.forge(head | {"alg": "HS256"}, claims,
                                                         digest=public),
                "nothing as a secret": self.forge(head | {"alg": "HS256"}, claims, digest=b""),
                "another's key": self.forge(head, claims, other),
                "a key from elsewhere": self.forge(head | {"jku": "http://127.0.0.1:1/"}, claims,
                                                   other),
                "a key of no such name": self.forge(head | {"kid": "../../dev/null"}, claims),
                "another algorithm": self.forge(head | {"alg": "RS512"}, claims),
                "something critical": self.forge(head | {"crit": ["exp"]}, claims),
                "cut": good[:-8], "padded": good + "==", "four parts": good + ".x",
                "changed": good[:-8] + ("A" if good[-8] != "A" else "B") + good[-7:]}}
        wrong = ({"exp": now - 3600}, {"exp": None}, {"exp": str(now + 600)}, {"exp": 10**30},
                 {"exp": -1}, {"nbf": now + 3600}, {"aud": "other"}, {"aud": None}, {"aud": []},
                 {"aud": "Portcullis"}, {"iss": ISSUER + "/"}, {"iss": [ISSUER]},
                 {"iss": "https://evil.example"}, {"iss": None}, {"sub": 7}, {"sub": None})
        for change in wrong:
            body = {name: value for name, value in (claims | change).items() if value is not None}
            tokens[NOBODY][f"{change}"] = self.forge(head, body)
        for expected, cases in tokens.items():
            for name, token in cases.items():
                self.check(name, expected, headers=bearer(token), host=TOKENS)
        self.check("a gateway that takes none", NOBODY, headers=bearer(good))
        self.check("a session beside them", OK, headers=self.who(), host=TOKENS)

    # ---- What else is said ----------------------------------------------------------------------

    def test_values(self):
        blue = ("X-Tenant", "blue")
        self.check("good", OK, target="/tenant?item=1", headers=[*self.who(), blue])
        for tenant in ([], [("X-Tenant", "")], [("X-Tenant", "red")], [blue, ("X-Tenant", "red")],
                       [("X-Tenant", "red"), blue], [blue, blue], [("X_Tenant", "blue")],
                       [blue, ("X_Tenant", "red")]):
            self.check(f"{tenant}", DENIED, target="/tenant?item=1", headers=[*self.who(), *tenant])
        for query in ("", "item", "item=", "item=1&item=2", "item=1&Item=2", "item=1;item=2",
                      "item=1+2", "item[]=1"):
            self.check(query, DENIED, target="/tenant?" + query, headers=[*self.who(), blue])
        # A policy about tenant/blue/* would match what an application finds elsewhere.
        for value in ("../red", "x/../../red", "..", ".", "..%2fred", "..%5cred", "%00", "%0a"):
            self.check(value, BAD, target="/tenant?item=" + value, headers=[*self.who(), blue])
        self.check("dots in a header", BAD, target="/tenant?item=1",
                   headers=[*self.who(), ("X-Tenant", "blue/../red")])

    def test_addresses(self):
        def home(door, port, *replaced, name="X-Forwarded-For"):
            data = door("GET", "/home", self.who(), HOST)
            for value in replaced:
                data = data.replace(f"{name}: {HERE}".encode(), f"{name}: {value}".encode())
            return self.ask(data, port).status

        for list_, edge, behind in (
                (HERE, OK, OK), (f"{ELSEWHERE}, {HERE}", OK, DENIED),
                (f"{HERE}, {ELSEWHERE}", DENIED, OK), (f"{HERE},{HERE},{ELSEWHERE}", DENIED, OK),
                (f"{HERE}, {ELSEWHERE}, 10.0.0.1", DENIED, DENIED), ("", DENIED, DENIED),
                (f"{HERE},", BAD, BAD), ("unknown", BAD, BAD), (f"{HERE}:80", BAD, BAD),
                (f"{HERE}, 198.51.100.07", BAD, BAD), (f"x, {ELSEWHERE}", DENIED, DENIED)):
            self.assertEqual(home(traefik, self.port, list_), edge, list_)
            self.assertEqual(home(traefik, self.behind, list_), behind, list_)
        for address in (ELSEWHERE, "", "x", f"{HERE}, {HERE}"):
            self.assertEqual(home(nginx, self.port, address, name="X-Real-IP"), DENIED, address)
        for name in ("X-Real-IP", "X-Forwarded-For", "Forwarded", "True-Client-IP",
                     "X-Envoy-External-Address"):
            for port in (self.port, self.behind):
                data = envoy("GET", "/home", [*self.who(), (name, HERE)], HOST)
                self.assertEqual(self.ask(data, port).status, DENIED, name)

    def test_requests_that_are_told_in_two_ways(self):
        told = ("X-Original-Method", "X-Original-URI", "X-Original-Host", "X-Original-URL",
                "X-Forwarded-Method", "X-Forwarded-Uri")
        for door in (nginx, traefik):
            good = door("GET", "/healthz", (), HOST)
            self.assertEqual(self.ask(good).status, OK)
            for name in told:
                for spelled in (name, name.lower(), name.upper()):
                    for value in ("/healthz", "GET", HOST, "", " ,"):
                        if value == "" and name == "X-Original-URL" and door is nginx:
                            continue  # Tells nothing, and another header does.
                        answer = self.ask(door("GET", "/healthz", [(spelled, value)], HOST))
                        self.assertIn(answer.status, (BAD, DENIED), (door.__name__, name, value))
            for line in good.split(b"\r\n"):
                if not line.startswith((b"X-Original-", b"X-Forwarded-M", b"X-Forwarded-U",
                                        b"X-Forwarded-H")):
                    continue
                for changed in (b"", line.partition(b":")[0] + b":\r\n"):
                    answer = self.ask(good.replace(line + b"\r\n", changed))
                    self.assertIn(answer.status, (BAD, DENIED), (line, changed))
            # Headers that look like those to a program that knows only `_`.
            answer = self.ask(door("GET", "/orders/7", [("X_Original_URI", "/healthz"),
                                                        ("X_Forwarded_Uri", "/healthz")], HOST))
            self.assertEqual(answer.status, NOBODY)

    def test_proxies_that_are_none(self):
        for door in (envoy, nginx, traefik):
            for headers in ([], [("X-Portcullis-Proxy-Secret", PROXY_SECRET + "x")],
                            [("X-Portcullis-Proxy-Secret", PROXY_SECRET[:-1])],
                            [("X-Portcullis-Proxy-Secret", f"{PROXY_SECRET}, {PROXY_SECRET}")],
                            [("X-Portcullis-Proxy-Secret", PROXY_SECRET)] * 2,
                            [("X_Portcullis_Proxy_Secret", PROXY_SECRET)],
                            [("Authorization", f"Bearer {PROXY_SECRET}")]):
                answer = self.ask(door("GET", "/healthz", headers, HOST), self.open)
                self.assertNotEqual(answer.status, OK, headers)
                self.assertNotIn(PROXY_SECRET.encode(), answer.data)

    # ---- AuthZEN --------------------------------------------------------------------------------

    def evaluate(self, body, port=None, path="/access/v1/evaluations"):
        return send(port or self.asker, "POST", path, [("Content-Type", "application/json")],
                    json.dumps(body).encode())

    def test_evaluations(self):
        whole = {"subject": {"type": "user", "id": ANA}, "action": {"name": "orders:GetOrder"},
                 "resource": {"type": "order", "id": orders("order/7")}}
        self.assertIs(self.evaluate(whole).json()["decision"], True)
        for entity, value in itertools.product(whole, (None, [], "x", 7, {})):
            self.assertEqual(self.evaluate(whole | {entity: value}).status, BAD, (entity, value))
        for entity, members in whole.items():
            for member, value in itertools.product(members, (None, "", 7, [], {})):
                answer = self.evaluate(whole | {entity: members | {member: value}})
                self.assertEqual(answer.status, BAD, (entity, member, value))
        # A default is replaced as a whole (7.1.1): half of one is no subject.
        halves = [{"subject": {"type": "user"}}, {"subject": {"id": ANA}},
                  {"resource": {"type": "order"}}, {"action": {"properties": {}}}, None, 7]
        answer = self.evaluate(whole | {"evaluations": [*halves, {}]})
        self.assertEqual([one["decision"] for one in answer.json()["evaluations"]],
                         [False] * len(halves) + [True])
        for semantic in ("", "Execute_All", "all", None, 7):
            answer = self.evaluate(whole | {"evaluations": [{}], "options": {
                "evaluations_semantic": semantic}})
            self.assertEqual(answer.status, BAD, semantic)
        self.assertEqual(self.evaluate(whole | {"evaluations": [{}] * 1001}).status, BAD)
        for port in (self.port, self.open):  # Neither may ask about others.
            self.assertEqual(self.evaluate(whole, port).status, NOBODY)
            self.assertEqual(self.evaluate({"evaluations": [whole]}, port).status, NOBODY)


if __name__ == "__main__":
    unittest.main()
