#!/usr/bin/env python3
"""The pages of client/aws: what stands in their blocks is run as it stands.

Only the endpoint's name is replaced, and the place of the token. Runs the programs of
$PORTCULLIS_BIN_DIR; see python_tools.py for the clients.
"""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import aws_world
from aws_clients import AwsTest
from aws_world import CLI_USER, MARIA, MARKETING, USER1
from portcullis_process import ROOT, Server
from python_tools import node_environment, require

PAGES = ROOT / "client/aws"
ENDPOINT = "https://portcullis.example.org"
TOKEN = "/var/run/secrets/portcullis/token"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SECONDS_MAX = 500  # The SDK for Go is fetched first.


class PageTest(AwsTest):
    def setUp(self):
        super().setUp()
        self.replaced = {ENDPOINT: self.url.rstrip("/"), TOKEN: str(self.token_file())}

    def blocks(self, page, language):
        text = (PAGES / f"{page}.md").read_text(encoding="utf-8")
        found = [block for name, block in BLOCK.findall(text) if name == language]
        self.assertTrue(found, f"{page}.md has no {language}")
        for old, new in self.replaced.items():
            found = [block.replace(old, new) for block in found]
        return found

    def run_lines(self, page, command, tools=None, **more):
        """Runs `command` in a shell after the page's first block, if that sets variables."""
        variables = self.environment(**more)
        for name in ("AWS_ENDPOINT_URL", "AWS_DEFAULT_REGION"):
            del variables[name]  # The page says them.
        if tools is not None:
            variables["PATH"] = f"{tools}:{os.environ['PATH']}"
        setting = self.blocks(page, "sh")[0] if "export" in self.blocks(page, "sh")[0] else ""
        run = subprocess.run(["bash", "-euo", "pipefail", "-c", f"{setting}\n{command}"],
                             capture_output=True, text=True, env=variables, cwd=self.home,
                             stdin=subprocess.DEVNULL, timeout=SECONDS_MAX, check=False)
        self.assertEqual(run.returncode, 0, f"{command}: {run.stdout}{run.stderr}")
        return run.stdout


