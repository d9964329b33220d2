"""Checks the files of config/policies, and broken copies of them, against the published schema."""

import copy
import json
import pathlib
import unittest

import jsonschema
import yaml

CONFIG = pathlib.Path(__file__).resolve().parents[3] / "config"


class PlainLoader(yaml.SafeLoader):
    """YAML as the server reads it: dates are text, and only true and false are booleans."""


PlainLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag == "tag:yaml.org,2002:int"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
PlainLoader.add_implicit_resolver("tag:yaml.org,2002:bool",
                                  __import__("re").compile(r"^(?:true|false)$"), "tf")


def load(text):
    return yaml.load(text, PlainLoader)


def validator():
    schema = json.loads((CONFIG / "schema/portcullis.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


# What the server refuses and the schema must refuse, too: one mistake each.
NEGATIVE = {
    "unknown field at the top": "Usres: []",
    "users without an account": "Users: [{UserName: ana}]",
    "account id as a number": "Account: 111111111111",
    "account id of 11 digits": 'Account: "11111111111"',
    "user without a name": 'Account: "111111111111"\nUsers: [{Path: /a/}]',
    "unknown field of a user": 'Account: "111111111111"\nUsers: [{UserName: ana, Name: ana}]',
    "name with a blank": 'Account: "111111111111"\nUsers: [{UserName: "a b"}]',
    "path without slashes": 'Account: "111111111111"\nUsers: [{UserName: a, Path: b}]',
    "role without a trust policy": 'Account: "111111111111"\nRoles: [{RoleName: r}]',
    "session duration too short":
        'Account: "111111111111"\nRoles: [{RoleName: r, MaxSessionDuration: 60,'
        " AssumeRolePolicyDocumentFile: x.json}]",
    "policy twice":
        'Account: "111111111111"\nManagedPolicies: [{ManagedPolicyName: p,'
        " PolicyDocumentFile: a.json, PolicyDocument: {Statement: []}}]",
    "policy missing": 'Account: "111111111111"\nManagedPolicies: [{ManagedPolicyName: p}]',
    "version id without its letter":
        'Account: "111111111111"\nManagedPolicies: [{ManagedPolicyName: p,'
        ' DefaultVersionId: "2", PolicyDocumentFile: a.json}]',
    "version without a document":
        'Account: "111111111111"\nManagedPolicies: [{ManagedPolicyName: p,'
        " PolicyDocumentFile: a.json, OtherVersions: [{VersionId: v2}]}]",
    "six versions":
        'Account: "111111111111"\nManagedPolicies: [{ManagedPolicyName: p,'
        " PolicyDocumentFile: a.json, OtherVersions: ["
        + ", ".join(f"{{VersionId: v{n}, DocumentFile: a.json}}" for n in range(2, 7)) + "]}]",
    "instance profile with two roles":
        'Account: "111111111111"\nInstanceProfiles: [{InstanceProfileName: p, Roles: [a, b]}]',
    "instance profiles without an account":
        "InstanceProfiles: [{InstanceProfileName: p}]",
    "instance profile with a role's id":
        'Account: "111111111111"\nInstanceProfiles: [{InstanceProfileName: p,'
        " InstanceProfileId: AROAJQABLZS4A3QDU576Q}]",
    "effect misspelt":
        'Account: "111111111111"\nManagedPolicies: [{ManagedPolicyName: p,'
        " PolicyDocument: {Statement: [{Effect: allow, Action: '*', Resource: '*'}]}}]",
    "unknown element of a statement":
        'Account: "111111111111"\nManagedPolicies: [{ManagedPolicyName: p,'
        " PolicyDocument: {Statement: [{Effect: Allow, Actions: '*', Resource: '*'}]}}]",
    "inline secret without consent":
        'Account: "111111111111"\nUsers: [{UserName: a, AccessKeys:'
        " [{AccessKeyId: AKIAIOSFODNN7EXAMPLE, SecretAccessKey: {Inline: x}}]}]",
    "environment variable without the prefix":
        'Account: "111111111111"\nUsers: [{UserName: a, AccessKeys:'
        " [{AccessKeyId: AKIAIOSFODNN7EXAMPLE, SecretAccessKey: {Env: HOME}}]}]",
    "three access keys":
        'Account: "111111111111"\nUsers: [{UserName: a, AccessKeys: [{}, {}, {}]}]',
    "tag without a value": 'Account: "111111111111"\nUsers: [{UserName: a, Tags: [{Key: k}]}]',
    "organization without a root": "Organization: {Id: o-exampleorg1, ManagementAccount: x}",
    "provider over http":
        'Account: "111111111111"\nOIDCProviders: [{Url: "http://a", ClientIdList: [x]}]',
    "provider with keys from two places":
        'Account: "111111111111"\nOIDCProviders: [{Url: "https://a", ClientIdList: [x],'
        " JsonWebKeySet: {File: a.json}, Discover: true}]",
    "provider with keys over http":
        'Account: "111111111111"\nOIDCProviders: [{Url: "https://a", ClientIdList: [x],'
        ' JsonWebKeySetUrl: "http://a/keys"}]',
    "key set without keys":
        'Account: "111111111111"\nOIDCProviders: [{Url: "https://a", ClientIdList: [x],'
        " JsonWebKeySet: {kty: RSA}}]",
    "key set in a YAML file":
        'Account: "111111111111"\nOIDCProviders: [{Url: "https://a", ClientIdList: [x],'
        " JsonWebKeySet: {File: keys.yaml}}]",
    "trust domain with its scheme":
        'Account: "111111111111"\nOIDCProviders: [{Url: "https://a", ClientIdList: [x],'
        ' TrustDomain: "spiffe://a"}]',
    "SAML provider without metadata":
        'Account: "111111111111"\nSAMLProviders: [{Name: corp}]',
    "SAML providers without an account":
        "SAMLProviders: [{Name: corp, SAMLMetadataDocument: {File: corp.xml}}]",
    "SAML provider with a blank in its name":
        'Account: "111111111111"\nSAMLProviders: [{Name: a b, SAMLMetadataDocument:'
        " {File: corp.xml}}]",
    "password policy out of range":
        'Accounts: [{AccountId: "111111111111", PasswordPolicy: {MinimumPasswordLength: 5}}]',
    "password policy misspelt":
        'Accounts: [{AccountId: "111111111111", PasswordPolicy: {RequireSymbol: true}}]',
    "login profile without its date":
        'Account: "111111111111"\nUsers: [{UserName: a, LoginProfile: {}}]',
    "revocation of nothing": "Revocations: [{IssuedBefore: 2026-01-01T00:00:00Z}]",
    "revocation of two things":
        "Revocations: [{RoleArn: arn:a, UserArn: arn:b, IssuedBefore: 2026-01-01T00:00:00Z}]",
    "revocation without a time": "Revocations: [{RoleArn: arn:a}]",
    "revocation of one session with a time":
        "Revocations: [{SessionAccessKeyId: ASIAIOSFODNN7EXAMPLE,"
        " IssuedBefore: 2026-01-01T00:00:00Z}]",
    "gateway without hosts": "Gateways: [{Name: a}]",
    "gateway with no host": "Gateways: [{Name: a, Hosts: []}]",
    "gateway with an unknown method": "Gateways: [{Name: a, Hosts: ['*'], Identify: [Bearer]}]",
    "gateway with a method twice":
        "Gateways: [{Name: a, Hosts: ['*'], Identify: [Signature, Signature]}]",
    "gateway with a slash in its name": "Gateways: [{Name: a/b, Hosts: ['*']}]",
    "rule with an action and no resource":
        "Gateways: [{Name: a, Hosts: ['*'], Rules: [{Action: 'a:B'}]}]",
    "rule with an action and a mapping":
        "Gateways: [{Name: a, Hosts: ['*'], Rules: [{Action: 'a:B', Resource: '*', Mapping: S3}]}]",
    "public rule with an action":
        "Gateways: [{Name: a, Hosts: ['*'], Rules: [{Public: true, Action: 'a:B',"
        " Resource: '*'}]}]",
    "rule with a path without its slash":
        "Gateways: [{Name: a, Hosts: ['*'], Rules: [{Match: {Path: orders}}]}]",
    "rule with an unknown mapping": "Gateways: [{Name: a, Hosts: ['*'], Rules: [{Mapping: REST}]}]",
    "role of a web identity missing":
        "Gateways: [{Name: a, Hosts: ['*'], WebIdentity: [{Issuer: 'https://a.example'}]}]",
    "proxy without a name": "Proxies: [{Identities: [a]}]",
    "proxy that is everybody": "Proxies: [{Name: a, Identities: ['*']}]",
    "proxy that is everybody with a SPIFFE ID": "Proxies: [{Name: a, Identities: ['spiffe://*']}]",
    "proxy with a wildcard within": "Proxies: [{Name: a, Identities: ['spiffe://a/*/b']}]",
    "proxy with a secret written down": "Proxies: [{Name: a, Secret: hunter2}]",
    "proxy with an unknown assertion": "Proxies: [{Name: a, Asserts: [Host]}]",
    "proxy that trusts too many hops": "Proxies: [{Name: a, TrustedHops: 11}]",
}

# What it must not refuse, beyond what the example has.
POSITIVE = {
    "gateway with everything": """
Gateways:
  - Name: orders
    Account: "111122223333"
    Region: eu-west-1
    Hosts: [orders.example.com, "*.orders.example.com"]
    Identify: [Signature, SessionToken, WebIdentity, PeerCertificate]
    Signature: {Service: execute-api, Region: eu-west-1, Payload: Declared, Presigned: true}
    WebIdentity: [{Issuer: "https://idp.example.org", RoleArn: "arn:aws:iam::111122223333:role/W"}]
    PeerCertificate: [{TrustDomain: example.org, RoleArn: "arn:aws:iam::111122223333:role/M"}]
    Paths: {EmptySegments: false, Semicolons: false, Overrides: true}
    ForwardCredentials: false
    Rules:
      - {Name: health, Match: {Methods: [GET], Path: /healthz}, Public: true}
      - Match: {Methods: [GET], Path: "/orders/{order}", Headers: {x-tenant: "*"}}
        Action: orders:GetOrder
        Resource: "arn:aws:orders:${region}:${account}:order/${path.order}"
        Context: {"orders:Tenant": "${header.x-tenant}"}
        Payload: Unsigned
        Identify: [Signature]
      - {Match: {Grpc: "shop.v1.Orders/*"}, Mapping: Grpc, Service: orders}
      - {Match: {Connection: true}, Action: "mesh:Connect", Resource: "*"}
      - {Mapping: ExecuteApi, Api: a1b2c3, Stage: prod, Public: false}
""",
    "proxies": """
Proxies:
  - {Name: none}
  - Name: edge
    Identities: ["spiffe://example.org/ns/istio-system/*", "CN=edge", a]
    Secret: {File: edge-proxy-secret}
    Gateways: [orders]
    Asserts: [SourceAddress, PeerCertificate, Extensions]
    TrustedHops: 10
    ErrorResponse: true
""",
}


class ConfigSchemaTest(unittest.TestCase):

    def test_every_file_of_the_example_is_valid(self):
        files = sorted((CONFIG / "policies").rglob("*.yaml"))
        self.assertGreaterEqual(len(files), 4)
        check = validator()
        for path in files:
            errors = [f"{path.name}: {error.json_path}: {error.message}"
                      for error in check.iter_errors(load(path.read_text()))]
            self.assertEqual(errors, [])

    def test_mistakes_are_found(self):
        check = validator()
        for name, text in NEGATIVE.items():
            with self.subTest(name):
                self.assertFalse(check.is_valid(load(text)), text)

    def test_what_is_right_passes(self):
        check = validator()
        for name, text in POSITIVE.items():
            with self.subTest(name):
                self.assertEqual([error.message for error in check.iter_errors(load(text))], [])

    def test_every_required_field_is_needed(self):
        """Removing a required field of an example's entity makes the file invalid."""
        check = validator()
        whole = load((CONFIG / "policies/development.yaml").read_text())
        for part, field in [("Users", "UserName"), ("Groups", "GroupName"),
                            ("ManagedPolicies", "ManagedPolicyName"), ("Resources", "ResourceArn")]:
            broken = copy.deepcopy(whole)
            del broken[part][0][field]
            self.assertFalse(check.is_valid(broken), f"{part} without {field}")

    def test_every_field_is_described(self):
        schema = json.loads((CONFIG / "schema/portcullis.schema.json").read_text())
        for name, definition in list(schema["$defs"].items()) + [("File", schema)]:
            for field, value in definition.get("properties", {}).items():
                self.assertTrue(value.get("description"), f"{name}.{field}")


if __name__ == "__main__":
    unittest.main()
