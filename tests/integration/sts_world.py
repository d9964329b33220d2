"""The accounts of sts_stories_test.py: people, roles, and those who vouch for people.

Account 111111111111 has the people, 123456789012 the roles. A cluster (OpenID Connect), a company
(SAML) and a mesh (SPIFFE) are registered in the latter.
"""

PEOPLE = "111111111111"
ROLES = "123456789012"
ANA = f"arn:aws:iam::{PEOPLE}:user/ana"
TOM = f"arn:aws:iam::{PEOPLE}:user/tom"
BROKER = f"arn:aws:iam::{PEOPLE}:user/broker"
DEPUTY = f"arn:aws:iam::{PEOPLE}:user/deputy"
OPERATOR = f"arn:aws:iam::{ROLES}:user/operator"
ANA_MFA = f"arn:aws:iam::{PEOPLE}:mfa/ana"
TOM_MFA = "GAHT12345678"  # A hardware token.
ANA_SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
TOM_SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
ANA_KEY = "AKIAIOSFODNN7EXAMPLE"
ANA_SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
ISSUER = "https://cluster.example.org/id/7"
PROVIDER = ISSUER.removeprefix("https://")
SAML_ARN = f"arn:aws:iam::{ROLES}:saml-provider/Company"
ENTITY_ID = "https://idp.example.com/saml"


def role_arn(name):
    return f"arn:aws:iam::{ROLES}:role/{name}"


def document(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(action, resource, **more):
    return {"Effect": "Allow", "Action": action, "Resource": resource} | more


def inline(name, *statements):
    return {"PolicyName": name, "PolicyDocument": document(*statements)}


def trust(principal, action="sts:AssumeRole", condition=None):
    statement = {"Effect": "Allow", "Principal": principal, "Action": action}
    return document(statement | ({"Condition": condition} if condition else {}))


CHAIN = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]


def role(name, trusted, *statements, **more):
    policies = [inline("Own", *statements)] if statements else []
    return {"RoleName": name, "AssumeRolePolicyDocument": trusted, "Policies": policies} | more


def secret(text):
    return {"Inline": text, "AllowInlineSecret": True}


def people():
    may_assume = inline("Assume", allow(CHAIN, f"arn:aws:iam::{ROLES}:role/*"))
    return {
        "Account": PEOPLE,
        "Groups": [{"GroupName": "Developers", "Policies": [may_assume]},
                   {"GroupName": "Testers"}],
        "Users": [
            {"UserName": "ana", "Groups": ["Developers"],
             "Policies": [inline("Home", allow("s3:GetObject", "arn:aws:s3:::home/ana/*"))],
             "AccessKeys": [{"AccessKeyId": ANA_KEY, "SecretAccessKey": secret(ANA_SECRET)}],
             "MFADevices": [{"SerialNumber": ANA_MFA, "Seed": secret(ANA_SEED)}]},
            {"UserName": "tom", "Groups": ["Testers"],
             "MFADevices": [{"SerialNumber": TOM_MFA, "Seed": secret(TOM_SEED)}]},
            {"UserName": "deputy", "Policies": [may_assume]},
            {"UserName": "broker", "Policies": [inline(
                "Vouch", allow(["sts:GetFederationToken"],
                               f"arn:aws:sts::{PEOPLE}:federated-user/Manager*"),
                allow("s3:GetObject", "arn:aws:s3:::reports/*"))]},
        ],
        "Resources": [{"ResourceArn": "arn:aws:s3:::home"},
                      {"ResourceArn": "arn:aws:s3:::reports"}],
    }


def roles():
    anybody = {"AWS": PEOPLE}
    chained = {"AWS": ROLES}
    app = allow(["s3:GetObject", "s3:PutObject"], "arn:aws:s3:::app/*")
    on = allow(CHAIN, f"arn:aws:iam::{ROLES}:role/*")
    web = {"Federated": f"arn:aws:iam::{ROLES}:oidc-provider/{PROVIDER}"}
    mesh = {"Federated": f"arn:aws:iam::{ROLES}:oidc-provider/spiffe.mesh.example.org"}
    return {
        "Account": ROLES,
        "Users": [{"UserName": "operator",
                   "ManagedPolicyArns": ["arn:aws:iam::aws:policy/AdministratorAccess"]}],
        "OIDCProviders": [
            {"Url": ISSUER, "ClientIdList": ["portcullis"],
             "JsonWebKeySet": {"File": "identity/keys.json"}},
            {"Url": "https://spiffe.mesh.example.org", "ClientIdList": ["portcullis"],
             "TrustDomain": "mesh.example.org"}],
        "SAMLProviders": [
            {"Name": "Company", "SAMLMetadataDocument": {"File": "identity/company.xml"}}],
        "Roles": [
            role("App", trust(anybody), app, MaxSessionDuration=43200),
            role("AppWithMfa", trust(anybody, condition={
                "Bool": {"aws:multifactorAuthPresent": True}}), app),
            role("Customer", trust(anybody, condition={
                "StringEquals": {"sts:ExternalId": "12345"}}), app),
            role("RoleA", trust(anybody, CHAIN), on, app),
            role("RoleB", trust(chained, CHAIN), on, app, MaxSessionDuration=43200),
            role("RoleC", trust(chained, CHAIN), on, app),
            role("Deploy", trust(web, "sts:AssumeRoleWithWebIdentity", {"StringEquals": {
                f"{PROVIDER}:aud": "portcullis",
                f"{PROVIDER}:sub": "system:serviceaccount:shop:deployer"}}), app),
            role("Serve", trust(mesh, "sts:AssumeRoleWithWebIdentity", {"StringEquals": {
                "spiffe.mesh.example.org:sub": "spiffe://mesh.example.org/ns/shop/sa/web"}}), app),
            role("Report", trust({"Federated": SAML_ARN},
                                 ["sts:AssumeRoleWithSAML", "sts:TagSession"],
                                 {"StringEquals": {"saml:sub_type": "persistent"}}),
                 allow("s3:GetObject", "arn:aws:s3:::app/${aws:PrincipalTag/team}/*")),
        ],
        "Resources": [{"ResourceArn": "arn:aws:s3:::app"}],
    }


def world(**changes):
    """The policy files by name. JSON is YAML, so their contents may be written as JSON."""
    files = {
        "accounts.yaml": {"Accounts": [{"AccountId": PEOPLE}, {"AccountId": ROLES}]},
        "people.yaml": people(),
        "roles.yaml": roles(),
    }
    return files | changes