class PagesTest(PageTest):
    def setUp(self):
        super().setUp()
        profiles = "\n".join(self.blocks("aws-cli", "ini"))
        self.configure(profiles, user1=USER1, maria=MARIA, cli_user=CLI_USER)

    def test_aws_cli(self):
        tools = require("aws") / "bin"
        output = self.run_lines("aws-cli", "\n".join(self.blocks("aws-cli", "sh")[1:]), tools)
        for arn in (USER1.arn, ":assumed-role/marketingadminrole/", f'"Arn": "{MARKETING}"',
                    ":assumed-role/SomeRole/Session_Maria_Garcia", ":assumed-role/second/"):
            self.assertIn(arn, output)
        output = self.run_lines("aws-cli", "aws sts get-caller-identity --profile web-identity",
                                tools)
        self.assertIn(":assumed-role/RoleNameToAssume/", output)

    def test_aws_cli_without_variables(self):
        """By `endpoint_url` in the profile alone; where it counts, and where not."""
        tools = require("aws") / "bin"
        line = f"region = portcullis-1\nendpoint_url = {self.replaced[ENDPOINT]}\n"
        role = f"[profile role]\nrole_arn = {MARKETING}\nsource_profile = user1\n"
        source = "[profile user1]\n"
        command = "unset AWS_ENDPOINT_URL AWS_DEFAULT_REGION; aws sts get-caller-identity --profile"
        self.configure(role + line + source, user1=USER1)
        self.assertIn(":assumed-role/marketingadminrole/",
                      self.run_lines("aws-cli", f"{command} role", tools))
        # In the source profile only: the call leaves the house, here by a proxy that is none.
        shutil.rmtree(self.home / ".aws/cli")
        self.configure(f"{role}region = portcullis-1\n{source}{line}", user1=USER1)
        output = self.run_lines("aws-cli", f"{command} role 2>&1 || true", tools,
                                AWS_MAX_ATTEMPTS="1", HTTPS_PROXY="http://127.0.0.1:9")
        self.assertIn("Failed to connect to proxy URL", output)
        self.assertIn(USER1.arn, self.run_lines("aws-cli", f"{command} user1", tools))

    def test_boto3(self):
        tools = require("aws") / "bin"
        first, second = self.blocks("boto3", "python")
        for name, block in (("first.py", first), ("second.py", second)):
            (self.home / name).write_text(block, encoding="utf-8")
        output = self.run_lines("boto3", "python first.py", tools)
        self.assertIn(":assumed-role/marketingadminrole/", output)
        self.assertIn(MARKETING, output.split())
        self.assertEqual(self.run_lines("boto3", "unset AWS_ENDPOINT_URL; python second.py", tools),
                         "True\n")

    def test_javascript(self):
        tools = require("aws-sdk-js", node_environment)
        [block] = self.blocks("javascript", "javascript")
        (self.home / "example.mjs").write_text(block, encoding="utf-8")
        (self.home / "node_modules").symlink_to(tools / "node_modules")
        output = self.run_lines("javascript", "node example.mjs")
        self.assertIn(":assumed-role/marketingadminrole/", output)
        self.assertIn(":assumed-role/marketingadminrole/from-javascript", output)
        self.assertIn(MARKETING, output.split())

    def test_curl(self):
        commands = self.blocks("curl", "sh")
        output = self.run_lines("curl", "\n".join(commands), AWS_ACCESS_KEY_ID=USER1.key,
                                AWS_SECRET_ACCESS_KEY=USER1.secret)
        for arn in (USER1.arn, "marketingadminrole/from-curl", "RoleNameToAssume/from-curl"):
            self.assertIn(f"{arn}</Arn>", output)

    @unittest.skipUnless(shutil.which("go") and os.environ.get("PORTCULLIS_TEST_GO"),
                         "set PORTCULLIS_TEST_GO to try the SDK for Go; it is large")
    def test_go(self):
        """With the variables, and with the section of services alone."""
        [block] = self.blocks("go", "go")
        (self.home / "main.go").write_text(block, encoding="utf-8")
        output = self.run_lines(
            "go", "go mod init example && go mod tidy && go run .",
            GOFLAGS="-modcacherw")
        self.assertIn(":assumed-role/marketingadminrole/", output)
        self.assertIn(MARKETING, output.split())
        [profile] = self.blocks("go", "ini")
        self.configure(profile, user1=USER1)
        output = self.run_lines(
            "go", "unset AWS_ENDPOINT_URL_STS AWS_ENDPOINT_URL_IAM; go run .",
            GOFLAGS="-modcacherw")
        self.assertIn(":assumed-role/marketingadminrole/", output)


class RolesForProgramsTest(PageTest):
    """The page about roles without keys; its options are given, with other ports."""

    PAGE = "roles-for-programs"
    CONTAINER, INSTANCE = "http://127.0.0.1:7481/", "http://127.0.0.1:7482/"
    SECRET = "/var/run/secrets/portcullis/container"

    @classmethod
    def make_server(cls):
        directory = tempfile.TemporaryDirectory()
        cls.addClassCleanup(directory.cleanup)
        cls.secret = pathlib.Path(directory.name) / "container"
        cls.secret.write_text("a secret that is long enough", encoding="ascii")
        page = (PAGES / f"{cls.PAGE}.md").read_text(encoding="utf-8")
        options = page[page.index("portcullisd ... "):].partition("\n\n")[0].split()
        options = [part for part in options[2:] if part != "\\"]
        options = " ".join(options).replace(":7481", ":0").replace(":7482", ":0")
        return Server(aws_world.world(), options=(
            "--query-listen", "tcp://127.0.0.1:0",
            *options.replace(cls.SECRET, str(cls.secret)).split()))

    def setUp(self):
        super().setUp()
        self.replaced |= {self.CONTAINER: self.server.container_credentials_url,
                          self.INSTANCE: self.server.instance_metadata_url,
                          self.SECRET: str(self.secret)}
        [profiles] = self.blocks(self.PAGE, "ini")
        self.configure(profiles)

    def who(self, variables, options=""):
        """After the variables of the page about the command line, and these."""
        return self.run_lines(
            "aws-cli", f"{variables}\naws sts get-caller-identity {options}",
            require("aws") / "bin", AWS_EC2_METADATA_DISABLED="false")

    def test_roles(self):
        container, instance = self.blocks(self.PAGE, "sh")
        for variables, profile in ((container, "by-container"), (instance, "by-instance")):
            self.assertIn(":assumed-role/hostrole/", self.who(variables))
            self.assertIn(":assumed-role/marketingadminrole/",
                          self.who(variables, f"--profile {profile}"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
