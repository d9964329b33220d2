#!/usr/bin/env python3
"""A role for the processes beside the server: AWS's clients take it from the container credentials
and from the instance metadata, with their own settings.

Runs the programs of $PORTCULLIS_BIN_DIR in a Python environment with botocore; see python_tools.py.
"""

import datetime
import http.client
import json
import pathlib
import signal
import subprocess
import sys
import time
import unittest
import urllib.parse

from aws_clients import REGION, AwsTest
from aws_world import COMPANY, role_arn, world
from portcullis_process import SECONDS_MAX, Server
from python_tools import node_environment, require, run_in

try:
    run_in("aws")
except unittest.SkipTest:
    sys.exit(0)  # It was said aloud why.

import botocore.credentials  # noqa: E402: only there in that environment
import botocore.session  # noqa: E402
import botocore.utils  # noqa: E402

INSTANCE_ROLE = role_arn("services/instance-role")
TASK_ROLE = role_arn("task-role")
TARGET = role_arn("target")
INSTANCE_ID = "i-0123456789abcdef0"
TOKEN = "Bearer of a token, 0123456789"
CLIENT = pathlib.Path(__file__).parent / "aws_javascript_client.mjs"
TOKEN_PATH = "/latest/api/token"
ROLES_PATH = "/latest/meta-data/iam/security-credentials/"
LIFETIME = "x-aws-ec2-metadata-token-ttl-seconds"


def trust(service, **condition):
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    if condition:
        statement["Condition"] = {"StringEquals": condition}
    return {"Version": "2012-10-17", "Statement": [statement]}


