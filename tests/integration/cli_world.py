"""The accounts, users, roles and buckets of the worked decisions, as cli_test.py varies them.

Account 111111111111 is the developers', 123456789012 the production account, 222222222222 that of a
partner who works for several customers.
"""

DEVELOPER = "arn:aws:iam::111111111111:user/ana"
TESTER = "arn:aws:iam::111111111111:user/tom"
ADMIN = "arn:aws:iam::123456789012:user/admin"
PARTNER = "arn:aws:iam::222222222222:user/auditor"
ROLE = "arn:aws:iam::123456789012:role/UpdateApp"
PARTNER_ROLE = "arn:aws:iam::123456789012:role/Audit"
BOUNDARY_ARN = "arn:aws:iam::123456789012:policy/ReadOnly"
MFA_SERIAL = "arn:aws:iam::111111111111:mfa/ana"
MFA_SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def document(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(action, resource, **more):
    return {"Effect": "Allow", "Action": action, "Resource": resource} | more


def inline(name, *statements):
    return {"PolicyName": name, "PolicyDocument": document(*statements)}


def trust(account, condition=None):
    statement = {"Effect": "Allow", "Principal": {"AWS": account},
                 "Action": ["sts:AssumeRole", "sts:TagSession"]}
    return document(statement | ({"Condition": condition} if condition else {}))


def development(developer_groups):
    return {
        "Account": "111111111111",
        "Groups": [
            {"GroupName": "Developers", "Policies": [
                inline("AssumeUpdateApp", allow(["sts:AssumeRole", "sts:TagSession"], ROLE))]},
            {"GroupName": "Testers"}],
        "Users": [
            {"UserName": "ana", "Groups": developer_groups, "MFADevices": [
                {"SerialNumber": MFA_SERIAL,
                 "Seed": {"Inline": MFA_SEED, "AllowInlineSecret": True}}]},
            {"UserName": "tom", "Groups": ["Testers"]}],
        "Resources": [
            {"ResourceArn": "arn:aws:s3:::devbucket"},
            {"ResourceArn": "arn:aws:s3:::openbucket", "PolicyDocument": document(
                allow("s3:GetObject", "arn:aws:s3:::openbucket/*", Principal={"AWS": ROLE}))}],
    }


def production(trust_condition, boundary):
    role = {
        "RoleName": "UpdateApp",
        "AssumeRolePolicyDocument": trust("111111111111", trust_condition),
        "Policies": [inline(
            "ProductionApp",
            allow(["s3:GetObject", "s3:PutObject"], "arn:aws:s3:::productionapp/*"),
            allow("s3:ListBucket", "arn:aws:s3:::productionapp"))],
    }
    if boundary:
        role["PermissionsBoundary"] = boundary
    audit = {
        "RoleName": "Audit",
        "AssumeRolePolicyDocument": trust(
            "222222222222", {"StringEquals": {"sts:ExternalId": "customer-42"}}),
    }
    return {
        "Account": "123456789012",
        # A built-in policy: its statements stand in no file.
        "Users": [{"UserName": "admin",
                   "ManagedPolicyArns": ["arn:aws:iam::aws:policy/AdministratorAccess"]}],
        "Roles": [role, audit],
        "ManagedPolicies": [{"ManagedPolicyName": "ReadOnly",
                             "PolicyDocument": document(allow("s3:Get*", "*"))}],
        "Resources": [{"ResourceArn": "arn:aws:s3:::productionapp"},
                      {"ResourceArn": "arn:aws:s3:::otherbucket"}],
    }


def partner():
    return {
        "Account": "222222222222",
        "Users": [{"UserName": "auditor", "Policies": [
            inline("AssumeAudit", allow("sts:AssumeRole", PARTNER_ROLE))]}],
    }


def organization(denies_writing):
    attached = ["FullAWSAccess", "NoWriting"] if denies_writing else ["FullAWSAccess"]
    return {"Organization": {
        "Id": "o-example1234",
        "ManagementAccount": "111111111111",
        "ServiceControlPolicies": [inline(
            "NoWriting", {"Effect": "Deny", "Action": "s3:PutObject", "Resource": "*"})],
        "Root": {"Id": "r-ab12", "Accounts": [
            "111111111111",
            {"AccountId": "123456789012", "AttachedServiceControlPolicies": attached}]},
    }}


def world(developer_groups=("Developers",), trust_condition=None, boundary=None,
          organization_denies_writing=False):
    """Returns the policy files by name. JSON is YAML, so their contents may be written as JSON."""
    return {
        "accounts.yaml": {"Accounts": [{"AccountId": "111111111111"}, {"AccountId": "123456789012"},
                                       {"AccountId": "222222222222"}]},
        "development.yaml": development(list(developer_groups)),
        "production.yaml": production(trust_condition, boundary),
        "partner.yaml": partner(),
        "organization.yaml": organization(organization_denies_writing),
    }
