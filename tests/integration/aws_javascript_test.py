#!/usr/bin/env python3
"""The AWS SDK for JavaScript, version 3, with the configuration that its users write.

Runs the programs of $PORTCULLIS_BIN_DIR, and Node.js with packages from npm; see python_tools.py.
"""

import json
import pathlib
import subprocess
import unittest
import urllib.parse

from aws_clients import REGION, AwsTest
from aws_world import (ANIKA, AUDITOR, EVERYTHING, MARKETING, READER, TESTER, USER1, WEB_ROLE, User,
                       role_arn)
from portcullis_process import SECONDS_MAX
from python_tools import node_environment, require
from shifted_clock import ShiftedClock

CLIENT = pathlib.Path(__file__).parent / "aws_javascript_client.mjs"


def setUpModule():
    require("aws-sdk-js", node_environment)


class JavaScriptTest(AwsTest):
    def node(self, *arguments, user=None, **more):
        """What the scenario prints; `user` signs with a key from the environment."""
        if user is not None:
            more |= {"AWS_ACCESS_KEY_ID": user.key, "AWS_SECRET_ACCESS_KEY": user.secret}
        run = subprocess.run(
            ["node", str(CLIENT), *map(str, arguments)], capture_output=True, text=True,
            timeout=SECONDS_MAX, check=False, env=self.environment(
                AWS_REGION=REGION, TOOLS=str(node_environment("aws-sdk-js")), **more))
        self.assertEqual(run.returncode, 0, run.stderr)
        # A newer Node.js is recommended there; nothing else is to be said.
        return json.loads(run.stdout)

    def test_get_caller_identity(self):
        called = self.node("identity", user=USER1)
        self.assertEqual(called["result"]["Arn"], USER1.arn)
        self.assertEqual(called["requests"], 1)
        self.assertRegex(called["requestId"], "^[0-9a-f-]{36}$")

    def test_profiles(self):
        self.configure(f"""
[profile marketingadmin]
role_arn = {MARKETING}
source_profile = user1
role_session_name = from-node
[profile second]
role_arn = {role_arn("second")}
source_profile = marketingadmin
[profile anika]
role_arn = {role_arn("anikarole")}
source_profile = anika-key
mfa_serial = {ANIKA.serial}
""", user1=USER1, anika_key=ANIKA)
        self.assertIn(":assumed-role/marketingadminrole/from-node",
                      self.node("profile", "marketingadmin")["result"]["Arn"])
        self.assertIn(":assumed-role/second/", self.node("profile", "second")["result"]["Arn"])
        who = self.node("profileWithCode", "anika", self.fresh_code(ANIKA))
        self.assertIn(":assumed-role/anikarole/", who["result"]["Arn"])
        wrong = self.node("profileWithCode", "anika", self.wrong_code(ANIKA))
        self.assertEqual((wrong["error"], wrong["status"]), ("AccessDenied", 403))

    def test_temporary_credentials(self):
        who = self.node("temporary", MARKETING, "node", user=USER1)
        self.assertIn(":assumed-role/marketingadminrole/node", who["result"]["Arn"])
        refused = self.node("temporary", MARKETING, "node", user=TESTER)
        self.assertEqual(refused["error"], "AccessDenied")

    def test_web_identity(self):
        who = self.node("tokenFile", AWS_ROLE_ARN=WEB_ROLE, AWS_ROLE_SESSION_NAME="node",
                        AWS_WEB_IDENTITY_TOKEN_FILE=str(self.token_file()))
        self.assertIn(":assumed-role/RoleNameToAssume/node", who["result"]["Arn"])

    def test_wrong_clock_is_corrected(self):
        """By the Date header of the refusal (fact 8)."""
        clock = ShiftedClock(self.home)
        for hours in (-3, 3):
            called = self.node("identity", user=USER1, **clock.ahead(hours * 3600))
            self.assertEqual(called["result"]["Arn"], USER1.arn)
            self.assertEqual(called["requests"], 2)

    def test_pages(self):
        everyone = self.node("pages", 1000, user=AUDITOR)[0]
        self.assertEqual(len(everyone), 5)
        self.assertEqual(self.node("pages", 1, user=AUDITOR), [[name] for name in everyone])
        self.assertEqual(self.node("pages", 2, user=AUDITOR),
                         [everyone[:2], everyone[2:4], everyone[4:]])

    def test_answers(self):
        user = self.node("user", READER.name, user=AUDITOR)["result"]["User"]
        self.assertEqual(user["Arn"], READER.arn)
        self.assertEqual(user["CreateDate"], "2024-02-03T04:05:06.000Z")
        self.assertEqual(len(user["Tags"]), 2)
        role = self.node("role", "Worker", user=AUDITOR)["result"]["Role"]
        self.assertEqual(role["Description"], "Works & <waits>")
        trust = json.loads(urllib.parse.unquote(role["AssumeRolePolicyDocument"]))
        self.assertEqual(trust["Statement"][0]["Principal"], {"AWS": EVERYTHING})
        version = self.node("version", f"arn:aws:iam::{EVERYTHING}:policy/division/Documents", "v1",
                            user=AUDITOR)["result"]["PolicyVersion"]
        self.assertIs(version["IsDefaultVersion"], False)
        self.assertEqual(self.node("summary", user=AUDITOR)["result"]["SummaryMap"]["Users"], 5)

    def test_errors(self):
        nobody = User(EVERYTHING, "nobody")
        wrong = User(EVERYTHING, READER.name)
        wrong.secret = nobody.secret
        for arguments, user, code, status, modelled in (
                (("identity",), nobody, "InvalidClientTokenId", 403, False),
                (("identity",), wrong, "SignatureDoesNotMatch", 403, False),
                (("user", "nosuch"), AUDITOR, "NoSuchEntityException", 404, True),
                (("role", "a b"), AUDITOR, "ValidationError", 400, False),
                (("user", READER.name), TESTER, "AccessDenied", 403, False),
                (("assume", role_arn("division/Worker", EVERYTHING), "{}"), AUDITOR,
                 "MalformedPolicyDocumentException", 400, True)):
            with self.subTest(code=code):
                error = self.node(*arguments, user=user)
                self.assertEqual((error.get("error"), error["status"], error["modelled"]),
                                 (code, status, modelled), error)
                self.assertEqual(error["requests"], 1)
                self.assertTrue(error["message"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
