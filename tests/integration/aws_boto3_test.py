#!/usr/bin/env python3
"""boto3 calls every operation, and what comes back is held against the service models.

Runs the programs of $PORTCULLIS_BIN_DIR in a Python environment with boto3; see python_tools.py.
"""

import json
import re
import time
import unittest

from aws_boto3 import WORKER, Boto3Test, client
from aws_clients import REGION
from aws_shapes import ShapeChecker, member_paths
from aws_world import AUDITOR, EVERYTHING, READER, SAML_ARN, SUBJECT, role_arn
from portcullis_process import code_of_device

import boto3  # noqa: E402: aws_boto3 has seen to the environment
import botocore.exceptions  # noqa: E402
from botocore import xform_name  # noqa: E402

POLICY = f"arn:aws:iam::{EVERYTHING}:policy/division/Documents"
BOUNDARY = f"arn:aws:iam::{EVERYTHING}:policy/division/Boundary"
POD = role_arn("Pod", EVERYTHING)
EMPLOYEE = role_arn("Employee", EVERYTHING)
OIDC_ARN = f"arn:aws:iam::{EVERYTHING}:oidc-provider/cluster.example.org/id/7"
ALLOW_S3 = json.dumps({"Version": "2012-10-17", "Statement": {
    "Effect": "Allow", "Action": "s3:*", "Resource": "*",
    "Condition": {"StringEquals": {"aws:PrincipalTag/team": "${aws:username}"}}}})
BUCKET_POLICY = json.dumps({"Version": "2012-10-17", "Statement": {
    "Effect": "Allow", "Principal": {"AWS": READER.arn}, "Action": "s3:*",
    "Resource": "arn:aws:s3:::documents/*"}})

# Members that have no value here, as patterns of paths, with the reason. AWS leaves the first ones
# out of its listings; that a server sends them does no harm (section 6.1 of the clients' facts).
NOT_APPLICABLE = {
    r"(ListUsers|GetGroup)\.Users\[\]\.(PermissionsBoundary|Tags)\b": "only GetUser tells",
    r"(ListRoles|ListInstanceProfiles(ForRole)?\.InstanceProfiles\[\]|GetInstanceProfile\."
    r"InstanceProfile|GetAccountAuthorizationDetails\.RoleDetailList\[\]\.InstanceProfileList\[\])"
    r"\.Roles\[\]\.(Description|MaxSessionDuration|PermissionsBoundary|Tags|RoleLastUsed)\b":
        "only GetRole tells",
    r"ListPolicies\.Policies\[\]\.(Description|Tags)\b": "only GetPolicy tells",
    r"ListPolicyVersions\.Versions\[\]\.Document": "only GetPolicyVersion tells",
    r"(ListInstanceProfiles(ForRole)?|GetAccountAuthorizationDetails)\."
    r".*InstanceProfile(s|List)\[\]\.Tags\b": "only GetInstanceProfile tells",
    r"ListVirtualMFADevices\.VirtualMFADevices\[\]\.(Base32StringSeed|QRCodePNG)":
        "secret; told once, when a device is made",
    r"ListVirtualMFADevices\.VirtualMFADevices\[\]\.(Tags|User\.(PermissionsBoundary|Tags))\b":
        "only ListMFADeviceTags and GetUser tell",
    r"GetServiceLastAccessedDetails(WithEntities)?\.Error\b": "only of a job that failed",
    r"ListSAMLProviders\.SAMLProviderList\[\]\.ValidUntil": "metadata need not end",
    r"GetSAMLProvider\.(ValidUntil|AssertionEncryptionMode|PrivateKeyList|SAMLProviderUUID)\b":
        "metadata need not end; assertions are not encrypted",
    r"GetMFADevice\.Certifications\b": "only of hardware keys",
    r".*\.SourceRoleTemplate\b": "only of roles that AWS made from templates",
    r"SimulateCustomPolicy\..*(OrganizationsDecisionDetail)\b": "no account is concerned",
}


