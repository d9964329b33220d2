#!/usr/bin/env python3
"""The pages about gateways: what stands in their blocks is loaded and run as it stands.

A block of YAML is a file beside the example's accounts, roles and providers; a command is run in
that directory, for the first block, and prints what the text block after it begins with.
"""

import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import tempfile
import unittest

import jsonschema
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("PORTCULLIS_BIN_DIR", ROOT / "build/bin"))
PAGE = ROOT / "config/gateways.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SECONDS_MAX = 60


def portcullis(*arguments, cwd):
    environment = {name: value for name, value in os.environ.items()
                   if not name.startswith("PORTCULLIS_")}
    return subprocess.run([str(BIN / "portcullis"), *arguments], capture_output=True, text=True,
                          cwd=cwd, env=environment, stdin=subprocess.DEVNULL, timeout=SECONDS_MAX,
                          check=False)


class GatewayPagesTest(unittest.TestCase):

    def setUp(self):
        self.blocks = BLOCK.findall(PAGE.read_text(encoding="utf-8"))
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.policies = pathlib.Path(temporary.name) / "policies"
        self.secrets = pathlib.Path(temporary.name) / "secrets"
        shutil.copytree(ROOT / "config/policies", self.policies)
        shutil.copytree(ROOT / "config/secrets", self.secrets)
        (self.secrets / "edge-proxy-secret").write_text("0123456789abcdef" * 2)

    def write(self, block):
        (self.policies / "gateways.yaml").write_text(block, encoding="utf-8")

    def test_every_block_of_yaml_is_served(self):
        blocks = [text for language, text in self.blocks if language == "yaml"]
        self.assertGreaterEqual(len(blocks), 4)
        for block in blocks:
            with self.subTest(block[:80]):
                self.write(block)
                run = portcullis("policy", "check", str(self.policies), "--secrets",
                                 str(self.secrets), cwd=self.policies)
                self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
                self.assertNotIn("gateways.yaml", run.stdout)  # Nor is there a warning.

    def test_every_block_of_yaml_is_in_the_schema(self):
        schema = json.loads((ROOT / "config/schema/portcullis.schema.json").read_text())
        validator = jsonschema.Draft202012Validator(schema)
        for language, block in self.blocks:
            if language == "yaml":
                self.assertEqual([error.message for error in validator.iter_errors(
                    yaml.safe_load(block))], [])

    def test_every_field_is_on_the_page(self):
        schema = json.loads((ROOT / "config/schema/portcullis.schema.json").read_text())
        page = PAGE.read_text(encoding="utf-8")
        for name in ("Gateway", "GatewaySignature", "GatewayPaths", "WebIdentity",
                     "PeerCertificate", "GatewayRule", "GatewayMatch", "Proxy"):
            for field, described in schema["$defs"][name]["properties"].items():
                self.assertIn(f"`{field}", page, name)
                words = described.get("enum", []) + described.get("items", {}).get("enum", [])
                for word in words:
                    self.assertRegex(page, rf"\b{word}\b", f"{name}.{field}")

    def test_commands_print_what_the_page_says(self):
        self.write(next(text for language, text in self.blocks if language == "yaml"))
        # The page needs no secrets of the example's users.
        for path in self.policies.iterdir():
            if path.name in ("development.yaml", "production.yaml", "example-corp.yaml"):
                path.unlink()
        commands = [(text, self.blocks[i + 1]) for i, (language, text) in enumerate(self.blocks)
                    if language == "sh"]
        self.assertGreaterEqual(len(commands), 2)
        for command, (language, expected) in commands:
            self.assertEqual(language, "text")
            words = shlex.split(command)
            self.assertEqual(words[0], "portcullis")
            run = portcullis(*words[1:], cwd=self.policies)
            self.assertTrue(run.stdout.startswith(expected), run.stdout + run.stderr)
            self.assertEqual(run.returncode, 1 if expected.startswith("refused") else 0)

    def test_the_example_s_gateway(self):
        """What config/policies/gateways.yaml makes of requests."""
        def question(*arguments):
            run = portcullis("route", "test", "--policies", str(ROOT / "config/policies"),
                             "--secrets", str(ROOT / "config/secrets"), "--output", "json",
                             *arguments, cwd=ROOT)
            return json.loads(run.stdout)

        url = "https://productionapp.example.com"
        self.assertEqual(question("GET", f"{url}/healthz")["outcome"], "public")
        self.assertEqual(question("GET", f"{url}/reports/monday/latest")["question"]["items"],
                         [{"action": "s3:GetObject",
                           "resource": "arn:aws:s3:::productionapp/reports/monday"}])
        self.assertEqual(question("PUT", f"{url}/productionapp/a/b")["question"]["items"],
                         [{"action": "s3:PutObject", "resource": "arn:aws:s3:::productionapp/a/b"}])
        for arguments, reason in (
                (("GET", f"{url}/developmentapp/a"), "NO_ROUTE"),
                (("GET", f"{url}/productionapp/../developmentapp/a"), "AMBIGUOUS_PATH"),
                (("GET", f"{url}/productionapp/%2e%2e/developmentapp/a"), "AMBIGUOUS_PATH"),
                (("GET", "https://other.example.com/productionapp/a"), "NO_GATEWAY"),
                (("POST", f"{url}/healthz"), "NO_ROUTE")):
            answer = question(*arguments)
            self.assertEqual((answer["outcome"], answer.get("reason")), ("refused", reason))


if __name__ == "__main__":
    unittest.main()
