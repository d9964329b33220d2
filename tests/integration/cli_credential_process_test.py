#!/usr/bin/env python3
"""AWS's own programs get their credentials from `portcullis` (R-5.103, R-5.105).

Needs botocore in this Python, and skips without it: `pip install botocore awscli` in an environment
of its own, then run this file with that environment's Python. The `aws` command beside that Python,
or on the path, is asked too.
"""

import datetime
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

from cli_test import BIN, SECONDS_MAX, Server, clean_environment
from cli_world import DEVELOPER, ROLE, TESTER

try:
    import botocore.exceptions
    import botocore.session
except ImportError:
    botocore = None
    print("SKIPPED: no botocore in this Python, so credential_process was NOT tried",
          file=sys.stderr)


def aws_program():
    beside = pathlib.Path(sys.executable).parent / "aws"
    return str(beside) if beside.exists() else shutil.which("aws")


@unittest.skipUnless(botocore, "no botocore in this Python")
class CredentialProcessTest(unittest.TestCase):
    def setUp(self):
        self.server = Server()
        self.addCleanup(self.server.directory.cleanup)
        self.addCleanup(self.server.close)
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

    @unittest.skipUnless(aws_program(), "no aws command")
    def test_aws_command_resolves(self):
        run = subprocess.run(
            [aws_program(), "configure", "list", "--profile", "developer"], capture_output=True,
            text=True, timeout=SECONDS_MAX, check=False, env=self.environment)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertRegex(run.stdout, r"(?m)^access_key\b.*\bcustom-process\b")
        self.assertRegex(run.stdout, r"(?m)^secret_key\b.*\bcustom-process\b")


if __name__ == "__main__":
    unittest.main()
