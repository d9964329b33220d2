#!/usr/bin/env python3
"""AWS's own programs get their credentials from `portcullis` (R-5.103, R-5.105).

Runs in a Python environment that has AWS's command line; see python_tools.py.
"""

import datetime
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

from cli_world import DEVELOPER, ROLE, TESTER, world
from portcullis_process import BIN, SECONDS_MAX, Server, clean_environment
from python_tools import run_in

try:
    run_in("aws")
except unittest.SkipTest:
    sys.exit(0)  # It was said aloud why.

import botocore.exceptions  # noqa: E402: only there in that environment
import botocore.session  # noqa: E402

AWS = pathlib.Path(sys.prefix) / "bin/aws"


class CredentialProcessTest(unittest.TestCase):
    def setUp(self):
        self.server = Server(world())
        self.addCleanup(self.server.close)
        self.server.start()
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.config = pathlib.Path(directory.name) / "config"
        self.config.write_text("".join(
            f"[profile {name}]\nregion = eu-central-1\n"
            f"credential_process = {BIN / 'portcullis'} --address {self.server.address} "
            f"assume-role --principal {principal} --role-arn {ROLE} --session-name aws "
            f"--format credential-process\n"
            for name, principal in (("developer", DEVELOPER), ("tester", TESTER))),
            encoding="utf-8")
        self.environment = clean_environment(
            AWS_CONFIG_FILE=str(self.config), AWS_EC2_METADATA_DISABLED="true",
            AWS_SHARED_CREDENTIALS_FILE=os.devnull)

    def resolve(self, profile):
        session = botocore.session.Session(profile=profile)
        session.set_config_variable("config_file", str(self.config))
        session.set_config_variable("credentials_file", os.devnull)
        return session.get_credentials()

    def who_is(self, token):
        run = subprocess.run(
            [BIN / "portcullis", "whoami"], capture_output=True, text=True, timeout=SECONDS_MAX,
            check=False, env=clean_environment(PORTCULLIS_ADDRESS=self.server.address,
                                               PORTCULLIS_SESSION_TOKEN=token))
        self.assertEqual(run.returncode, 0, run.stderr)
        return run.stdout.splitlines()[0]

    def test_botocore_resolves(self):
        credentials = self.resolve("developer")
        self.assertEqual(credentials.method, "custom-process")
        frozen = credentials.get_frozen_credentials()
        self.assertTrue(frozen.access_key.startswith("ASIA"))
        self.assertTrue(frozen.secret_key)
        self.assertEqual(self.who_is(frozen.token),
                         "arn:aws:sts::123456789012:assumed-role/UpdateApp/aws")
        # It knows when to come back for new ones.
        lifetime = credentials._expiry_time - datetime.datetime.now(datetime.timezone.utc)
        self.assertLess(abs(lifetime.total_seconds() - 3600), 120)

    def test_botocore_reports_a_denial(self):
        with self.assertRaises(botocore.exceptions.CredentialRetrievalError) as caught:
            self.resolve("tester").get_frozen_credentials()
        self.assertIn("is not authorized to perform: sts:AssumeRole", str(caught.exception))

    def test_aws_command_resolves(self):
        run = subprocess.run(
            [AWS, "configure", "list", "--profile", "developer"], capture_output=True,
            text=True, timeout=SECONDS_MAX, check=False, env=self.environment)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertRegex(run.stdout, r"(?m)^access_key\b.*\bcustom-process\b")
        self.assertRegex(run.stdout, r"(?m)^secret_key\b.*\bcustom-process\b")


if __name__ == "__main__":
    unittest.main()
