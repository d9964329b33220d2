#!/usr/bin/env python3
"""Commands of the AWS command line beside the guide's, with the options people give them.

Runs the programs of $PORTCULLIS_BIN_DIR; see python_tools.py for the command line.
"""

import base64
import json
import unittest
import urllib.error
import urllib.request

from aws_clients import AWS_FAILED, AwsTest
from aws_world import AUDITOR, EVERYTHING, MORGAN, READER, TESTER, role_arn
from python_tools import require

EVERYBODY = ["auditor", "reader", "user0", "user1", "user2"]


def setUpModule():
    require("aws")


class CommandsTest(AwsTest):
    def setUp(self):
        super().setUp()
        self.configure(default=AUDITOR, tester=TESTER, morgan=MORGAN)

    def names(self, options):
        return [user["UserName"] for user in self.aws(f"aws iam list-users {options}")["Users"]]

    def test_pages(self):  # Section 2.4
        self.assertEqual(self.names("--page-size 2"), EVERYBODY)
        first = self.aws("aws iam list-users --max-items 2")
        self.assertEqual([user["UserName"] for user in first["Users"]], EVERYBODY[:2])
        self.assertEqual(self.names(f"--starting-token {first['NextToken']}"), EVERYBODY[2:])
        self.assertEqual(self.names("--path-prefix /division/"), [READER.name])

    def test_documents_are_objects(self):
        role = self.aws("aws iam get-role --role-name Worker")["Role"]
        self.assertEqual(role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"],
                         {"AWS": EVERYTHING})
        details = self.aws("aws iam get-account-authorization-details --filter User Group")
        [reader] = [user for user in details["UserDetailList"] if user["UserName"] == "reader"]
        self.assertEqual(reader["GroupList"], ["Readers", "Writers"])
        self.assertEqual(reader["UserPolicyList"][0]["PolicyDocument"]["Version"], "2012-10-17")

    def test_session_token_with_a_code(self):
        session = self.aws("aws sts get-session-token --profile morgan --serial-number "
                           f"{MORGAN.serial} --token-code {self.fresh_code(MORGAN)}")["Credentials"]
        variables = {"AWS_ACCESS_KEY_ID": session["AccessKeyId"],
                     "AWS_SECRET_ACCESS_KEY": session["SecretAccessKey"],
                     "AWS_SESSION_TOKEN": session["SessionToken"]}
        self.assertEqual(self.aws("aws sts get-caller-identity", **variables)["Arn"], MORGAN.arn)
        self.assertIn("(AccessDenied) when calling the ListUsers operation",  # Not for want of MFA.
                      self.aws("aws iam list-users", expect=AWS_FAILED, **variables))

    def test_simulation(self):
        simulated = self.aws("aws iam simulate-principal-policy --policy-source-arn "
                             f"{READER.arn} --action-names s3:GetObject --resource-arns "
                             "arn:aws:s3:::documents/reader/a --context-entries "
                             "ContextKeyName=aws:SourceIp,ContextKeyType=ip,"
                             "ContextKeyValues=203.0.113.9")
        [result] = simulated["EvaluationResults"]
        self.assertEqual(result["EvalDecision"], "allowed")
        self.assertTrue(result["MatchedStatements"])

    def test_credential_report(self):
        while self.aws("aws iam generate-credential-report")["State"] != "COMPLETE":
            pass  # Each turn takes the command a second.
        report = self.aws("aws iam get-credential-report")
        self.assertEqual(report["ReportFormat"], "text/csv")
        self.assertIn("\nreader,", base64.b64decode(report["Content"]).decode())

    def test_tags_and_policies_of_sessions(self):
        policy = json.dumps({"Version": "2012-10-17", "Statement": {
            "Effect": "Allow", "Action": "iam:GetAccountSummary", "Resource": "*"}})
        session = self.aws([
            "aws", "sts", "assume-role", "--role-arn", role_arn("division/Worker", EVERYTHING),
            "--role-session-name", "narrow", "--tags", "Key=team,Value=a b+c:d", "--policy",
            policy])
        self.assertGreater(session["PackedPolicySize"], 0)
        variables = {"AWS_ACCESS_KEY_ID": session["Credentials"]["AccessKeyId"],
                     "AWS_SECRET_ACCESS_KEY": session["Credentials"]["SecretAccessKey"],
                     "AWS_SESSION_TOKEN": session["Credentials"]["SessionToken"]}
        self.aws("aws iam get-account-summary", **variables)
        self.assertIn("(AccessDenied)", self.aws("aws iam get-role --role-name Worker",
                                                 expect=AWS_FAILED, **variables))

    def test_endpoint_given_by_option_and_by_service(self):  # Section 1.3
        nowhere = "http://127.0.0.1:9"
        who = self.aws(f"aws sts get-caller-identity --endpoint-url {self.url}",
                       AWS_ENDPOINT_URL=nowhere)
        self.assertEqual(who["Arn"], AUDITOR.arn)
        who = self.aws("aws sts get-caller-identity", AWS_ENDPOINT_URL=nowhere,
                       AWS_ENDPOINT_URL_STS=self.url)
        self.assertEqual(who["Arn"], AUDITOR.arn)

    def test_token_for_a_cluster(self):
        """`aws eks get-token` is a link for GetCallerIdentity that holds for one cluster only."""
        token = self.aws("aws eks get-token --cluster-name shop")["status"]["token"]
        link = base64.urlsafe_b64decode(token.removeprefix("k8s-aws-v1.") + "==").decode()

        def fetch(cluster):
            request = urllib.request.Request(link, headers={"x-k8s-aws-id": cluster})
            return urllib.request.urlopen(request, timeout=30).read().decode()

        self.assertIn(f"<Arn>{AUDITOR.arn}</Arn>", fetch("shop"))
        with self.assertRaises(urllib.error.HTTPError) as caught:
            fetch("other")
        self.assertEqual(caught.exception.code, 403)

    def test_without_signature(self):
        self.assertIn("(MissingAuthenticationToken) when calling the GetCallerIdentity operation: "
                      "Request is missing Authentication Token",
                      self.aws("aws sts get-caller-identity --no-sign-request", expect=AWS_FAILED))

    def test_any_region(self):  # Facts 1 and 4
        for region in ("us-east-1", "ap-northeast-2", "portcullis-1"):
            self.assertEqual(self.aws("aws sts get-caller-identity",
                                      AWS_DEFAULT_REGION=region)["Arn"], AUDITOR.arn)

    def test_writing(self):
        for command, operation, place in (("create-user --user-name new", "CreateUser", EVERYTHING),
                                          ("delete-user --user-name reader", "DeleteUser",
                                           "everything.yaml")):
            message = self.aws(f"aws iam {command}", expect=AWS_FAILED)
            self.assertIn(f"(AccessDenied) when calling the {operation} operation: ", message)
            self.assertIn(place, message)


if __name__ == "__main__":
    unittest.main(verbosity=2)
