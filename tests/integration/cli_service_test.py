#!/usr/bin/env python3
"""The example service (client/example), a real server, and callers who may and may not."""

import json
import os
import pathlib
import signal
import subprocess
import tempfile
import time
import unittest

from cli_world import allow, document, inline, trust

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("PORTCULLIS_BIN_DIR", ROOT / "build/bin"))
SECONDS_MAX = 60

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
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.path = pathlib.Path(directory.name)
        for name in ("policies", "keys"):
            (self.path / name).mkdir()
        (self.path / "policies/accounts.yaml").write_text(
            json.dumps({"Accounts": [{"AccountId": ACCOUNT}]}), encoding="utf-8")
        (self.path / "policies/all.yaml").write_text(json.dumps(POLICIES), encoding="utf-8")
        (self.path / "secret").write_text(SECRET + "\n", encoding="utf-8")
        self.environment = {name: value for name, value in os.environ.items()
                            if not name.startswith(("PORTCULLIS_", "AWS_"))}
        self.address = f"unix:{self.path}/authz.sock"
        self.start_server()

    def start_server(self):
        with open(self.path / "log", "ab") as log:
            self.server = subprocess.Popen(
                [BIN / "portcullisd", "--policies", self.path / "policies", "--session-keys",
                 self.path / "keys", "--create-session-key", "--listen",
                 f"unix://{self.path}/authz.sock?trusted=true", "--port-file", self.path / "ports",
                 "--audit-log", self.path / "audit.jsonl", "--drain-delay", "0s",
                 "--poll-interval", "1h"], stderr=log, env=self.environment)
        self.addCleanup(self.stop_server)
        deadline = time.monotonic() + SECONDS_MAX
        while not (self.path / "ports").exists():
            self.assertIsNone(self.server.poll(), (self.path / "log").read_text("utf-8"))
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)

    def stop_server(self):
        if self.server.poll() is None:
            self.server.send_signal(signal.SIGTERM)
            try:
                self.server.wait(SECONDS_MAX)
            except subprocess.TimeoutExpired:
                self.server.kill()
                self.server.wait()

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
        self.stop_server()
        self.assertEqual(self.ask(service, token, "report"), "503 report\n")
        (self.path / "ports").unlink(missing_ok=True)
        self.start_server()
        deadline = time.monotonic() + SECONDS_MAX
        while self.ask(service, token, "report") != "200 report\n":  # It finds the server again.
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.1)
        service.stdin.close()


if __name__ == "__main__":
    unittest.main()
