#!/usr/bin/env python3
"""Bringing in a customer's role and a person's MFA device, with the real server."""

import json
import pathlib
import re
import stat
import subprocess
import tempfile
import unittest

from cli_world import ADMIN, DEVELOPER, MFA_SERIAL, PARTNER, PARTNER_ROLE, ROLE, trust, world
from portcullis_process import (ALLOWED, BIN, DENIED, ERROR, SECONDS_MAX, Server,
                                clean_environment, code_of_device)


class OnboardingTest(unittest.TestCase):
    def setUp(self):
        self.server = Server(world())
        self.addCleanup(self.server.close)
        self.server.start()
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.path = pathlib.Path(directory.name)

    def run_cli(self, *arguments, expect=ALLOWED):
        run = subprocess.run([BIN / "portcullis", *arguments], capture_output=True, text=True,
                             env=clean_environment(PORTCULLIS_ADDRESS=self.server.address),
                             timeout=SECONDS_MAX, check=False)
        self.assertEqual(run.returncode, expect, f"{arguments}: {run.stdout}{run.stderr}")
        return run.stdout or run.stderr

    def publish(self, policies):
        self.server.write(policies)
        self.run_cli("reload", "--principal", ADMIN, "--timeout", "30s")

    def verify(self, external_id, expect):
        return self.run_cli("external-id", "verify", "--role-arn", PARTNER_ROLE, "--external-id",
                            external_id, "--principal", PARTNER, expect=expect).split("  ")[0]

    def publish_partner_trust(self, condition):
        policies = world()
        for role in policies["production.yaml"]["Roles"]:
            if role["RoleName"] == "Audit":
                role["AssumeRolePolicyDocument"] = trust("222222222222", condition)
        self.publish(policies)

    def test_external_id_is_verified(self):
        self.assertEqual(self.verify("customer-42", ALLOWED), "VERIFIED")
        self.assertEqual(self.verify("another-customer", DENIED), "NOT USABLE")
        self.publish_partner_trust(None)
        self.assertEqual(self.verify("customer-42", DENIED), "UNSAFE")
        self.publish_partner_trust({"StringLike": {"sts:ExternalId": "*"}})
        self.assertEqual(self.verify("customer-42", DENIED), "UNSAFE")

    def test_external_ids_differ(self):
        ids = {self.run_cli("external-id", "new") for _ in range(20)}
        self.assertEqual(len(ids), 20)
        for value in ids:
            self.assertRegex(value, r"^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-"
                                    r"[0-9a-f]{12}\n$")

    def test_enrolled_device_opens_the_role(self):
        seed_file = self.path / "seed"
        printed = self.run_cli("mfa", "enroll", MFA_SERIAL, "--seed-file", seed_file)
        seed = seed_file.read_text(encoding="ascii").strip()
        self.assertEqual(stat.S_IMODE(seed_file.stat().st_mode), 0o600)
        self.assertRegex(seed, "^[A-Z2-7]{52}$")  # 32 bytes.
        self.assertTrue(printed.startswith(
            f"otpauth://totp/ana@111111111111?secret={seed}&issuer=Portcullis\n"))
        self.assertIn("█", printed)
        self.run_cli("mfa", "enroll", MFA_SERIAL, "--seed-file", seed_file, expect=ERROR)

        padded = seed + "=" * (-len(seed) % 8)
        policies = world(trust_condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})
        ana = policies["development.yaml"]["Users"][0]
        ana["MFADevices"][0]["Seed"]["Inline"] = seed
        self.publish(policies)
        assume = ["assume-role", "--principal", DEVELOPER, "--role-arn", ROLE, "--session-name",
                  "ana", "--mfa", MFA_SERIAL, "--token-code"]
        code = code_of_device(padded)
        wrong = f"{(int(code) + 1) % 10**6:06}"
        self.run_cli(*assume, wrong, expect=DENIED)
        self.run_cli(*assume, code_of_device(padded))

    def test_formats_say_the_same(self):
        assume = ["assume-role", "--principal", DEVELOPER, "--role-arn", ROLE, "--session-name",
                  "ana", "--format"]
        aws = json.loads(self.run_cli(*assume, "json"))
        self.assertEqual(set(aws), {"Credentials", "AssumedRoleUser"})
        self.assertEqual(aws["AssumedRoleUser"]["Arn"],
                         "arn:aws:sts::123456789012:assumed-role/UpdateApp/ana")
        process = json.loads(self.run_cli(*assume, "credential-process"))
        self.assertEqual(set(process), set(aws["Credentials"]) | {"Version"})
        for time in (aws["Credentials"]["Expiration"], process["Expiration"]):
            self.assertRegex(time, r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        names = re.findall(r"^export (\w+)='[^']+'$", self.run_cli(*assume, "env"), re.MULTILINE)
        self.assertEqual(names, ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
                                 "AWS_CREDENTIAL_EXPIRATION", "PORTCULLIS_SESSION_TOKEN"])


if __name__ == "__main__":
    unittest.main()
