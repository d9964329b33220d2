#!/usr/bin/env python3
"""The example service (client/example), a real server, and callers who may and may not."""

import json
import subprocess
import time
import unittest

from cli_world import allow, inline, trust
from portcullis_process import BIN, SECONDS_MAX, Server, clean_environment

ACCOUNT = "111111111111"
KEY_ID = "AKIAIOSFODNN7EXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
READER_ROLE = f"arn:aws:iam::{ACCOUNT}:role/Reader"
SERVICE_ROLE = f"arn:aws:iam::{ACCOUNT}:role/DocumentService"

POLICIES = {
    "Account": ACCOUNT,
    "Users": [
        {"UserName": "service", "Policies": [inline("Own", allow("sts:AssumeRole", SERVICE_ROLE))],
         "AccessKeys": [{"AccessKeyId": KEY_ID,
                         "SecretAccessKey": {"Inline": SECRET, "AllowInlineSecret": True}}]},
        {"UserName": "ana", "Policies": [inline("Read", allow("sts:AssumeRole", READER_ROLE))]}],
    "Roles": [
        {"RoleName": "Reader", "AssumeRolePolicyDocument": trust(ACCOUNT),
         "Policies": [inline("Read", allow("documents:Read", [
             "arn:aws:documents:::report", "arn:aws:documents:::locked"]))]},
        {"RoleName": "DocumentService", "AssumeRolePolicyDocument": trust(ACCOUNT),
         "Policies": [inline("Fetch", allow("s3:GetObject", [
             "arn:aws:s3:::documents/report", "arn:aws:s3:::documents/secret"]))]}],
}


class ServiceTest(unittest.TestCase):
    def setUp(self):
        self.server = Server({"accounts.yaml": {"Accounts": [{"AccountId": ACCOUNT}]},
                              "all.yaml": POLICIES})
        self.addCleanup(self.server.close)
        self.path = self.server.path
        self.server.listen = [f"unix://{self.path}/authz.sock?trusted=true"]
        self.address = f"unix:{self.path}/authz.sock"
        (self.path / "secret").write_text(SECRET + "\n", encoding="utf-8")
        self.environment = clean_environment()
        self.server.start()

    def token_of_reader(self):
        run = subprocess.run(
            [BIN / "portcullis", "--address", self.address, "assume-role", "--principal",
             f"arn:aws:iam::{ACCOUNT}:user/ana", "--role-arn", READER_ROLE, "--session-name", "ana",
             "--format", "credential-process"],
            env=self.environment, capture_output=True, text=True, timeout=SECONDS_MAX, check=False)
        self.assertEqual(run.returncode, 0, run.stderr)
        return json.loads(run.stdout)["SessionToken"]

    def start_service(self):
        service = subprocess.Popen(
            [BIN / "example_service", self.address, SERVICE_ROLE, KEY_ID, self.path / "secret"],
            env=self.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.addCleanup(service.stdout.close)
        self.addCleanup(service.wait)
        self.addCleanup(service.kill)
        return service

    @staticmethod
    def ask(service, token, name):
        service.stdin.write(f"{token} {name}\n")
        service.stdin.flush()
        return service.stdout.readline()

    def test_allows_only_what_both_may(self):
        token = self.token_of_reader()
        service = self.start_service()
        self.assertEqual(self.ask(service, token, "report"), "200 report\n")
        self.assertEqual(self.ask(service, token, "secret"), "403 secret\n")  # The reader may not.
        self.assertEqual(self.ask(service, token, "locked"), "403 locked\n")  # The service may not.
        self.assertEqual(self.ask(service, "nonsense", "report"), "503 report\n")
        service.stdin.close()
        self.assertEqual(service.wait(SECONDS_MAX), 0)

    def test_allows_nothing_without_a_server(self):
        token = self.token_of_reader()
        service = self.start_service()
        self.assertEqual(self.ask(service, token, "report"), "200 report\n")
        self.server.stop()
        self.assertEqual(self.ask(service, token, "report"), "503 report\n")
        self.server.start()
        deadline = time.monotonic() + SECONDS_MAX
        while self.ask(service, token, "report") != "200 report\n":  # It finds the server again.
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.1)
        service.stdin.close()


if __name__ == "__main__":
    unittest.main()