class EveryOperationTest(Boto3Test):
    """Each operation, with parameters that between them fill every member that applies."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.checker = ShapeChecker()
        cls.models = {}
        for sdk in (cls.sts, cls.iam):
            sdk.meta.events.register("before-parse", cls.note)
        cls.use_things()

    @classmethod
    def note(cls, operation_model, response_dict, **_):
        if response_dict["status_code"] == 200:
            cls.models[operation_model.name] = operation_model
            cls.checker.check_answer(operation_model, operation_model.metadata["signingName"]
                                     if "signingName" in operation_model.metadata
                                     else operation_model.metadata["endpointPrefix"],
                                     response_dict["body"])

    @classmethod
    def use_things(cls):
        """So that there are last uses to tell of, in a region, which IAM and STS do not have."""
        worker = cls.sts.assume_role(RoleArn=WORKER, RoleSessionName="worker")["Credentials"]
        client("iam", session=worker, url=cls.url).get_account_summary()
        client("sts", user=READER, url=cls.url).get_caller_identity()
        question = ("authorize", "s3:GetObject", "arn:aws:s3:::documents/a", "--context",
                    f"aws:RequestedRegion={REGION}")
        time.sleep(1.1)  # So that this is the last use: times are whole seconds.
        cls.server.run(*question, token=worker["SessionToken"])
        cls.server.run(*question, "--principal", READER.arn)

    def check(self, *operations):
        """Every member of their models was seen, or does not apply; and nothing was wrong."""
        self.assertEqual(self.checker.problems, [])
        missing = [path for operation in operations for path in member_paths(self.models[operation])
                   if path not in self.checker.seen
                   and not any(re.match(pattern, path) for pattern in NOT_APPLICABLE)]
        self.assertEqual(missing, [])

    def call(self, operation, **parameters):
        return getattr(self.iam, xform_name(operation))(**parameters)

    def both(self, operation, **parameters):
        """The whole listing and one that goes on."""
        self.call(operation, **parameters)
        self.call(operation, MaxItems=1, **parameters)
        self.check(operation)

    def single(self, operation, **parameters):
        """A listing of one: it never goes on."""
        self.call(operation, **parameters)
        self.checker.seen.add(f"{operation}.Marker")
        self.check(operation)

    def test_sts(self):
        self.sts.get_caller_identity()
        self.sts.assume_role(RoleArn=WORKER, RoleSessionName="all", SourceIdentity="Ana",
                             Tags=[{"Key": "a", "Value": "b"}], Policy=ALLOW_S3)
        bare = client("sts", url=self.url)
        bare.meta.events.register("before-parse", self.note)
        bare.assume_role_with_web_identity(
            RoleArn=POD, RoleSessionName="pod", Policy=ALLOW_S3, WebIdentityToken=self.tokens.token(
                sub=SUBJECT, **{"https://aws.amazon.com/source_identity": "Ana"}))
        bare.assume_role_with_saml(
            RoleArn=EMPLOYEE, PrincipalArn=SAML_ARN, Policy=ALLOW_S3,
            SAMLAssertion=self.saml.assertion("jo-4711", {
                "Role": [f"{EMPLOYEE},{SAML_ARN}"], "RoleSessionName": ["jo"],
                "SourceIdentity": ["Ana"]}))
        reader = client("sts", user=READER, url=self.url)
        reader.meta.events.register("before-parse", self.note)
        reader.get_session_token(SerialNumber=READER.serial,
                                 TokenCode=code_of_device(READER.seed))
        self.sts.get_federation_token(Name="Jo", Policy=ALLOW_S3)
        self.assertEqual(self.sts.get_access_key_info(AccessKeyId=READER.key)["Account"],
                         EVERYTHING)
        self.check("GetCallerIdentity", "AssumeRole", "AssumeRoleWithWebIdentity",
                   "AssumeRoleWithSAML", "GetSessionToken", "GetFederationToken",
                   "GetAccessKeyInfo")

    def test_users_and_groups(self):
        self.assertEqual(self.iam.get_user()["User"]["Arn"], AUDITOR.arn)
        user = self.iam.get_user(UserName=READER.name)["User"]
        self.assertEqual(user["Arn"], READER.arn)
        self.assertEqual(user["PermissionsBoundary"]["PermissionsBoundaryArn"], BOUNDARY)
        self.check("GetUser")
        self.both("ListUsers")
        self.both("ListGroups")
        for operation in ("ListUserTags", "ListGroupsForUser", "ListAttachedUserPolicies",
                          "ListUserPolicies", "ListAccessKeys", "ListMFADevices"):
            if operation in ("ListAttachedUserPolicies", "ListMFADevices"):  # There is one.
                self.single(operation, UserName=READER.name)
            else:
                self.both(operation, UserName=READER.name)
        for operation in ("GetGroup", "ListAttachedGroupPolicies", "ListGroupPolicies"):
            self.both(operation, GroupName="Readers")
        document = self.iam.get_user_policy(UserName=READER.name, PolicyName="Own")
        self.assertIn("Statement", document["PolicyDocument"])
        self.iam.get_group_policy(GroupName="Readers", PolicyName="Own")
        self.check("GetUserPolicy", "GetGroupPolicy")

    def test_roles(self):
        role = self.iam.get_role(RoleName="Worker")["Role"]
        self.assertEqual(role["Arn"], WORKER)
        self.assertEqual(role["Description"], "Works & <waits>")
        self.assertEqual(role["RoleLastUsed"]["Region"], REGION)
        self.iam.get_role_policy(RoleName="Worker", PolicyName="Own")
        self.check("GetRole", "GetRolePolicy")
        self.both("ListRoles")
        self.both("ListInstanceProfiles")
        for operation in ("ListRoleTags", "ListAttachedRolePolicies", "ListRolePolicies"):
            self.both(operation, RoleName="Worker")
        self.single("ListInstanceProfilesForRole", RoleName="Worker")
        profile = self.iam.get_instance_profile(InstanceProfileName="Workers")["InstanceProfile"]
        self.assertEqual([role["Arn"] for role in profile["Roles"]], [WORKER])
        self.check("GetInstanceProfile")
        self.both("ListInstanceProfileTags", InstanceProfileName="Workers")

    def test_policies(self):
        self.assertEqual(self.iam.get_policy(PolicyArn=POLICY)["Policy"]["AttachmentCount"], 4)
        for version in ("v1", "v2"):
            self.iam.get_policy_version(PolicyArn=POLICY, VersionId=version)
        self.check("GetPolicy", "GetPolicyVersion")
        self.both("ListPolicies", Scope="Local")
        for operation in ("ListPolicyVersions", "ListPolicyTags", "ListEntitiesForPolicy"):
            self.both(operation, PolicyArn=POLICY)
        boundaries = self.iam.list_entities_for_policy(
            PolicyArn=BOUNDARY, PolicyUsageFilter="PermissionsBoundary")
        self.assertEqual([user["UserName"] for user in boundaries["PolicyUsers"]], ["reader"])
        self.assertEqual([role["RoleName"] for role in boundaries["PolicyRoles"]], ["Worker"])

    def test_account(self):
        summary = self.iam.get_account_summary()["SummaryMap"]
        self.assertEqual((summary["Users"], summary["Groups"], summary["Policies"]), (5, 2, 3))
        self.iam.get_account_password_policy()
        self.single("ListAccountAliases")
        self.iam.get_login_profile(UserName=READER.name)
        self.iam.get_access_key_last_used(AccessKeyId=READER.key)
        self.check("GetAccountSummary", "GetAccountPasswordPolicy", "GetLoginProfile",
                   "GetAccessKeyLastUsed")
        self.both("GetAccountAuthorizationDetails")

    def test_providers_and_devices(self):
        self.single("ListVirtualMFADevices")
        self.iam.get_mfa_device(SerialNumber=READER.serial, UserName=READER.name)
        self.both("ListMFADeviceTags", SerialNumber=READER.serial)
        self.iam.list_open_id_connect_providers()
        provider = self.iam.get_open_id_connect_provider(OpenIDConnectProviderArn=OIDC_ARN)
        self.assertEqual(provider["ClientIDList"], ["portcullis", "other"])
        self.iam.list_saml_providers()
        self.iam.get_saml_provider(SAMLProviderArn=SAML_ARN)
        self.check("GetMFADevice", "ListOpenIDConnectProviders", "GetOpenIDConnectProvider",
                   "ListSAMLProviders", "GetSAMLProvider")
        self.both("ListOpenIDConnectProviderTags", OpenIDConnectProviderArn=OIDC_ARN)
        self.both("ListSAMLProviderTags", SAMLProviderArn=SAML_ARN)

    def test_uploads(self):
        """Nobody has any, and programs that audit accounts hear so."""
        for operation, member, parameters in (
                ("list_ssh_public_keys", "SSHPublicKeys", {"UserName": READER.name}),
                ("list_signing_certificates", "Certificates", {}),
                ("list_service_specific_credentials", "ServiceSpecificCredentials",
                 {"AllUsers": True}),
                ("list_server_certificates", "ServerCertificateMetadataList", {})):
            self.assertEqual(getattr(self.iam, operation)(**parameters)[member], [])
        for call in (
                lambda: self.iam.get_ssh_public_key(UserName=READER.name, Encoding="SSH",
                                                    SSHPublicKeyId="APKAEIBAERJR2EXAMPLE"),
                lambda: self.iam.get_server_certificate(ServerCertificateName="web"),
                lambda: self.iam.list_server_certificate_tags(ServerCertificateName="web")):
            with self.assertRaises(self.iam.exceptions.NoSuchEntityException):
                call()

    def test_simulation(self):
        document = "arn:aws:s3:::documents/reader/a"
        evaluated = self.iam.simulate_principal_policy(
            PolicySourceArn=READER.arn, ActionNames=["s3:GetObject", "ec2:RunInstances"],
            ResourceArns=[document], ContextEntries=[{
                "ContextKeyName": "aws:SourceIp", "ContextKeyType": "ip",
                "ContextKeyValues": ["203.0.113.7"]}])["EvaluationResults"]
        self.assertEqual([one["EvalDecision"] for one in evaluated], ["allowed", "implicitDeny"])
        without = self.iam.simulate_principal_policy(
            PolicySourceArn=READER.arn, ActionNames=["s3:GetObject"], ResourceArns=[document])
        self.assertIn("aws:SourceIp", str(without["EvaluationResults"]))
        self.iam.simulate_principal_policy(  # Across accounts.
            PolicySourceArn=READER.arn, ActionNames=["s3:GetObject"], ResourceArns=[document],
            ResourceOwner="arn:aws:iam::123456789012:root", ResourcePolicy=BUCKET_POLICY,
            CallerArn=READER.arn)
        self.both("SimulatePrincipalPolicy", PolicySourceArn=READER.arn,
                  ActionNames=["s3:GetObject", "s3:PutObject"])
        entries = [{"ContextKeyName": name, "ContextKeyType": "string",
                    "ContextKeyValues": ["reader"]}
                   for name in ("aws:PrincipalTag/team", "aws:username")]
        self.iam.simulate_custom_policy(
            PolicyInputList=[ALLOW_S3], ActionNames=["s3:GetObject"], ResourceArns=[document],
            ContextEntries=entries,
            PermissionsBoundaryPolicyInputList=[ALLOW_S3], CallerArn=READER.arn,
            ResourcePolicy=BUCKET_POLICY, ResourceOwner="arn:aws:iam::123456789012:root")
        self.both("SimulateCustomPolicy", PolicyInputList=[ALLOW_S3], ContextEntries=entries,
                  ActionNames=["s3:GetObject", "s3:PutObject"])
        self.assertEqual(self.iam.get_context_keys_for_custom_policy(
            PolicyInputList=[ALLOW_S3])["ContextKeyNames"],
                         ["aws:PrincipalTag/team", "aws:username"])
        keys = self.iam.get_context_keys_for_principal_policy(PolicySourceArn=READER.arn)
        self.assertIn("aws:SourceIp", keys["ContextKeyNames"])
        self.check("GetContextKeysForCustomPolicy", "GetContextKeysForPrincipalPolicy")

    def test_credential_report(self):
        self.iam.generate_credential_report()
        deadline = time.monotonic() + 30
        while self.iam.generate_credential_report()["State"] != "COMPLETE":
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.1)
        report = self.iam.get_credential_report()
        lines = report["Content"].decode().split("\n")
        self.assertTrue(lines[0].startswith("user,arn,user_creation_time,password_enabled"))
        self.assertTrue(lines[1].startswith("<root_account>,"))
        self.assertEqual(len(lines), 2 + 5)
        self.check("GenerateCredentialReport", "GetCredentialReport")

    def test_service_last_accessed(self):
        for granularity in ("SERVICE_LEVEL", "ACTION_LEVEL"):
            job = self.iam.generate_service_last_accessed_details(
                Arn=WORKER, Granularity=granularity)["JobId"]
            deadline = time.monotonic() + 30
            while self.iam.get_service_last_accessed_details(
                    JobId=job)["JobStatus"] == "IN_PROGRESS":
                self.assertLess(time.monotonic(), deadline)
                time.sleep(0.1)
            self.iam.get_service_last_accessed_details(JobId=job, MaxItems=1)
        self.single("GetServiceLastAccessedDetailsWithEntities", JobId=job, ServiceNamespace="iam")
        self.single("ListPoliciesGrantingServiceAccess", Arn=READER.arn, ServiceNamespaces=["s3"])
        self.check("GenerateServiceLastAccessedDetails", "GetServiceLastAccessedDetails")


class ConvenienceTest(Boto3Test):
    """What boto3 builds on the operations."""

    def test_resources(self):
        iam = boto3.session.Session(
            region_name=REGION, aws_access_key_id=AUDITOR.key,
            aws_secret_access_key=AUDITOR.secret).resource("iam", endpoint_url=self.url)
        self.assertEqual(iam.CurrentUser().arn, AUDITOR.arn)
        self.assertEqual(len(list(iam.users.all())), 5)
        reader = iam.User(READER.name)
        self.assertEqual([group.name for group in reader.groups.all()], ["Readers", "Writers"])
        self.assertIn(READER.key, [key.id for key in reader.access_keys.all()])
        attached = [policy.arn for policy in iam.Role("Worker").attached_policies.all()]
        self.assertEqual(sorted(attached), [BOUNDARY, POLICY])
        self.assertEqual(iam.Policy(POLICY).default_version.document["Version"], "2012-10-17")
        self.assertEqual(iam.AccountPasswordPolicy().minimum_password_length, 12)

    def test_waiters(self):
        for waiter, parameters in (("user_exists", {"UserName": READER.name}),
                                   ("role_exists", {"RoleName": "Worker"}),
                                   ("policy_exists", {"PolicyArn": POLICY}),
                                   ("instance_profile_exists", {"InstanceProfileName": "Workers"})):
            self.iam.get_waiter(waiter).wait(**parameters, WaiterConfig={"MaxAttempts": 1})
        with self.assertRaises(botocore.exceptions.WaiterError):
            self.iam.get_waiter("user_exists").wait(
                UserName="nosuch", WaiterConfig={"MaxAttempts": 1})


class PagesTest(Boto3Test):
    """Paginators fetch everything once, however small the pages (section 2.4)."""

    PARAMETERS = {
        "UserName": READER.name, "GroupName": "Readers", "RoleName": "Worker", "PolicyArn": POLICY,
        "InstanceProfileName": "Workers", "SerialNumber": READER.serial,
        "OpenIDConnectProviderArn": OIDC_ARN, "SAMLProviderArn": SAML_ARN,
        "PolicySourceArn": READER.arn, "PolicyInputList": [ALLOW_S3],
        "ActionNames": ["s3:GetObject", "s3:PutObject", "s3:ListBucket"]}

    def paginated(self):
        for name in self.iam.meta.method_to_api_mapping:  # No account has certificates.
            if name != "list_server_certificate_tags" and self.iam.can_paginate(name):
                yield name

    def test_everything_comes_once(self):
        names = list(self.paginated())
        self.assertGreater(len(names), 20)
        for name in names:
            model = self.iam.meta.service_model.operation_model(
                self.iam.meta.method_to_api_mapping[name])
            parameters = {member: self.PARAMETERS[member] for member in model.input_shape.members
                          if member in self.PARAMETERS and (
                              member in model.input_shape.required_members
                              or member == "UserName")}
            results = [
                self.iam.get_paginator(name).paginate(
                    **parameters, PaginationConfig={"PageSize": size}).build_full_result()
                for size in (1000, 1, 2)]
            with self.subTest(operation=name):
                whole = json.dumps(results[0], default=str, sort_keys=True)
                for result in results[1:]:
                    self.assertEqual(json.dumps(result, default=str, sort_keys=True), whole)

    def test_one_user_on_each_page(self):
        pages = list(self.iam.get_paginator("list_users").paginate(
            PaginationConfig={"PageSize": 1}))
        self.assertEqual([len(page["Users"]) for page in pages], [1] * 5)
        names = [page["Users"][0]["UserName"] for page in pages]
        self.assertEqual(names, sorted(names, key=str.lower))

    def test_starting_token(self):
        pages = self.iam.get_paginator("list_users").paginate(PaginationConfig={"MaxItems": 2})
        first = pages.build_full_result()
        rest = self.iam.get_paginator("list_users").paginate(
            PaginationConfig={"StartingToken": first["NextToken"]}).build_full_result()
        self.assertEqual(len(first["Users"]) + len(rest["Users"]), 5)

    def test_filters(self):
        self.assertEqual([user["UserName"] for user in self.iam.list_users(
            PathPrefix="/division/")["Users"]], [READER.name])
        details = self.iam.get_account_authorization_details(Filter=["Role"])
        self.assertEqual(details["UserDetailList"], [])
        self.assertEqual(len(details["RoleDetailList"]), 6)
        self.assertEqual([policy["PolicyName"] for policy in self.iam.list_policies(
            Scope="Local", OnlyAttached=True)["Policies"]], ["Boundary", "Documents"])
        self.assertEqual(self.iam.list_policies(
            Scope="Local", PolicyUsageFilter="PermissionsBoundary")["Policies"][0]["Arn"], BOUNDARY)


if __name__ == "__main__":
    unittest.main(verbosity=2)
