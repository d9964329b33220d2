"""A server on the gateway of deploy/proxies/policies.yaml and on a bucket, people who come through
it, and an application behind it. What proxies do differently is in the test of each.
"""

import subprocess
import unittest

import yaml

from portcullis_process import ROOT, SECONDS_MAX, Server, clean_environment
from raw_http import Answer, Application, send

import botocore.auth  # Tests of proxies run in an environment that has it.
import botocore.awsrequest
import botocore.credentials

ACCOUNT = "111122223333"
REGION = "eu-west-1"
HOST = "orders.example.com"
SERVICE = "execute-api"


class Person:
    def __init__(self, name):
        self.name = name
        self.arn = f"arn:aws:iam::{ACCOUNT}:user/{name}"
        self.key = f"AKIAEXAMPLE{name.upper():A<9}"
        self.secret = f"secret-of-{name}".ljust(40, "x")

    def definition(self, *statements):
        policies = [{"PolicyName": "Own", "PolicyDocument": document(*statements)}]
        return {"UserName": self.name, "Policies": policies if statements else [], "AccessKeys": [
            {"AccessKeyId": self.key,
             "SecretAccessKey": {"Inline": self.secret, "AllowInlineSecret": True}}]}

    def credentials(self):
        return botocore.credentials.Credentials(self.key, self.secret)


def document(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(action, resource, effect="Allow"):
    return {"Effect": effect, "Action": action, "Resource": resource}


def order_arn(order):
    return f"arn:aws:orders:{REGION}:{ACCOUNT}:order/{order}"


ANA = Person("ana")  # May do everything with orders 7 and 8, and with the bucket.
TESS = Person("tess")  # May nothing.
CLERK = f"arn:aws:iam::{ACCOUNT}:role/Clerk"  # Ana may assume it; may what she may.
CLERK_SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/Clerk/ana"

CLERKS_WORK = (
    allow("orders:*", [order_arn("7"), order_arn("8"), "arn:aws:orders:*:*:ledger/*"]),
    # What a call of shop.v1.Orders asks for.
    allow("orders:Get", "*"), allow("s3:*", ["arn:aws:s3:::archive", "arn:aws:s3:::archive/*"]))

OBJECTS = {"Gateways": [{"Name": "objects", "Account": ACCOUNT, "Hosts": ["127.0.0.1"],
                         "Rules": [{"Mapping": "S3"}]}]}


def policies(ana=CLERKS_WORK):
    """By file. `ana`: what she may, besides becoming a clerk."""
    shipped = yaml.safe_load((ROOT / "deploy/proxies/policies.yaml").read_text(encoding="utf-8"))
    shipped["Proxies"][0]["Gateways"].append("objects")
    trust = document({"Effect": "Allow", "Principal": {"AWS": ANA.arn}, "Action": "sts:AssumeRole"})
    people = {
        "Account": ACCOUNT,
        "Users": [ANA.definition(allow("sts:AssumeRole", CLERK), *ana), TESS.definition()],
        "Roles": [{"RoleName": "Clerk", "AssumeRolePolicyDocument": trust, "Policies": [
            {"PolicyName": "Work", "PolicyDocument": document(*CLERKS_WORK)}]}]}
    return {"accounts.yaml": {"Accounts": [{"AccountId": ACCOUNT}]}, "door.yaml": shipped,
            "objects.yaml": OBJECTS, "people.yaml": people}


def signed(person, method, target, body=b"", headers=(), session_token=None, service=SERVICE,
           signer=botocore.auth.SigV4Auth, host=HOST):
    """The headers that an SDK adds to the request, as pairs; for a signer of queries the target."""
    credentials = person.credentials() if isinstance(person, Person) else person
    if session_token:
        credentials.token = session_token
    request = botocore.awsrequest.AWSRequest(method, f"http://{host}{target}", data=body,
                                             headers=dict(headers))
    signer(credentials, service, REGION).add_auth(request)
    if "Authorization" not in request.headers:
        return request.url.removeprefix(f"http://{host}")
    return [(name, value) for name, value in request.headers.items() if name.lower() != "host"]


class ProxyTest(unittest.TestCase):
    """`port` is the proxy's. A class for one proxy says how it is started by `start_proxy()`, which
    returns something with close()."""

    maxDiff = None
    server_options = ()

    @classmethod
    def make_server(cls):
        return Server(policies(), options=("--query-listen", "tcp://127.0.0.1:0",
                                           *cls.server_options),
                      listen=("tcp://127.0.0.1:0?trusted=true", "tcp://127.0.0.1:0?proxy=edge"))

    @classmethod
    def setUpClass(cls):
        cls.server = cls.make_server()
        cls.addClassCleanup(cls.server.close)
        cls.server.start()
        cls.application = Application()
        cls.addClassCleanup(cls.application.close)
        cls.token = cls.session_token()
        cls.proxy = cls.start_proxy()
        cls.addClassCleanup(cls.proxy.close)

    @classmethod
    def session_token(cls):
        """Of Ana as a clerk."""
        run = cls.server.run("assume-role", "--role-arn", CLERK, "--session-name", "ana",
                             "--principal", ANA.arn, "--export")
        assert run.returncode == 0, run.stderr
        shown = subprocess.run(["sh", "-c", f'{run.stdout}\nprintf %s "$PORTCULLIS_SESSION_TOKEN"'],
                               capture_output=True, text=True, check=True, timeout=SECONDS_MAX)
        return shown.stdout

    @classmethod
    def gateway_port(cls):
        return int(cls.server.ports["gateway"][0].rpartition(":")[2].rstrip("/"))

    def setUp(self):
        self.application.take()

    def bearer(self):
        return ("Authorization", f"Bearer {self.token}")

    def send(self, method, target, headers=(), body=b"", host=HOST, port=None):
        return send(port or self.port, method, target, headers, body, host)

    def assert_passed(self, answer, principal, target=None):
        """The request got through once, and the application knows whom it is from."""
        received = self.application.take()
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(len(received), 1, received)
        self.assertEqual(received[0].values("x-portcullis-principal"), [principal])
        self.assertEqual(len(received[0].values("x-portcullis-decision-id")), 1)
        self.assertRegex(received[0].values("x-portcullis-decision-id")[0], r"^\S+$")
        if target is not None:
            self.assertEqual(received[0].target, target)
        return received[0]

    def assert_kept_back(self, answer, *statuses):
        self.assertIn(answer.status, statuses, answer)
        self.assertEqual(self.application.take(), [])

    def curl(self, *arguments, port=None):
        """Runs curl against the proxy; its answer."""
        port = port or self.port
        run = subprocess.run(
            ["curl", "--silent", "--include", "--max-time", str(SECONDS_MAX), "--resolve",
             f"{HOST}:{port}:127.0.0.1", *arguments], capture_output=True, check=False,
            env=clean_environment(), timeout=SECONDS_MAX)
        self.assertEqual(run.returncode, 0, run.stderr)
        return Answer(run.stdout)
