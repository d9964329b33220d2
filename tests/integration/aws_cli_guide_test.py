#!/usr/bin/env python3
"""The guide to IAM roles in the AWS command line, line by line, with the unmodified command line.

Profiles are files below a home directory made for each test; AWS_ENDPOINT_URL is all that differs
from using AWS. Runs the programs of $PORTCULLIS_BIN_DIR; see python_tools.py for the command line.
"""

import json
import unittest

from aws_clients import AWS_FAILED, AwsTest
from aws_world import (ANIKA, CLI_ROLE, CLI_USER, COMPANY, EXTERNAL_ID, LISTING, MARIA, MARKETING,
                       MORGAN, OTHER, SAANVI, SOME_ROLE, TESTER, USER1, WEB_ROLE, role_arn)
from python_tools import require

IDENTITY = "aws sts get-caller-identity"
MARKETINGADMIN = f"""
[profile marketingadmin]
role_arn = {MARKETING}
source_profile = user1
"""
ROLE_WITH_MFA = f"""
[profile role-with-mfa]
region = us-west-2
role_arn = {CLI_ROLE}
source_profile = cli-user
mfa_serial = {CLI_USER.serial}

[profile cli-user]
region = us-west-2
output = json
"""
CROSSACCOUNTROLE = f"""
[profile crossaccountrole]
role_arn = {SOME_ROLE}
source_profile = default
mfa_serial = {SAANVI.serial}
external_id = {EXTERNAL_ID}
"""


def setUpModule():
    require("aws")


