"""The accounts that the AWS clients of the tests work with: those of the guide to roles in the AWS
command line, and one that has something of everything the IAM API can show.

123456789012 is the account of the guide's people, 128716708097 that of its example with MFA,
234567890123 the other company's, 555555555555 the one with something of everything.
"""

import base64
import hashlib

import yaml

COMPANY = "123456789012"
LISTING = "128716708097"
OTHER = "234567890123"
EVERYTHING = "555555555555"

ISSUER = "https://cluster.example.org/id/7"
PROVIDER = ISSUER.removeprefix("https://")
PROVIDER_ARN = f"arn:aws:iam::{COMPANY}:oidc-provider/{PROVIDER}"
POD_PROVIDER_ARN = f"arn:aws:iam::{EVERYTHING}:oidc-provider/{PROVIDER}"
SAML_ARN = f"arn:aws:iam::{EVERYTHING}:saml-provider/Company"
SUBJECT = "system:serviceaccount:shop:web"
UNREACHABLE_ISSUER = "https://unreachable.example.org"
EXTERNAL_ID = "123456"


class User:
    """Somebody with an access key, and perhaps a device; both follow from the name."""

    def __init__(self, account, name, path="/"):
        digest = hashlib.sha256(f"{account}/{name}".encode()).digest()
        self.account = account
        self.name = name
        self.arn = f"arn:aws:iam::{account}:user{path}{name}"
        self.key = "AKIA" + base64.b32encode(digest[:10]).decode()
        self.secret = base64.b64encode(digest[:30]).decode()
        self.serial = f"arn:aws:iam::{account}:mfa/{name}"
        self.seed = base64.b32encode(digest[:20]).decode()

    def definition(self, **more):
        return {"UserName": self.name, "AccessKeys": [
            {"AccessKeyId": self.key, "SecretAccessKey": _secret(self.secret)}]} | more

    def devices(self):
        return [{"SerialNumber": self.serial, "Seed": _secret(self.seed)}]


def _secret(text):
    return {"Inline": text, "AllowInlineSecret": True}


USER1 = User(COMPANY, "user1")  # May assume marketingadminrole.
ANIKA = User(COMPANY, "anika")  # Trusted by name, with MFA.
SAANVI = User(COMPANY, "saanvi")  # Works for the other company, with external id and MFA.
MARIA = User(COMPANY, "maria")  # Works for it as well; her sessions have names.
MORGAN = User(COMPANY, "morgan")  # Has a device and no role.
TESTER = User(COMPANY, "tester")  # May nothing.
BROKER = User(COMPANY, "broker")  # Vouches for others.
ADMIN = User(COMPANY, "admin")
CLI_USER = User(LISTING, "cli-user")
AUDITOR = User(EVERYTHING, "auditor")  # Reads everything.
READER = User(EVERYTHING, "reader", "/division/team/")  # Has everything that a user can have.


def role_arn(name, account=COMPANY):
    return f"arn:aws:iam::{account}:role/{name}"


MARKETING = role_arn("marketingadminrole")
CLI_ROLE = role_arn("cli-role", LISTING)
SOME_ROLE = role_arn("SomeRole", OTHER)
WEB_ROLE = role_arn("RoleNameToAssume")

# JSON is YAML: what is not worth a sentence is made by functions, the rest is written as people do.
GUIDE = f"""
Account: "{COMPANY}"
OIDCProviders:
  - Url: {ISSUER}
    ClientIdList: [portcullis]
    JsonWebKeySet: {{ File: identity/keys.json }}
  - Url: {UNREACHABLE_ISSUER}
    ClientIdList: [portcullis]
    JsonWebKeySetUrl: https://127.0.0.1:9/keys
Roles:
  - RoleName: marketingadminrole
    MaxSessionDuration: 43200
    AssumeRolePolicyDocument:
      Version: "2012-10-17"
      Statement: {{ Effect: Allow, Principal: {{ AWS: "{COMPANY}" }}, Action: "sts:AssumeRole" }}
    Policies:
      - PolicyName: Marketing
        PolicyDocument:
          Version: "2012-10-17"
          Statement:
            - {{ Effect: Allow, Action: "iam:ListRoles", Resource: "*" }}
            - {{ Effect: Allow, Action: "sts:AssumeRole", Resource: "{role_arn('second')}" }}
  - RoleName: second
    AssumeRolePolicyDocument:
      Version: "2012-10-17"
      Statement: {{ Effect: Allow, Principal: {{ AWS: "{MARKETING}" }}, Action: "sts:AssumeRole" }}
  - RoleName: anikarole
    AssumeRolePolicyDocument:
      {{
        "Version": "2012-10-17",
        "Statement": [
          {{
            "Sid": "",
            "Effect": "Allow",
            "Principal": {{ "AWS": "{ANIKA.arn}" }},
            "Action": "sts:AssumeRole",
            "Condition": {{ "Bool": {{ "aws:multifactorAuthPresent": true }} }}
          }}
        ]
      }}
  - RoleName: RoleNameToAssume
    MaxSessionDuration: 7200
    AssumeRolePolicyDocument:
      Version: "2012-10-17"
      Statement:
        Effect: Allow
        Principal: {{ Federated: "{PROVIDER_ARN}" }}
        Action: sts:AssumeRoleWithWebIdentity
        Condition: {{ StringEquals: {{ "{PROVIDER}:sub": "{SUBJECT}" }} }}
    Policies:
      - PolicyName: OnwardAndAround
        PolicyDocument:
          Version: "2012-10-17"
          Statement:
            - {{ Effect: Allow, Action: "sts:AssumeRole", Resource: "{role_arn('afterweb')}" }}
            - {{ Effect: Allow, Action: "iam:ListRoles", Resource: "*" }}
  - RoleName: hostrole
    AssumeRolePolicyDocument:
      Version: "2012-10-17"
      Statement:
        Effect: Allow
        Principal: {{ Service: [ecs-tasks.amazonaws.com, ec2.amazonaws.com] }}
        Action: sts:AssumeRole
    Policies:
      - PolicyName: Onward
        PolicyDocument:
          Version: "2012-10-17"
          Statement: {{ Effect: Allow, Action: "sts:AssumeRole", Resource: "{MARKETING}" }}
  - RoleName: afterweb
    AssumeRolePolicyDocument:
      Version: "2012-10-17"
      Statement: {{ Effect: Allow, Principal: {{ AWS: "{WEB_ROLE}" }}, Action: "sts:AssumeRole" }}
"""


