#!/usr/bin/env python3
"""What boto3 makes of refusals: the class of the exception, and whether it tries again.

Runs the programs of $PORTCULLIS_BIN_DIR in a Python environment with boto3; see python_tools.py.
"""

import json
import time
import unittest
import urllib.error
import urllib.request

from aws_boto3 import WORKER, Boto3Test, client
from aws_shapes import ShapeChecker
from aws_world import (AUDITOR, COMPANY, EVERYTHING, MARKETING, SUBJECT, TESTER,
                       UNREACHABLE_ISSUER, USER1, User, WEB_ROLE)
from portcullis_process import DENIED

import botocore.exceptions  # noqa: E402: aws_boto3 has seen to the environment

NOBODY = User(EVERYTHING, "nobody")


class Calls:
    """Makes one call, counts the requests that a client makes for it, and checks the bytes."""

    def __init__(self, test):
        self.test = test
        self.checker = ShapeChecker()

    def fail(self, sdk, operation, status, code, attempts=1, **parameters):
        """Returns the exception."""
        requests, bodies = [], []
        events = sdk.meta.events
        events.register("before-send", lambda **_: requests.append(1), unique_id="count")
        events.register("before-parse", lambda response_dict, **_: bodies.append(response_dict),
                        unique_id="bodies")
        try:
            with self.test.assertRaises(botocore.exceptions.ClientError, msg=operation) as caught:
                getattr(sdk, operation)(**parameters)
        finally:
            events.unregister("before-send", unique_id="count")
            events.unregister("before-parse", unique_id="bodies")
        answer = caught.exception.response
        self.test.assertEqual((answer["ResponseMetadata"]["HTTPStatusCode"],
                               answer["Error"]["Code"]), (status, code), answer)
        self.test.assertEqual(len(requests), attempts, f"{operation}: {code}")
        for body in bodies:
            _, request_id = self.checker.check_error(
                sdk.meta.service_model.endpoint_prefix, body["body"], status)
            self.test.assertEqual(body["headers"]["x-amzn-RequestId"], request_id)
            self.test.assertEqual(body["headers"]["Content-Type"], "text/xml")
        self.test.assertEqual(self.checker.problems, [])
        return caught.exception