class RolesOfTheGuide(AwsTest):
    """R-5.103 throughout."""

    def test_commands_run_with_the_role_and_with_nothing_else(self):
        self.configure(MARKETINGADMIN, user1=USER1)
        who = self.aws(f"{IDENTITY} --profile marketingadmin")
        self.assertEqual(who["Account"], COMPANY)
        self.assertRegex(who["Arn"], f"^arn:aws:sts::{COMPANY}:assumed-role/marketingadminrole/"
                                     "botocore-session-[0-9]+$")
        self.assertRegex(who["UserId"], "^AROA[A-Z0-9]{16,17}:botocore-session-[0-9]+$")
        roles = self.aws("aws iam list-roles --profile marketingadmin")
        self.assertIn(MARKETING, [role["Arn"] for role in roles["Roles"]])
        self.assertEqual(self.aws(f"{IDENTITY} --profile user1"), {
            "UserId": who_is(self, USER1), "Account": COMPANY, "Arn": USER1.arn})
        self.assertIn("(AccessDenied) when calling the ListRoles operation",
                      self.aws("aws iam list-roles --profile user1", expect=AWS_FAILED))

    def test_who_may_not_assume_the_role_is_told_so(self):
        self.configure(MARKETINGADMIN, user1=TESTER)
        message = self.aws(f"{IDENTITY} --profile marketingadmin", expect=AWS_FAILED)
        self.assertIn("An error occurred (AccessDenied) when calling the AssumeRole operation: "
                      f"User: {TESTER.arn} is not authorized to perform: sts:AssumeRole on "
                      f"resource: {MARKETING}", message)
        self.configure(MARKETINGADMIN.replace("marketingadminrole", "nosuchrole"), user1=USER1)
        message = self.aws(f"{IDENTITY} --profile marketingadmin", expect=AWS_FAILED)
        self.assertIn("(AccessDenied) when calling the AssumeRole operation", message)
        self.assertEqual(self.cached_sessions(), [])

    def test_list_users_with_and_without_mfa(self):
        self.configure(ROLE_WITH_MFA, cli_user=CLI_USER)
        refused = self.aws("aws iam list-users --profile cli-user", expect=AWS_FAILED)
        self.assertIn(
            "An error occurred (AccessDenied) when calling the ListUsers operation: "
            f"User: {CLI_USER.arn} is not authorized to perform: iam:ListUsers on resource: "
            f"arn:aws:iam::{LISTING}:user/", refused)
        prompts, listed = self.aws_with_codes("aws iam list-users --profile role-with-mfa",
                                              self.fresh_code(CLI_USER))
        self.assertEqual(prompts, [f"Enter MFA code for {CLI_USER.serial}: "])
        self.assertEqual([user["UserName"] for user in listed["Users"]], ["cli-user"])
        self.assertEqual(listed["Users"][0]["Arn"], CLI_USER.arn)
        # The session is kept: no prompt a second time.
        self.assertEqual(self.aws("aws iam list-users --profile role-with-mfa"), listed)

    def test_wrong_code_and_used_code(self):
        config = f"""
[profile anika]
role_arn = {role_arn("anikarole")}
source_profile = default
mfa_serial = {ANIKA.serial}
"""
        self.configure(config, default=ANIKA)
        command = f"{IDENTITY} --profile anika"
        _, message = self.aws_with_codes(command, self.wrong_code(ANIKA), expect=AWS_FAILED)
        self.assertIn("An error occurred (AccessDenied) when calling the AssumeRole operation: "
                      "MultiFactorAuthentication failed with invalid MFA one time pass code",
                      message)
        code = self.fresh_code(ANIKA)
        _, who = self.aws_with_codes(command, code)
        self.assertIn(":assumed-role/anikarole/", who["Arn"])
        self.forget_sessions()
        _, message = self.aws_with_codes(command, code, expect=AWS_FAILED)
        self.assertIn("(AccessDenied) when calling the AssumeRole operation", message)
        # Somebody else's device, and no device at all.
        self.configure(config.replace(ANIKA.serial, MORGAN.serial), default=ANIKA)
        _, message = self.aws_with_codes(command, self.fresh_code(MORGAN), expect=AWS_FAILED)
        self.assertIn("MultiFactorAuthentication failed, unable to validate MFA code", message)
        self.configure(config.replace("mfa_serial", "#"), default=ANIKA)
        message = self.aws(command, expect=AWS_FAILED)
        self.assertIn(f"User: {ANIKA.arn} is not authorized to perform: sts:AssumeRole", message)

    def test_without_a_terminal_the_code_is_read_from_the_input(self):
        self.configure(f"""
[profile morgan]
role_arn = {role_arn("anikarole")}
source_profile = default
mfa_serial = {ANIKA.serial}
""", default=ANIKA)
        who = self.aws(f"{IDENTITY} --profile morgan", stdin=self.fresh_code(ANIKA) + "\n")
        self.assertIn(":assumed-role/anikarole/", who["Arn"])

    def test_cross_account_role_wants_external_id_and_code(self):
        self.configure(CROSSACCOUNTROLE, default=SAANVI)
        command = f"{IDENTITY} --profile crossaccountrole"
        _, who = self.aws_with_codes(command, self.fresh_code(SAANVI))
        self.assertEqual(who["Account"], OTHER)
        self.assertIn(f"arn:aws:sts::{OTHER}:assumed-role/SomeRole/", who["Arn"])
        for without in ("external_id", "mfa_serial"):
            with self.subTest(without=without):
                self.forget_sessions()
                self.configure(CROSSACCOUNTROLE.replace(without, "#"), default=SAANVI)
                if without == "mfa_serial":
                    message = self.aws(command, expect=AWS_FAILED)
                else:
                    _, message = self.aws_with_codes(command, self.fresh_code(SAANVI),
                                                     expect=AWS_FAILED)
                self.assertIn("(AccessDenied) when calling the AssumeRole operation", message)

    def test_named_session(self):
        self.configure(f"""
[profile namedsessionrole]
role_arn = {SOME_ROLE}
source_profile = default
role_session_name = Session_Maria_Garcia
""", default=MARIA)
        who = self.aws(f"{IDENTITY} --profile namedsessionrole")
        self.assertEqual(who["Arn"],
                         f"arn:aws:sts::{OTHER}:assumed-role/SomeRole/Session_Maria_Garcia")
        self.assertTrue(who["UserId"].endswith(":Session_Maria_Garcia"))
        [cached] = self.cached_sessions()
        credentials = json.loads(cached.read_text(encoding="utf-8"))
        self.assertEqual(credentials["AssumedRoleUser"]["Arn"], who["Arn"])
        self.assertEqual(credentials["AssumedRoleUser"]["AssumedRoleId"], who["UserId"])

    def test_web_identity_by_profile_and_by_environment(self):
        self.configure(f"""
[profile web-identity]
role_arn = {WEB_ROLE}
web_identity_token_file = {self.token_file()}
role_session_name = from-profile
""")
        who = self.aws(f"{IDENTITY} --profile web-identity")
        arn = f"arn:aws:sts::{COMPANY}:assumed-role/RoleNameToAssume/"
        self.assertEqual(who["Arn"], arn + "from-profile")
        variables = {"AWS_ROLE_ARN": WEB_ROLE, "AWS_ROLE_SESSION_NAME": "from-environment",
                     "AWS_WEB_IDENTITY_TOKEN_FILE": str(self.token_file())}
        self.configure()
        self.assertEqual(self.aws(IDENTITY, **variables)["Arn"], arn + "from-environment")
        self.token_file(sub="system:serviceaccount:shop:other")
        self.forget_sessions()
        message = self.aws(IDENTITY, expect=AWS_FAILED, **variables)
        self.assertIn("An error occurred (AccessDenied) when calling the AssumeRoleWithWebIdentity "
                      "operation: Not authorized to perform sts:AssumeRoleWithWebIdentity", message)

    def test_chained_profiles(self):
        second = f"""
[profile second]
role_arn = {role_arn("second")}
source_profile = marketingadmin
"""
        self.configure(MARKETINGADMIN + second, user1=USER1)
        who = self.aws(f"{IDENTITY} --profile second")
        self.assertIn(":assumed-role/second/", who["Arn"])
        self.forget_sessions()
        self.configure(MARKETINGADMIN + second + "duration_seconds = 3601\n", user1=USER1)
        message = self.aws(f"{IDENTITY} --profile second", expect=AWS_FAILED)
        self.assertIn("An error occurred (ValidationError) when calling the AssumeRole operation: "
                      "The requested DurationSeconds exceeds the 1 hour session limit for roles "
                      "assumed by role chaining.", message)
        # Directly, without the first role, nobody gets the second.
        self.configure(second.replace("marketingadmin", "user1"), user1=USER1)
        message = self.aws(f"{IDENTITY} --profile second", expect=AWS_FAILED)
        self.assertIn("(AccessDenied)", message)

    def test_web_identity_then_role(self):
        self.configure(f"""
[profile web]
role_arn = {WEB_ROLE}
web_identity_token_file = {self.token_file()}
[profile afterweb]
role_arn = {role_arn("afterweb")}
source_profile = web
""")
        self.assertIn(":assumed-role/afterweb/",
                      self.aws(f"{IDENTITY} --profile afterweb")["Arn"])

    def test_credentials_of_the_environment(self):
        config = f"""
[profile marketingadmin]
role_arn = {MARKETING}
credential_source = Environment
"""
        self.configure(config)
        variables = {"AWS_ACCESS_KEY_ID": USER1.key, "AWS_SECRET_ACCESS_KEY": USER1.secret}
        who = self.aws(f"{IDENTITY} --profile marketingadmin", **variables)
        self.assertIn(":assumed-role/marketingadminrole/", who["Arn"])
        message = self.aws(f"{IDENTITY} --profile marketingadmin", expect=AWS_FAILED)
        self.assertIn("credential_source", message)
        # A profile in the environment gives way to a key in the environment.
        self.assertEqual(self.aws(IDENTITY, AWS_PROFILE="marketingadmin", **variables)["Arn"],
                         USER1.arn)

    def test_assume_role_by_hand(self):
        self.configure(user1=USER1)
        session = self.aws(f"aws sts assume-role --role-arn {MARKETING} --role-session-name by-hand"
                           " --duration-seconds 900 --profile user1")
        self.assertRegex(session["Credentials"]["AccessKeyId"], "^ASIA[A-Z0-9]{16}$")
        who = self.aws(IDENTITY, AWS_ACCESS_KEY_ID=session["Credentials"]["AccessKeyId"],
                       AWS_SECRET_ACCESS_KEY=session["Credentials"]["SecretAccessKey"],
                       AWS_SESSION_TOKEN=session["Credentials"]["SessionToken"])
        self.assertEqual(who["Arn"], session["AssumedRoleUser"]["Arn"])

    def forget_sessions(self):
        for path in self.cached_sessions():
            path.unlink()


def who_is(test, user):
    """The unique id of the user whose profile is named after it."""
    return test.aws(f"{IDENTITY} --profile {user.name}")["UserId"]


if __name__ == "__main__":
    unittest.main(verbosity=2)
