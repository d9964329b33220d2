#!/usr/bin/env python3
"""The Query endpoint over TLS, below a path, and on several addresses at once.

Runs the programs of $PORTCULLIS_BIN_DIR; see python_tools.py for the clients.
"""

import pathlib
import subprocess
import tempfile
import unittest

import aws_world
from aws_clients import AWS_FAILED, REGION, AwsTest
from aws_world import MARKETING, USER1
from portcullis_process import SECONDS_MAX, Server
from python_tools import node_environment, require

CLIENT = pathlib.Path(__file__).parent / "aws_javascript_client.mjs"
IDENTITY = "aws sts get-caller-identity"


def make_certificate(directory):
    """A key and a certificate that signs itself, for this host."""
    key, certificate = directory / "server.key", directory / "server.crt"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
         "/CN=portcullis", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost", "-keyout", key,
         "-out", certificate], check=True, capture_output=True, timeout=SECONDS_MAX)
    return key, certificate


def setUpModule():
    require("aws")


class AddressesTest(AwsTest):
    @classmethod
    def make_server(cls):
        directory = tempfile.TemporaryDirectory()
        cls.addClassCleanup(directory.cleanup)
        cls.key, cls.certificate = make_certificate(pathlib.Path(directory.name))
        return Server(aws_world.world(), options=(
            "--query-listen", "tcp://127.0.0.1:0?path=/aws/v1",
            "--query-listen", f"tls://127.0.0.1:0?cert={cls.certificate}&key={cls.key}"))

    def setUp(self):
        super().setUp()
        self.below, self.secure = self.server.query_urls
        self.configure(f"""
[profile marketingadmin]
role_arn = {MARKETING}
source_profile = default
""", default=USER1)

    def test_addresses_are_told(self):
        self.assertRegex(self.below, "^http://127.0.0.1:[0-9]+/aws/v1$")
        self.assertRegex(self.secure, "^https://127.0.0.1:[0-9]+/?$")

    def test_tls(self):
        trusted = {"AWS_ENDPOINT_URL": self.secure, "AWS_CA_BUNDLE": str(self.certificate)}
        self.assertEqual(self.aws(IDENTITY, **trusted)["Arn"], USER1.arn)
        self.assertIn(":assumed-role/marketingadminrole/",
                      self.aws(f"{IDENTITY} --profile marketingadmin", **trusted)["Arn"])
        self.assertIn("SSL validation failed", self.aws(IDENTITY, expect=AWS_FAILED,
                                                        AWS_ENDPOINT_URL=self.secure,
                                                        AWS_MAX_ATTEMPTS="1"))

    def test_tls_from_javascript(self):
        tools = require("aws-sdk-js", node_environment)
        run = subprocess.run(
            ["node", CLIENT, "profile", "marketingadmin"], capture_output=True, text=True,
            timeout=SECONDS_MAX, check=True, env=self.environment(
                AWS_ENDPOINT_URL=self.secure, AWS_REGION=REGION, TOOLS=str(tools),
                NODE_EXTRA_CA_CERTS=str(self.certificate)))
        self.assertIn(":assumed-role/marketingadminrole/", run.stdout)

    def test_tls_from_curl(self):
        run = subprocess.run(
            ["curl", "--silent", "--show-error", "--max-time", "30", "--cacert", self.certificate,
             "--aws-sigv4", "aws:amz:portcullis-1:sts", "--user", f"{USER1.key}:{USER1.secret}",
             "--data", "Action=GetCallerIdentity&Version=2011-06-15", self.secure],
            capture_output=True, text=True, timeout=SECONDS_MAX, check=True)
        self.assertIn(f"<Arn>{USER1.arn}</Arn>", run.stdout)

    def test_below_a_path(self):
        self.assertEqual(self.aws(IDENTITY, AWS_ENDPOINT_URL=self.below)["Arn"], USER1.arn)
        roles = self.aws("aws iam list-roles --profile marketingadmin", AWS_ENDPOINT_URL=self.below)
        self.assertIn(MARKETING, [role["Arn"] for role in roles["Roles"]])
        elsewhere = self.below.removesuffix("/aws/v1")
        self.aws(IDENTITY, expect=AWS_FAILED, AWS_ENDPOINT_URL=elsewhere, AWS_MAX_ATTEMPTS="1")


if __name__ == "__main__":
    unittest.main(verbosity=2)