class ErrorsTest(Boto3Test):
    def setUp(self):
        super().setUp()
        self.calls = Calls(self)
        self.loose = {name: client(name, url=self.url, parameter_validation=False)
                      for name in ("sts", "iam")}

    def test_what_is_not_there(self):
        policy = f"arn:aws:iam::{EVERYTHING}:policy/nosuch"
        provider = f"arn:aws:iam::{EVERYTHING}:oidc-provider/nosuch.example.org"
        for operation, parameters in {
                "get_user": {"UserName": "nosuch"}, "list_user_tags": {"UserName": "nosuch"},
                "list_groups_for_user": {"UserName": "nosuch"},
                "list_attached_user_policies": {"UserName": "nosuch"},
                "list_user_policies": {"UserName": "nosuch"},
                "get_user_policy": {"UserName": "reader", "PolicyName": "nosuch"},
                "list_access_keys": {"UserName": "nosuch"},
                "list_mfa_devices": {"UserName": "nosuch"},
                "get_login_profile": {"UserName": "user0"},
                "get_group": {"GroupName": "nosuch"},
                "get_group_policy": {"GroupName": "Readers", "PolicyName": "nosuch"},
                "list_attached_group_policies": {"GroupName": "nosuch"},
                "list_group_policies": {"GroupName": "nosuch"},
                "get_role": {"RoleName": "nosuch"}, "list_role_tags": {"RoleName": "nosuch"},
                "get_role_policy": {"RoleName": "Worker", "PolicyName": "nosuch"},
                "list_attached_role_policies": {"RoleName": "nosuch"},
                "list_role_policies": {"RoleName": "nosuch"},
                "list_instance_profiles_for_role": {"RoleName": "nosuch"},
                "get_instance_profile": {"InstanceProfileName": "nosuch"},
                "get_policy": {"PolicyArn": policy},
                "list_policy_versions": {"PolicyArn": policy},
                "list_policy_tags": {"PolicyArn": policy},
                "list_entities_for_policy": {"PolicyArn": policy},
                "get_policy_version": {"PolicyArn": policy, "VersionId": "v1"},
                "get_open_id_connect_provider": {"OpenIDConnectProviderArn": provider},
                "simulate_principal_policy": {"PolicySourceArn": NOBODY.arn,
                                              "ActionNames": ["s3:GetObject"]},
                "get_context_keys_for_principal_policy": {"PolicySourceArn": NOBODY.arn},
                "generate_service_last_accessed_details": {"Arn": NOBODY.arn},
                "get_service_last_accessed_details": {"JobId": "0" * 36}}.items():
            with self.subTest(operation=operation):
                error = self.calls.fail(self.iam, operation, 404, "NoSuchEntity", **parameters)
                self.assertIsInstance(error, self.iam.exceptions.NoSuchEntityException)
        company = client("iam", user=User(COMPANY, "admin"), url=self.url)
        error = self.calls.fail(company, "get_account_password_policy", 404, "NoSuchEntity")
        self.assertIn(f"The Password Policy with domain name {COMPANY} cannot be found.",
                      str(error))

    def test_other_modelled_classes(self):
        for sdk, operation, parameters, status, code, name in (
                (self.iam, "get_credential_report", {}, 410, "ReportNotPresent",
                 "CredentialReportNotPresentException"),
                (self.iam, "get_policy", {"PolicyArn": "arn:aws:s3:::documents-and-more"}, 400,
                 "InvalidInput", "InvalidInputException"),
                (self.iam, "list_users", {"Marker": "made-up"}, 400, "InvalidInput", None),
                (self.iam, "simulate_custom_policy",
                 {"PolicyInputList": ["{}"], "ActionNames": ["s3:*"]}, 400, "InvalidInput",
                 "InvalidInputException"),
                (self.sts, "assume_role",
                 {"RoleArn": WORKER, "RoleSessionName": "ana", "Policy": '{"Statement": 7}'}, 400,
                 "MalformedPolicyDocument", "MalformedPolicyDocumentException"),
                (self.sts, "decode_authorization_message", {"EncodedMessage": "nonsense"}, 400,
                 "InvalidAuthorizationMessageException", "InvalidAuthorizationMessageException")):
            with self.subTest(operation=operation, code=code):
                error = self.calls.fail(sdk, operation, status, code, **parameters)
                if name is not None:
                    self.assertIsInstance(error, getattr(sdk.exceptions, name))

    def test_web_identity(self):
        now = int(time.time())
        good = {"RoleArn": WEB_ROLE, "RoleSessionName": "pod"}
        forged = self.tokens.token(sub=SUBJECT)[:-6] + "AAAAAA"
        for token, status, code, name in (
                (self.tokens.token(sub=SUBJECT, iat=now - 900, exp=now - 301), 400,
                 "ExpiredTokenException", "ExpiredTokenException"),
                (forged, 400, "InvalidIdentityToken", "InvalidIdentityTokenException"),
                (self.tokens.token(sub=SUBJECT, aud=["other"]), 400, "InvalidIdentityToken",
                 "InvalidIdentityTokenException"),
                (self.tokens.token(sub="system:serviceaccount:other:web"), 403, "AccessDenied",
                 None)):
            with self.subTest(code=code):
                error = self.calls.fail(self.sts, "assume_role_with_web_identity", status, code,
                                        WebIdentityToken=token, **good)
                if name:
                    self.assertIsInstance(error, getattr(self.sts.exceptions, name))

    def test_clients_try_again_when_a_provider_is_out_of_reach(self):
        patient = client("sts", url=self.url, retries={
            "mode": "standard", "total_max_attempts": 3})
        error = self.calls.fail(
            patient, "assume_role_with_web_identity", 400, "IDPCommunicationError", attempts=3,
            RoleArn=WEB_ROLE, RoleSessionName="pod", WebIdentityToken=self.tokens.token(
                sub=SUBJECT, iss=UNREACHABLE_ISSUER))
        self.assertIsInstance(error, patient.exceptions.IDPCommunicationErrorException)

    def test_clients_stop_when_trying_again_is_of_no_use(self):
        """In both modes; section 3 of the clients' facts."""
        assume = {"RoleArn": MARKETING, "RoleSessionName": "x1"}
        wrong_secret = User(COMPANY, "user1")
        wrong_secret.secret = TESTER.secret
        without_token = self.session()
        without_token["SessionToken"] = self.session()["SessionToken"]  # Another session's.
        for mode in ("legacy", "standard"):
            with self.subTest(mode=mode):
                def sdk(mode=mode, **who):
                    return client("sts", url=self.url, retries={"mode": mode}, **who)
                self.calls.fail(sdk(user=TESTER), "assume_role", 403, "AccessDenied", **assume)
                self.calls.fail(sdk(user=NOBODY), "get_caller_identity", 403,
                                "InvalidClientTokenId")
                self.calls.fail(sdk(user=wrong_secret), "get_caller_identity", 403,
                                "SignatureDoesNotMatch")
                self.calls.fail(sdk(session=without_token), "get_caller_identity", 403,
                                "InvalidClientTokenId")
                self.calls.fail(sdk(user=USER1), "assume_role", 400, "ValidationError",
                                **assume, DurationSeconds=99999)

    def test_session_kinds(self):
        session = client("sts", session=self.session(), url=self.url)
        error = self.calls.fail(session, "get_session_token", 403, "AccessDenied")
        self.assertIn("Cannot call GetSessionToken with session credentials", str(error))
        error = self.calls.fail(session, "get_federation_token", 403, "AccessDenied", Name="Jo")
        self.assertIn("Cannot call GetFederationToken with session credentials", str(error))
        without_mfa = self.sts.get_session_token()["Credentials"]
        self.calls.fail(client("iam", session=without_mfa, url=self.url), "list_users", 403,
                        "InvalidClientTokenId")
        federated = self.sts.get_federation_token(Name="Jo")["Credentials"]
        self.calls.fail(client("iam", session=federated, url=self.url), "list_users", 403,
                        "InvalidClientTokenId")
        self.calls.fail(client("sts", session=federated, url=self.url), "assume_role", 403,
                        "AccessDenied", RoleArn=WORKER, RoleSessionName="jo")
        role = client("iam", session=self.session(), url=self.url)
        error = self.calls.fail(role, "get_user", 400, "ValidationError")
        self.assertIn("Must specify userName when calling with non-User credentials", str(error))

    def test_writes_are_refused(self):
        """The YAML is the truth: the refusal says so, and is none that clients repeat."""
        for operation, parameters in {
                "create_user": {"UserName": "new"}, "delete_user": {"UserName": "reader"},
                "create_access_key": {}, "attach_role_policy": {
                    "RoleName": "Worker", "PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"},
                "put_user_policy": {"UserName": "reader", "PolicyName": "a",
                                    "PolicyDocument": "{}"},
                "update_assume_role_policy": {"RoleName": "Worker",
                                              "PolicyDocument": "{}"}}.items():
            with self.subTest(operation=operation):
                with self.assertRaises(botocore.exceptions.ClientError) as caught:
                    getattr(self.iam, operation)(**parameters)
                error = caught.exception.response
                self.assertIn(error["Error"]["Code"], ("AccessDenied", "InvalidAction"))
                self.assertLess(error["ResponseMetadata"]["HTTPStatusCode"], 500)
                self.assertEqual(error["ResponseMetadata"]["RetryAttempts"], 0)
        self.assertEqual(len(self.iam.list_users()["Users"]), 5)


