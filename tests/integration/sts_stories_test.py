#!/usr/bin/env python3
"""The stories of the IAM guides about temporary credentials, told by the real command line.

Each test is one story; the rules it shows are cited. Runs the programs of $PORTCULLIS_BIN_DIR.
"""

import csv
import datetime
import io
import json
import shutil
import signal
import time
import unittest

from identity_provider import AssertionIssuer, TokenIssuer
from portcullis_process import ALLOWED, DENIED, ERROR, Server, code_of_device
from sts_world import (ANA, ANA_KEY, ANA_MFA, ANA_SECRET, ANA_SEED, BROKER, DEPUTY, ENTITY_ID,
                       ISSUER, OPERATOR, PEOPLE, SAML_ARN, TOM, TOM_MFA, TOM_SEED, role_arn, roles,
                       world)

APP = "arn:aws:s3:::app/x"


class StsStoriesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(world())
        cls.addClassCleanup(cls.server.close)
        cls.tokens = TokenIssuer(cls.server.path, ISSUER)
        cls.saml = AssertionIssuer(cls.server.path, ENTITY_ID)
        cls.server.write({"identity/keys.json": cls.tokens.key_set(),
                          "identity/company.xml": cls.saml.metadata()})
        cls.server.start()

    # ---- Tools ----------------------------------------------------------------------------------

    def cli(self, *arguments, expect=ALLOWED, **options):
        run = self.server.run(*arguments, **options)
        self.assertEqual(run.returncode, expect, f"{arguments}: {run.stdout}{run.stderr}")
        return run.stdout if expect == ALLOWED else run.stdout + run.stderr

    def issue(self, command, *options, **more):
        """Runs a command that issues credentials; returns AWS's JSON shape of them."""
        return json.loads(self.cli(command, "--format", "json", *options, **more))

    def assume(self, role, *options, principal=ANA, name="story", token=None):
        who = [] if token else ["--principal", principal]
        return self.issue("assume-role", "--role-arn", role_arn(role), "--session-name", name, *who,
                          *options, token=token)

    def refuse(self, role, *options, principal=ANA, token=None, expect=DENIED):
        who = [] if token else ["--principal", principal]
        return self.cli("assume-role", "--role-arn", role_arn(role), "--session-name", "story",
                        *who, *options, token=token, expect=expect)

    def decide(self, credentials, action, resource, expect):
        self.cli("authorize", action, resource, expect=expect,
                 token=credentials["Credentials"]["SessionToken"])

    def lifetime(self, credentials):
        """Seconds from now to the end, to within a minute."""
        end = datetime.datetime.fromisoformat(
            credentials["Credentials"]["Expiration"].replace("Z", "+00:00"))
        return (end - datetime.datetime.now(datetime.timezone.utc)).total_seconds()

    def reload(self, **files):
        self.server.write(world(**files))
        self.cli("reload", "--principal", OPERATOR, "--timeout", "30s")

    def fresh_code(self, seed):
        """A code that no test used yet: each step counts once (R-5.59)."""
        last = getattr(type(self), "last_step", {})
        # The last step's is good still, unless this step is about to end, too.
        oldest = int(time.time() - 15) // 30
        step = max(oldest, last.get(seed, 0) + 1)
        while step > int(time.time()) // 30 + 1:
            time.sleep(1)
        type(self).last_step = last | {seed: step}
        return code_of_device(seed, step * 30)

    # ---- Roles ----------------------------------------------------------------------------------

    def test_rights_are_exchanged_and_come_back(self):
        self.cli("authorize", "s3:GetObject", "arn:aws:s3:::home/ana/a", "--principal", ANA)
        session = self.assume("App")
        self.decide(session, "s3:PutObject", APP, ALLOWED)
        self.decide(session, "s3:GetObject", "arn:aws:s3:::home/ana/a", DENIED)
        self.cli("authorize", "s3:GetObject", "arn:aws:s3:::home/ana/a", "--principal", ANA)

    def test_developers_may_and_testers_may_not(self):
        self.assume("App", principal=ANA)
        self.assertIn("because no identity-based policy allows the sts:AssumeRole action",
                      self.refuse("App", principal=TOM))

    def test_external_id_stops_the_confused_deputy(self):
        self.assume("Customer", "--external-id", "12345", principal=DEPUTY)
        for wrong in ([], ["--external-id", "67890"]):
            self.assertIn("AccessDenied", self.refuse("Customer", *wrong, principal=DEPUTY))
        self.assume("App", "--external-id", "67890", principal=DEPUTY)  # nobody asks.
        verified = self.cli("external-id", "verify", "--role-arn", role_arn("Customer"),
                            "--external-id", "12345", "--principal", DEPUTY)
        self.assertTrue(verified)
        self.cli("external-id", "verify", "--role-arn", role_arn("App"), "--external-id", "12345",
                 "--principal", DEPUTY, expect=DENIED)

    def test_durations(self):
        self.assertAlmostEqual(self.lifetime(self.assume("App", "--duration", "12h")), 43200,
                               delta=60)
        self.assertIn("MaxSessionDuration",
                      self.refuse("RoleA", "--duration", "3601", expect=ERROR))
        first = self.assume("RoleA")["Credentials"]["SessionToken"]
        self.assertIn("1 hour session limit for roles assumed by role chaining",
                      self.refuse("RoleB", "--duration", "3601", token=first, expect=ERROR))
        self.assertAlmostEqual(self.lifetime(self.assume("RoleB", token=first)), 3600, delta=60)
        self.refuse("App", "--duration", "899", expect=ERROR)

    def test_tags_and_source_identity_through_three_hops(self):
        first = self.assume("RoleA", "--tag", "team=red", "--tag", "cost=7", "--transitive", "team",
                            "--source-identity", "Ana")
        token = first["Credentials"]["SessionToken"]
        second = self.assume("RoleB", "--tag", "stage=test", token=token)
        third = self.assume("RoleC", token=second["Credentials"]["SessionToken"])
        described = json.loads(self.cli("validate-session", "--output", "json",
                                        token=third["Credentials"]["SessionToken"]))
        tags = {tag["key"]: tag["value"] for tag in described["principalTags"]}
        self.assertEqual(tags, {"team": "red"})
        self.assertEqual(described["sourceIdentity"], "Ana")
        self.assertEqual(len(described["chain"]), 3)
        self.assertIn("conflicts with a transitive tag key",
                      self.refuse("RoleB", "--tag", "TEAM=blue", token=token, expect=ERROR))
        self.assertIn("already set", self.refuse("RoleB", "--source-identity", "Bob", token=token,
                                                 expect=ERROR))

    def test_session_policies_narrow(self):
        policy = json.dumps({"Version": "2012-10-17", "Statement": {
            "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}})
        session = self.assume("App", "--policy", policy)
        self.decide(session, "s3:GetObject", APP, ALLOWED)
        self.decide(session, "s3:PutObject", APP, DENIED)
        self.decide(session, "s3:GetObject", "arn:aws:s3:::home/ana/a", DENIED)
        self.assertIn("MalformedPolicyDocument",
                      self.refuse("App", "--policy", '{"Statement": 7}', expect=ERROR))

    # ---- MFA ------------------------------------------------------------------------------------

    def test_mfa_role_needs_a_code_and_a_code_counts_once(self):
        self.refuse("AppWithMfa")
        code = self.fresh_code(ANA_SEED)
        self.assume("AppWithMfa", "--mfa", ANA_MFA, "--token-code", code)
        self.assertIn("invalid MFA one time pass code",
                      self.refuse("AppWithMfa", "--mfa", ANA_MFA, "--token-code", code))
        self.assertIn("invalid MFA one time pass code",  # Nor for anything else.
                      self.cli("session-token", "--mfa", ANA_MFA, "--token-code", code,
                               "--principal", ANA, expect=DENIED))
        self.assertIn("unable to validate MFA code",  # Somebody else's device.
                      self.refuse("AppWithMfa", "--mfa", TOM_MFA, "--token-code",
                                  code_of_device(TOM_SEED)))

    def test_session_token_carries_mfa(self):
        plain = self.issue("session-token", "--principal", ANA)
        self.refuse("AppWithMfa", token=plain["Credentials"]["SessionToken"])
        with_mfa = self.issue("session-token", "--mfa", ANA_MFA, "--token-code",
                              self.fresh_code(ANA_SEED), "--principal", ANA)
        self.assertAlmostEqual(self.lifetime(with_mfa), 43200, delta=60)
        token = with_mfa["Credentials"]["SessionToken"]
        self.assume("AppWithMfa", token=token)
        self.assume("App", "--duration", "12h", token=token)  # Not chaining.
        self.cli("session-token", token=token, expect=DENIED)

    def test_hardware_token(self):
        self.issue("session-token", "--mfa", TOM_MFA, "--token-code", self.fresh_code(TOM_SEED),
                   "--principal", TOM)

    def test_session_without_mfa_may_not_call_iam(self):
        session = self.issue("session-token", "--principal", ANA)["Credentials"]["SessionToken"]
        self.assertIn("InvalidClientTokenId",
                      self.cli("credential-report", token=session, expect=ERROR))

    # ---- Federation -----------------------------------------------------------------------------

    def test_broker_vouches_for_managers(self):
        policy = json.dumps({"Version": "2012-10-17", "Statement": {
            "Effect": "Allow", "Action": "s3:*", "Resource": "*"}})
        manager = self.issue("federation-token", "--name", "ManagerJo", "--policy", policy,
                             "--principal", BROKER)
        self.assertEqual(manager["FederatedUser"]["Arn"],
                         f"arn:aws:sts::{PEOPLE}:federated-user/ManagerJo")
        self.decide(manager, "s3:GetObject", "arn:aws:s3:::reports/q3", ALLOWED)
        self.decide(manager, "s3:PutObject", "arn:aws:s3:::reports/q3", DENIED)  # Nor may it.
        bare = self.issue("federation-token", "--name", "ManagerJo", "--principal", BROKER)
        self.decide(bare, "s3:GetObject", "arn:aws:s3:::reports/q3", DENIED)
        self.cli("federation-token", "--name", "Jo", "--principal", BROKER, expect=DENIED)
        self.refuse("App", token=manager["Credentials"]["SessionToken"])

    def web_identity(self, token, role="Deploy", expect=ALLOWED):
        path = self.server.path / "token"
        path.write_text(token, encoding="ascii")
        # The other listener trusts nobody: the token is all the proof there is.
        output = self.cli("assume-role-with-web-identity", "--role-arn", role_arn(role),
                          "--session-name", "pod", "--token-file", path, "--format", "json",
                          expect=expect, address=self.server.untrusted_address)
        return json.loads(output) if expect == ALLOWED else output

    def test_pod_assumes_a_role(self):
        session = self.web_identity(self.tokens.token(sub="system:serviceaccount:shop:deployer"))
        self.assertEqual(session["SubjectFromWebIdentityToken"],
                         "system:serviceaccount:shop:deployer")
        self.assertEqual(session["Provider"], ISSUER)
        self.decide(session, "s3:PutObject", APP, ALLOWED)
        self.assertIn("Not authorized to perform sts:AssumeRoleWithWebIdentity", self.web_identity(
            self.tokens.token(sub="system:serviceaccount:other:deployer"), expect=DENIED))
        good = self.tokens.token(sub="system:serviceaccount:shop:deployer")
        forged = good[:-6] + ("AAAAAA" if good[-6:] != "AAAAAA" else "BBBBBB")
        now = int(time.time())
        for token, problem in (
                (forged, "InvalidIdentityToken"),
                (self.tokens.token(sub="a", exp=now - 301, iat=now - 900), "ExpiredTokenException"),
                (self.tokens.token(sub="a", aud=["other"]), "Incorrect token audience"),
                (self.tokens.token(sub="a", iss="https://elsewhere.example.org"),
                 "No OpenIDConnect provider found")):
            with self.subTest(problem=problem):
                self.assertIn(problem, self.web_identity(token, expect=ERROR))

    def test_company_signs_people_in(self):
        attributes = {"Role": [f"{role_arn('Report')},{SAML_ARN}"], "RoleSessionName": ["jo"],
                      "PrincipalTag:team": ["red"]}
        path = self.server.path / "assertion"
        arguments = ("assume-role-with-saml", "--role-arn", role_arn("Report"), "--principal-arn",
                     SAML_ARN, "--assertion-file", path, "--format", "json")
        path.write_text(self.saml.assertion("jo-4711", attributes), encoding="ascii")
        session = json.loads(self.cli(*arguments, address=self.server.untrusted_address))
        self.assertEqual(session["Subject"], "jo-4711")
        self.assertTrue(session["AssumedRoleUser"]["Arn"].endswith(":assumed-role/Report/jo"))
        self.decide(session, "s3:GetObject", "arn:aws:s3:::app/red/q3", ALLOWED)
        self.decide(session, "s3:GetObject", "arn:aws:s3:::app/blue/q3", DENIED)
        elsewhere = self.saml.assertion("jo-4711", attributes, recipient="https://other.example")
        path.write_text(elsewhere, encoding="ascii")
        self.assertIn("InvalidIdentityToken", self.cli(*arguments, expect=ERROR))

    def test_workload_is_known_by_its_certificate(self):
        web = "spiffe://mesh.example.org/ns/shop/sa/web"
        arguments = ("assume-role-with-workload-identity", "--role-arn", role_arn("Serve"),
                     "--format", "json", "--spiffe-id")
        session = json.loads(self.cli(*arguments, web))  # As a trusted proxy reports it.
        self.assertTrue(session["AssumedRoleUser"]["Arn"].endswith(":assumed-role/Serve/web"))
        self.decide(session, "s3:PutObject", APP, ALLOWED)
        self.cli(*arguments, "spiffe://mesh.example.org/ns/shop/sa/db", expect=DENIED)
        self.cli(*arguments, web, expect=ERROR, address=self.server.untrusted_address)

    # ---- The end of credentials -----------------------------------------------------------------

    def test_revoked_sessions_are_refused_at_once(self):
        first = self.assume("App")
        self.decide(first, "s3:PutObject", APP, ALLOWED)
        entry = self.cli("revoke", "--role", role_arn("App"), "--reason", "lost laptop",
                         "--principal", OPERATOR)
        self.assertIn("RoleArn", entry)
        self.decide(first, "s3:PutObject", APP, DENIED)
        self.assertIn("REVOKED", self.cli("validate-session", expect=DENIED,
                                          token=first["Credentials"]["SessionToken"]).upper())
        time.sleep(1.1)  # Issue times are whole seconds.
        second = self.assume("App")
        self.decide(second, "s3:PutObject", APP, ALLOWED)
        # It outlives the process, whatever its end.
        self.server.stop(signal.SIGKILL)
        self.server.start()
        self.decide(first, "s3:PutObject", APP, DENIED)
        self.decide(second, "s3:PutObject", APP, ALLOWED)
        self.cli("revoke", "--session", second["Credentials"]["AccessKeyId"], "--principal",
                 OPERATOR)
        self.decide(second, "s3:PutObject", APP, DENIED)
        self.assertIn(role_arn("App"), self.cli("revocations", "--principal", OPERATOR))
        self.cli("revoke", "--role", role_arn("App"), "--principal", ANA, expect=DENIED)

    def test_revocation_travels_with_the_policies(self):
        secret = self.server.path / "secret"
        secret.write_text(ANA_SECRET, encoding="ascii")
        key = ("--access-key-id", ANA_KEY, "--secret-access-key-file", secret)
        session = self.issue("assume-role", "--role-arn", role_arn("RoleA"), "--session-name",
                             "key", *key)
        chained = self.assume("RoleB", token=session["Credentials"]["SessionToken"])
        self.decide(chained, "s3:PutObject", APP, ALLOWED)
        later = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=2)
        self.server.write({"revocations.yaml": {"Revocations": [{
            "AccessKeyId": ANA_KEY, "IssuedBefore": later.strftime("%Y-%m-%dT%H:%M:%SZ")}]}})
        self.addCleanup((self.server.path / "policies/revocations.yaml").unlink)
        self.cli("reload", "--principal", OPERATOR, "--timeout", "30s")
        for credentials in (session, chained):
            self.decide(credentials, "s3:PutObject", APP, DENIED)

    def test_a_revocation_is_handed_to_a_replica(self):  # What `revoke` prints is a policy entry.
        replica = Server(world(**{"identity/keys.json": self.tokens.key_set(),
                                  "identity/company.xml": self.saml.metadata()}))
        self.addCleanup(replica.close)
        shutil.copytree(self.server.path / "keys", replica.path / "keys", dirs_exist_ok=True)
        replica.start()
        token = self.assume("RoleA")["Credentials"]["SessionToken"]
        ask = ("authorize", "s3:PutObject", APP)
        self.assertEqual(replica.run(*ask, token=token).returncode, ALLOWED)
        entry = self.cli("revoke", "--role", role_arn("RoleA"), "--reason", 'a "quoted" #reason',
                         "--principal", OPERATOR)
        self.assertEqual(replica.run(*ask, token=token).returncode, ALLOWED)  # It does not know.
        replica.write({"revocations.yaml": "Revocations:\n" + entry})
        reload = replica.run("reload", "--principal", OPERATOR, "--timeout", "30s")
        self.assertEqual(reload.returncode, ALLOWED, reload.stdout + reload.stderr)
        self.assertEqual(replica.run(*ask, token=token).returncode, DENIED)
        time.sleep(1.1)  # For the tests after this one: issue times are whole seconds.

    def test_changes_act_on_live_sessions(self):
        session = self.assume("RoleA")
        self.decide(session, "s3:PutObject", APP, ALLOWED)
        changed = roles()
        changed["Roles"] = [dict(one, Policies=[]) if one["RoleName"] == "RoleA" else one
                            for one in changed["Roles"]]
        self.reload(**{"roles.yaml": changed})
        self.addCleanup(self.reload)
        self.decide(session, "s3:PutObject", APP, DENIED)
        changed["Roles"] = [one for one in changed["Roles"] if one["RoleName"] != "RoleA"]
        self.reload(**{"roles.yaml": changed})
        self.decide(session, "s3:PutObject", APP, ERROR)

    # ---- Reports --------------------------------------------------------------------------------

    def test_credential_report(self):
        rows = list(csv.reader(io.StringIO(self.cli("credential-report", "--principal", OPERATOR))))
        self.assertEqual(len(rows[0]), 22)
        self.assertEqual([row[0] for row in rows[1:]], ["<root_account>", "operator"])

    def test_last_use_survives_a_restart(self):
        session = self.assume("RoleC", token=self.assume("RoleA")["Credentials"]["SessionToken"])
        self.decide(session, "s3:PutObject", APP, ALLOWED)
        time.sleep(4)  # What is younger than this is lost at a kill, as the README says.
        self.server.stop(signal.SIGKILL)
        self.server.start()
        report = json.loads(self.cli("last-accessed", role_arn("RoleC"), "--output", "json",
                                     "--principal", OPERATOR))
        used = {service["serviceNamespace"]: service
                for service in report["servicesLastAccessed"]}
        self.assertIn("lastAuthenticated", used["s3"])
        self.assertNotIn("lastAuthenticated", used["sts"])

    # ---- Records --------------------------------------------------------------------------------

    def test_session_name_is_in_every_record(self):
        session = self.assume("App", name="ana.works@home")
        self.decide(session, "s3:PutObject", APP, ALLOWED)
        self.decide(session, "s3:PutObject", "arn:aws:s3:::home/x", DENIED)
        self.server.stop()
        self.addCleanup(self.server.start)
        arn = session["AssumedRoleUser"]["Arn"]
        self.assertTrue(arn.endswith(":assumed-role/App/ana.works@home"))
        records = self.server.audit_records()
        key = session["Credentials"]["AccessKeyId"]
        of_session = [one for one in records
                      if one["userIdentity"].get("accessKeyId") == key]
        self.assertEqual(len(of_session), 2)
        for record in of_session:
            self.assertEqual(record["userIdentity"]["arn"], arn)
        text = (self.server.path / "audit.jsonl").read_text(encoding="utf-8")
        for secret in (session["Credentials"]["SecretAccessKey"],
                       session["Credentials"]["SessionToken"], ANA_SECRET, "12345\""):
            self.assertNotIn(secret, text)


if __name__ == "__main__":
    unittest.main(verbosity=2)