def _allow(action, resource="*", **more):
    return {"Effect": "Allow", "Action": action, "Resource": resource} | more


def _inline(name, *statements):
    return {"PolicyName": name, "PolicyDocument": _document(*statements)}


def _document(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def _trust(principal, **more):
    return _document({"Effect": "Allow", "Principal": {"AWS": principal},
                      "Action": ["sts:AssumeRole", "sts:TagSession",
                                 "sts:SetSourceIdentity"]} | more)


def _guide():
    """The guide's people besides its roles."""
    partner = _inline("Partner", _allow("sts:AssumeRole", SOME_ROLE))
    return yaml.safe_load(GUIDE) | {"Users": [
        USER1.definition(Policies=[_inline("Marketing", _allow("sts:*", MARKETING))]),
        ANIKA.definition(MFADevices=ANIKA.devices()),
        SAANVI.definition(MFADevices=SAANVI.devices(), Policies=[partner]),
        MARIA.definition(Policies=[partner]),
        MORGAN.definition(MFADevices=MORGAN.devices()),
        TESTER.definition(),
        BROKER.definition(Policies=[_inline(
            "Vouch", _allow(["sts:GetFederationToken", "sts:TagSession"]),
            _allow("s3:GetObject", "arn:aws:s3:::reports/*"))]),
        ADMIN.definition(ManagedPolicyArns=["arn:aws:iam::aws:policy/AdministratorAccess"]),
    ]}


def _listing():
    return {
        "Account": LISTING,
        "Users": [CLI_USER.definition(
            MFADevices=CLI_USER.devices(),
            Policies=[_inline("UseRole", _allow("sts:AssumeRole", CLI_ROLE))])],
        "Roles": [{
            "RoleName": "cli-role", "Policies": [_inline("ListUsers", _allow("iam:ListUsers"))],
            "AssumeRolePolicyDocument": _trust(LISTING, Condition={
                "Bool": {"aws:MultiFactorAuthPresent": "true"}})}],
    }


def _other():
    # Two ways in: one of a third party, which has to send its id and a code, one of a colleague.
    guarded = _trust(SAANVI.arn, Condition={
        "StringEquals": {"sts:ExternalId": EXTERNAL_ID},
        "Bool": {"aws:MultiFactorAuthPresent": "true"}})["Statement"]
    return {"Account": OTHER, "Roles": [{
        "RoleName": "SomeRole",
        "AssumeRolePolicyDocument": _document(*guarded, *_trust(MARIA.arn)["Statement"])}]}


READ_DOCUMENTS = _allow("s3:GetObject", "arn:aws:s3:::documents/${aws:username}/*", Condition={
    "IpAddress": {"aws:SourceIp": "203.0.113.0/24"}})


def _everything():
    """One of each kind with every member that its kind can have, and enough others for pages."""
    made = {"CreateDate": "2024-02-03T04:05:06Z"}
    boundary = f"arn:aws:iam::{EVERYTHING}:policy/division/Boundary"
    documents = f"arn:aws:iam::{EVERYTHING}:policy/division/Documents"
    tags = {"Tags": [{"Key": "team", "Value": "red"}, {"Key": "cost", "Value": "7"}]}
    reader = READER.definition(
        Path="/division/team/", Groups=["Readers", "Writers"], ManagedPolicyArns=[documents],
        Policies=[_inline("Own", READ_DOCUMENTS), _inline("Second", READ_DOCUMENTS)],
        PermissionsBoundary=boundary, PasswordLastUsed="2025-01-02T03:04:05Z",
        LoginProfile=made | {"PasswordResetRequired": True},
        MFADevices=[device | tags | {"EnableDate": made["CreateDate"]}
                    for device in READER.devices()], **made, **tags)
    reader["AccessKeys"] += [{"AccessKeyId": "AKIAIOSFODNN7EXAMPLE", "Status": "Inactive",
                              "SecretAccessKey": _secret("an old one, no longer in use")}]
    for key in reader["AccessKeys"]:
        key |= made
    role = {"RoleName": "Worker", "Path": "/division/", "Description": "Works & <waits>",
            "MaxSessionDuration": 7200, "AssumeRolePolicyDocument": _trust(EVERYTHING),
            "ManagedPolicyArns": [documents, boundary], "PermissionsBoundary": boundary,
            "Policies": [_inline("Own", READ_DOCUMENTS, _allow("iam:Get*")),
                         _inline("Second", READ_DOCUMENTS)]} | made | tags
    # Sessions of these say who began them.
    pod = {"RoleName": "Pod", "AssumeRolePolicyDocument": _document({
        "Effect": "Allow", "Principal": {"Federated": POD_PROVIDER_ARN},
        "Action": ["sts:AssumeRoleWithWebIdentity", "sts:SetSourceIdentity", "sts:TagSession"],
        "Condition": {"StringEquals": {f"{PROVIDER}:sub": SUBJECT}}})} | made
    employee = {"RoleName": "Employee", "AssumeRolePolicyDocument": _document({
        "Effect": "Allow", "Principal": {"Federated": SAML_ARN},
        "Action": ["sts:AssumeRoleWithSAML", "sts:SetSourceIdentity", "sts:TagSession"]})} | made
    return {
        "Account": EVERYTHING,
        "Users": [
            AUDITOR.definition(Policies=[_inline("Audit", _allow(["iam:*", "sts:*"]))], **made),
            reader, *({"UserName": f"user{number}", "Groups": ["Readers"]} | made
                      for number in range(3))],
        "Groups": [
            {"GroupName": name, "Path": "/division/", "ManagedPolicyArns": [documents, boundary],
             "Policies": [_inline("Own", READ_DOCUMENTS), _inline("Second", READ_DOCUMENTS)]} | made
            for name in ("Readers", "Writers")],
        "Roles": [role, pod, employee, *({"RoleName": f"role{number}", "AssumeRolePolicyDocument":
                           _trust(EVERYTHING)} | made for number in range(3))],
        "ManagedPolicies": [
            {"ManagedPolicyName": "Boundary", "Path": "/division/", "Description": "Limits",
             "PolicyDocument": _document(_allow(["s3:*", "iam:*", "sts:*"]))},
            {"ManagedPolicyName": "Documents", "Path": "/division/", "Description": "Reads",
             "PolicyDocument": _document(READ_DOCUMENTS), "DefaultVersionId": "v2",
             "UpdateDate": "2025-02-03T04:05:06Z", "OtherVersions": [
                 {"VersionId": "v1", "Document": _document(_allow("s3:GetObject"))} | made]} | made
            | tags,
            {"ManagedPolicyName": "Unused", "PolicyDocument": _document(READ_DOCUMENTS)}],
        "InstanceProfiles": [
            {"InstanceProfileName": "Workers", "Path": "/division/", "Roles": ["Worker"]} | made
            | tags,
            {"InstanceProfileName": "Idle"} | made],
        "OIDCProviders": [{"Url": ISSUER, "ClientIdList": ["portcullis", "other"],
                           "ThumbprintList": ["0123456789abcdef0123456789abcdef01234567"],
                           "JsonWebKeySet": {"File": "identity/keys.json"}} | made | tags],
        "SAMLProviders": [{"Name": "Company",
                           "SAMLMetadataDocument": {"File": "identity/company.xml"}} | made | tags],
        "Resources": [{"ResourceArn": "arn:aws:s3:::documents", "PolicyDocument": _document(
            _allow("s3:GetObject", "arn:aws:s3:::documents/public/*", Principal="*"))}],
    }


def world():
    """The policy files by name; `identity/keys.json` and `identity/company.xml` come on top."""
    policy = {"MinimumPasswordLength": 12, "RequireSymbols": True, "RequireNumbers": True,
              "RequireUppercaseCharacters": True, "RequireLowercaseCharacters": True,
              "AllowUsersToChangePassword": True, "MaxPasswordAge": 90,
              "PasswordReusePrevention": 5, "HardExpiry": True}
    return {
        "accounts.yaml": {"Accounts": [
            {"AccountId": COMPANY}, {"AccountId": LISTING}, {"AccountId": OTHER},
            {"AccountId": EVERYTHING, "AccountAlias": "everything", "PasswordPolicy": policy,
             "CreateDate": "2024-01-01T00:00:00Z"}]},
        "guide.yaml": _guide(), "listing.yaml": _listing(), "other.yaml": _other(),
        "everything.yaml": _everything(),
        "organization.yaml": {"Organization": {
            "Id": "o-example1234", "ManagementAccount": COMPANY,
            "Root": {"Id": "r-ab12", "Accounts": [COMPANY, LISTING, OTHER, EVERYTHING]}}},
    }