class BoundsTest(Boto3Test):
    """Clients check little before they send: the server has to (sections 1.2 and 5, R-5.5)."""

    STS = [
        ("assume_role", {"DurationSeconds": 99999}, "durationSeconds",
         "Member must have value less than or equal to 43200"),
        ("assume_role", {"DurationSeconds": 899}, "durationSeconds",
         "Member must have value greater than or equal to 900"),
        ("assume_role", {"RoleSessionName": "a b!"}, "roleSessionName",
         "Member must satisfy regular expression pattern: [\\w+=,.@-]*"),
        ("assume_role", {"RoleSessionName": "a"}, "roleSessionName",
         "Member must have length greater than or equal to 2"),
        ("assume_role", {"RoleSessionName": "a" * 65}, "roleSessionName",
         "Member must have length less than or equal to 64"),
        ("assume_role", {"RoleArn": "x"}, "roleArn",
         "Member must have length greater than or equal to 20"),
        ("assume_role", {"ExternalId": "a"}, "externalId",
         "Member must have length greater than or equal to 2"),
        ("assume_role", {"ExternalId": "a b"}, "externalId",
         "Member must satisfy regular expression pattern"),
        ("assume_role", {"SourceIdentity": "a/b"}, "sourceIdentity",
         "Member must satisfy regular expression pattern"),
        ("assume_role", {"SerialNumber": "GAHT12345678", "TokenCode": "12345"}, "tokenCode",
         "Member must have length greater than or equal to 6"),
        ("assume_role", {"SerialNumber": "GAHT12345678", "TokenCode": "12345a"}, "tokenCode",
         "Member must satisfy regular expression pattern"),
        ("assume_role", {"Tags": [{"Key": f"k{number}", "Value": "v"} for number in range(51)]},
         "tags", "Member must have length less than or equal to 50"),
        ("assume_role", {"Tags": [{"Key": "k" * 129, "Value": "v"}]}, "tags.1.member.key",
         "Member must have length less than or equal to 128"),
        ("assume_role", {"Tags": [{"Key": "k!", "Value": "v"}]}, "tags.1.member.key",
         "Member must satisfy regular expression pattern"),
        ("get_federation_token", {"Name": "a" * 33}, "name",
         "Member must have length less than or equal to 32"),
        ("get_federation_token", {"Name": "Jo", "DurationSeconds": 129601}, "durationSeconds",
         "Member must have value less than or equal to 129600"),
        ("get_session_token", {"DurationSeconds": 0}, "durationSeconds",
         "Member must have value greater than or equal to 900"),
        ("get_access_key_info", {"AccessKeyId": "AKIA"}, "accessKeyId",
         "Member must have length greater than or equal to 16"),
        ("decode_authorization_message", {"EncodedMessage": "a" * 10241}, "encodedMessage",
         "Member must have length less than or equal to 10240"),
    ]
    IAM = [
        ("list_users", {"MaxItems": 1001}, "maxItems",
         "Member must have value less than or equal to 1000"),
        ("list_users", {"MaxItems": 0}, "maxItems",
         "Member must have value greater than or equal to 1"),
        ("list_users", {"PathPrefix": "division"}, "pathPrefix",
         "Member must satisfy regular expression pattern"),
        ("list_users", {"PathPrefix": "/" + "a" * 512}, "pathPrefix",
         "Member must have length less than or equal to 512"),
        ("get_user", {"UserName": "a" * 129}, "userName",
         "Member must have length less than or equal to 128"),
        ("get_user", {"UserName": "a/b"}, "userName",
         "Member must satisfy regular expression pattern"),
        ("get_role", {"RoleName": "a" * 65}, "roleName",
         "Member must have length less than or equal to 64"),
        ("list_policies", {"Scope": "Mine"}, "scope",
         "Member must satisfy enum value set"),
        ("get_policy", {"PolicyArn": "arn"}, "policyArn",
         "Member must have length greater than or equal to 20"),
        ("get_policy_version", {"PolicyArn": f"arn:aws:iam::{EVERYTHING}:policy/a",
                                "VersionId": "7"}, "versionId",
         "Member must satisfy regular expression pattern"),
        ("list_virtual_mfa_devices", {"AssignmentStatus": "Lost"}, "assignmentStatus",
         "Member must satisfy enum value set"),
        ("simulate_custom_policy", {"PolicyInputList": ["x"], "ActionNames": ["ab"]},
         "actionNames", "Member must have length greater than or equal to 3"),
        ("get_service_last_accessed_details", {"JobId": "7"}, "jobId",
         "Member must have length greater than or equal to 36"),
    ]

    def refuse(self, service, operation, parameters, *texts):
        sdk = client(service, url=self.url, parameter_validation=False)
        error = Calls(self).fail(sdk, operation, 400, "ValidationError", **parameters)
        for text in texts:
            self.assertIn(text, str(error))

    def test_sts(self):
        for operation, parameters, name, constraint in self.STS:
            if operation == "assume_role":
                parameters = {"RoleArn": WORKER, "RoleSessionName": "ana"} | parameters
            with self.subTest(operation=operation, name=name, constraint=constraint):
                self.refuse("sts", operation, parameters, "1 validation error detected: ",
                            f"at '{name}' failed to satisfy constraint: ", constraint)

    def test_iam(self):
        for operation, parameters, name, constraint in self.IAM:
            with self.subTest(operation=operation, name=name, constraint=constraint):
                self.refuse("iam", operation, parameters, "1 validation error detected: ", name,
                            constraint)

    def test_all_at_once(self):
        self.refuse("sts", "assume_role", {
            "RoleArn": WORKER, "RoleSessionName": "a b", "DurationSeconds": 1},
                    "2 validation errors detected: ", "'roleSessionName'", "'durationSeconds'")

    def test_missing(self):
        self.refuse("sts", "assume_role", {"RoleArn": WORKER}, "'roleSessionName'",
                    "Member must not be null")
        self.refuse("iam", "get_role", {}, "'roleName'", "Member must not be null")