def allow(*actions):
    return [{"PolicyName": "own", "PolicyDocument": {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": list(actions), "Resource": "*"}]}}]


def services(instance_service="ec2.amazonaws.com"):
    """The file with the roles; who may have the first one is to be changed."""
    return {"Account": COMPANY, "Roles": [
        {"RoleName": "instance-role", "Path": "/services/", "Policies": allow("sts:AssumeRole"),
         "AssumeRolePolicyDocument": trust(instance_service)},
        {"RoleName": "task-role", "Policies": allow("iam:ListUsers", "sts:AssumeRole"),
         "AssumeRolePolicyDocument": trust("ecs-tasks.amazonaws.com",
                                           **{"aws:SourceAccount": COMPANY})},
        {"RoleName": "target", "MaxSessionDuration": 43200, "Policies": allow("iam:ListUsers"),
         "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [
             {"Effect": "Allow", "Principal": {"AWS": [INSTANCE_ROLE, TASK_ROLE]},
              "Action": "sts:AssumeRole"}]}}],
        "InstanceProfiles": [{"InstanceProfileName": "machines", "Roles": ["instance-role"]}]}


class MetadataTest(AwsTest):
    @classmethod
    def make_server(cls):
        server = Server(world() | {"services.yaml": services()})
        cls.token_path = server.path / "container-token"
        cls.token_path.write_text(TOKEN, encoding="ascii")
        server.options = (
            "--query-listen", "tcp://127.0.0.1:0", "--region", REGION,
            "--container-credentials-listen", "tcp://127.0.0.1:0?path=/credentials",
            "--container-credentials-role", TASK_ROLE,
            "--container-credentials-token-file", str(cls.token_path),
            "--instance-metadata-listen", "tcp://127.0.0.1:0",
            "--instance-metadata-role", INSTANCE_ROLE, "--instance-metadata-id", INSTANCE_ID)
        return server

    def instance(self, **more):
        """The settings of a process that looks for instance metadata."""
        return {"AWS_EC2_METADATA_DISABLED": "false",
                "AWS_EC2_METADATA_SERVICE_ENDPOINT": self.server.instance_metadata_url} | more

    def container(self, **more):
        return {"AWS_CONTAINER_CREDENTIALS_FULL_URI": self.server.container_credentials_url,
                "AWS_CONTAINER_AUTHORIZATION_TOKEN": TOKEN} | more

    def change(self, **more):
        """Publishes other roles; returns when they are in force."""
        reloads = self.server.log_text().count("policies loaded")
        self.server.write({"services.yaml": services(**more)})
        self.server.process.send_signal(signal.SIGHUP)
        deadline = time.monotonic() + SECONDS_MAX
        while self.server.log_text().count("policies loaded") == reloads:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.02)

    def ask(self, method, path, url=None, **headers):
        """Status and text of an answer."""
        address = urllib.parse.urlsplit(url or self.server.instance_metadata_url)
        connection = http.client.HTTPConnection(address.hostname, address.port, SECONDS_MAX)
        self.addCleanup(connection.close)
        connection.request(method, path, headers={
            name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()

    def metadata(self, path):
        status, token = self.ask("PUT", TOKEN_PATH, **{LIFETIME: "60"})
        self.assertEqual(status, 200)
        return self.ask("GET", path, X_aws_ec2_metadata_token=token)


class CommandLineTest(MetadataTest):
    def who(self, command="aws sts get-caller-identity", **more):
        return self.aws(command, **more)["Arn"]

    def test_credentials_of_the_surroundings(self):
        self.assertEqual(self.who(**self.instance()),
                         f"arn:aws:sts::{COMPANY}:assumed-role/instance-role/{INSTANCE_ID}")
        arn = self.who(**self.container())
        self.assertRegex(arn, f"^arn:aws:sts::{COMPANY}:assumed-role/task-role/[0-9a-f]{{32}}$")
        self.assertTrue(self.aws("aws iam list-users", **self.container())["Users"])

    def test_credential_source(self):
        for source, settings in (("Ec2InstanceMetadata", self.instance()),
                                 ("EcsContainer", self.container())):
            self.configure(f"""
[profile elsewhere]
role_arn = {TARGET}
credential_source = {source}
role_session_name = {source}
""")
            self.assertEqual(
                self.who("aws sts get-caller-identity --profile elsewhere", **settings),
                f"arn:aws:sts::{COMPANY}:assumed-role/target/{source}")
            self.assertTrue(self.aws("aws iam list-users --profile elsewhere", **settings)["Users"])

    def test_a_role_from_there_is_chained(self):
        """R-5.31: handing a role out is no chaining, assuming another one with it is."""
        refused = self.aws(["aws", "sts", "assume-role", "--role-arn", TARGET,
                            "--role-session-name", "long", "--duration-seconds", "3601"],
                           expect=255, **self.instance())
        self.assertIn("exceeds the 1 hour session limit for roles assumed by role chaining",
                      refused)

    def test_token_file(self):
        settings = self.container(AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=str(self.token_path))
        del settings["AWS_CONTAINER_AUTHORIZATION_TOKEN"]
        self.assertIn(":assumed-role/task-role/", self.who(**settings))

    def test_wrong_token(self):
        refused = self.aws("aws sts get-caller-identity", expect=255, **self.container(
            AWS_CONTAINER_AUTHORIZATION_TOKEN="another token of some length"))
        self.assertIn("403", refused)
        self.assertIn("InvalidAuthorization", refused)


class BotocoreTest(MetadataTest):
    def instance_provider(self):
        fetcher = botocore.utils.InstanceMetadataFetcher(
            timeout=10, num_attempts=1, base_url=self.server.instance_metadata_url,
            config={"ec2_metadata_v1_disabled": True})
        return botocore.credentials.InstanceMetadataProvider(fetcher)

    def container_provider(self):
        return botocore.credentials.ContainerProvider(environ=self.container())

    def test_providers_get_an_hour_that_they_believe(self):
        for provider, method in ((self.instance_provider(), "iam-role"),
                                 (self.container_provider(), "container-role")):
            credentials = provider.load()
            self.assertEqual(credentials.method, method)
            self.assertRegex(credentials.access_key, "^ASIA[A-Z2-7]{16}$")
            frozen = credentials.get_frozen_credentials()
            self.assertTrue(frozen.secret_key and frozen.token)
            left = credentials._expiry_time - datetime.datetime.now(datetime.timezone.utc)
            self.assertLessEqual(left, datetime.timedelta(hours=1, seconds=1))
            # With less botocore would put the end off by itself.
            self.assertGreater(left, datetime.timedelta(minutes=29))
            self.assertFalse(credentials.refresh_needed())

    def test_the_same_until_they_are_renewed(self):
        keys = {self.container_provider().load().access_key for _ in range(3)}
        self.assertEqual(len(keys), 1)

    def test_region(self):
        fetcher = botocore.utils.InstanceMetadataRegionFetcher(
            timeout=10, num_attempts=1, base_url=self.server.instance_metadata_url)
        self.assertEqual(fetcher.retrieve_region(), REGION)


class JavaScriptTest(MetadataTest):
    @classmethod
    def setUpClass(cls):
        cls.tools = require("aws-sdk-js", node_environment)
        super().setUpClass()

    def node(self, *arguments, **more):
        run = subprocess.run(
            ["node", str(CLIENT), *arguments], capture_output=True, text=True,
            timeout=SECONDS_MAX, check=False,
            env=self.environment(AWS_REGION=REGION, TOOLS=str(self.tools), **more))
        self.assertEqual(run.returncode, 0, run.stderr)
        return json.loads(run.stdout)["result"]["Arn"]

    def test_providers(self):
        self.assertEqual(self.node("instance", **self.instance()),
                         f"arn:aws:sts::{COMPANY}:assumed-role/instance-role/{INSTANCE_ID}")
        self.assertIn(":assumed-role/task-role/", self.node("container", **self.container()))

    def test_credential_source(self):
        for source, settings in (("Ec2InstanceMetadata", self.instance()),
                                 ("EcsContainer", self.container())):
            self.configure(f"[profile elsewhere]\nrole_arn = {TARGET}\n"
                           f"credential_source = {source}\nrole_session_name = {source}\n")
            self.assertEqual(self.node("profile", "elsewhere", **settings),
                             f"arn:aws:sts::{COMPANY}:assumed-role/target/{source}")


class RefusalTest(MetadataTest):
    def tearDown(self):
        self.change()

    def test_who_is_trusted_no_longer_gets_nothing(self):
        self.assertEqual(json.loads(self.metadata(ROLES_PATH + "instance-role")[1])["Code"],
                         "Success")
        self.change(instance_service="lambda.amazonaws.com")
        status, text = self.metadata(ROLES_PATH + "instance-role")
        self.assertEqual(status, 200)
        answer = json.loads(text)
        self.assertEqual(answer["Code"], "AssumeRoleUnauthorizedAccess")
        self.assertIn("EC2 cannot assume the role instance-role", answer["Message"])
        self.assertNotIn("SecretAccessKey", text)
        self.assertIn("Unable to locate credentials", self.aws(
            "aws sts get-caller-identity", expect=255, **self.instance()))
        self.assertIn("is not available", self.server.log_text())

    def test_new_ones_after_policies_changed(self):
        def key():
            return json.loads(self.metadata(ROLES_PATH + "instance-role")[1])["AccessKeyId"]
        before = key()
        self.assertEqual(key(), before)
        self.change(instance_service=["ec2.amazonaws.com", "lambda.amazonaws.com"])
        self.assertNotEqual(key(), before)


class ProtocolTest(MetadataTest):
    def test_version_1_is_off(self):
        for path in ("/", "/latest/meta-data/", ROLES_PATH, ROLES_PATH + "instance-role"):
            self.assertEqual(self.ask("GET", path)[0], 401)

    def test_tokens(self):
        for lifetime, status in (("1", 200), ("21600", 200), ("0", 400), ("21601", 400),
                                 ("x", 400)):
            self.assertEqual(self.ask("PUT", TOKEN_PATH, **{LIFETIME: lifetime})[0], status)
        self.assertEqual(self.ask("PUT", TOKEN_PATH)[0], 400)
        self.assertEqual(self.ask("GET", TOKEN_PATH)[0], 405)
        _, token = self.ask("PUT", TOKEN_PATH, **{LIFETIME: "1"})
        self.assertEqual(self.ask("GET", ROLES_PATH, X_aws_ec2_metadata_token=token)[0], 200)
        time.sleep(2.1)
        self.assertEqual(self.ask("GET", ROLES_PATH, X_aws_ec2_metadata_token=token)[0], 401)

    def test_no_proxies_and_no_other_names(self):
        self.assertEqual(self.ask("PUT", TOKEN_PATH, **{
            LIFETIME: "60", "X-Forwarded-For": "192.0.2.1"})[0], 403)
        self.assertEqual(self.ask("PUT", TOKEN_PATH, **{
            LIFETIME: "60", "Host": "rebound.example"})[0], 403)

    def test_what_there_is(self):
        self.assertEqual(self.metadata(ROLES_PATH), (200, "instance-role"))
        self.assertEqual(self.metadata("/latest/meta-data/instance-id"), (200, INSTANCE_ID))
        self.assertEqual(self.metadata("/latest/meta-data/placement/region"), (200, REGION))
        self.assertEqual(self.metadata("/latest/meta-data/hostname")[0], 404)
        profile = json.loads(self.metadata("/latest/meta-data/iam/info")[1])
        self.assertEqual(profile["InstanceProfileArn"],
                         f"arn:aws:iam::{COMPANY}:instance-profile/machines")
        document = json.loads(self.metadata("/latest/dynamic/instance-identity/document")[1])
        self.assertEqual((document["accountId"], document["region"]), (COMPANY, REGION))

    def test_container_credentials_by_hand(self):
        url = self.server.container_credentials_url
        status, text = self.ask("GET", "/credentials", url, Authorization=TOKEN)
        self.assertEqual(status, 200)
        self.assertEqual(set(json.loads(text)), {"RoleArn", "AccessKeyId", "SecretAccessKey",
                                                 "Token", "Expiration"})
        for method, path, headers, expected in (
                ("GET", "/credentials", {}, (401, "MissingAuthorization")),
                ("GET", "/credentials", {"Authorization": "x"}, (403, "InvalidAuthorization")),
                ("GET", "/", {"Authorization": TOKEN}, (404, "NotFound")),
                ("POST", "/credentials", {"Authorization": TOKEN}, (405, "MethodNotAllowed"))):
            status, text = self.ask(method, path, url, **headers)
            self.assertEqual((status, json.loads(text)["code"]), expected)

    def test_the_audit_log_has_it(self):
        self.metadata(ROLES_PATH + "instance-role")
        self.server.stop()
        issued = [record for record in self.server.audit_records()
                  if record["eventName"] == "AssumeRole"]
        self.server.start()
        self.assertTrue(issued)
        text = json.dumps(issued)
        self.assertIn("ec2.amazonaws.com", text)
        self.assertIn(INSTANCE_ID, text)


if __name__ == "__main__":
    unittest.main()