class PresignedTest(Boto3Test):
    """A link that shows who made it (section 4.5)."""

    def fetch(self, link, method="GET"):
        try:
            request = urllib.request.Request(link, method=method)
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as problem:
            return problem.code, problem.read().decode()

    def test_link_tells_who_signed_it(self):
        for session in (None, self.session()):
            for method, other in (("GET", "POST"), ("POST", "GET")):
                link = client("sts", session=session, url=self.url).generate_presigned_url(
                    "get_caller_identity", ExpiresIn=60, HttpMethod=method)
                status, body = self.fetch(link, method)
                self.assertEqual(status, 200, body)
                self.assertIn(":assumed-role/Worker/boto" if session else AUDITOR.arn, body)
                self.assertEqual(self.fetch(link, other)[0], 403)

    def test_changed_links(self):
        link = self.sts.generate_presigned_url("get_caller_identity", ExpiresIn=60,
                                               HttpMethod="GET")
        for changed in (link.replace("X-Amz-Expires=60", "X-Amz-Expires=3600"),
                        link.replace("GetCallerIdentity", "GetSessionToken"), link + "&a=b"):
            with self.subTest(link=changed):
                status, body = self.fetch(changed)
                self.assertEqual(status, 403)
                self.assertIn("<Code>SignatureDoesNotMatch</Code>", body)

    def test_link_ends(self):
        link = self.sts.generate_presigned_url("get_caller_identity", ExpiresIn=1,
                                               HttpMethod="GET")
        self.assertEqual(self.fetch(link)[0], 200)
        time.sleep(2.1)
        status, body = self.fetch(link)
        self.assertEqual(status, 403)
        self.assertRegex(body, "<Code>(SignatureDoesNotMatch|RequestExpired|ExpiredToken)</Code>")


class DecodedRefusalTest(Boto3Test):
    def test_message_of_a_refusal_is_decoded(self):
        refusal = self.server.run("authorize", "s3:GetObject", "arn:aws:s3:::documents/a",
                                  "--principal", AUDITOR.arn, "--encode-denial", "--output", "json")
        self.assertEqual(refusal.returncode, DENIED, refusal.stderr)
        sealed = json.loads(refusal.stdout)["encodedAuthorizationMessage"]
        decoded = json.loads(self.sts.decode_authorization_message(
            EncodedMessage=sealed)["DecodedMessage"])
        self.assertEqual(decoded["allowed"], False)
        self.assertEqual(decoded["context"]["action"], "s3:GetObject")
        self.assertEqual(decoded["context"]["principal"]["arn"], AUDITOR.arn)


if __name__ == "__main__":
    unittest.main(verbosity=2)
