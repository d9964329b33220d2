"""Identity providers for tests: they sign tokens and assertions with keys made on the spot.

Uses the command lines of OpenSSL and XMLSec, so that what the server verifies was signed by others.
"""

import base64
import datetime
import json
import pathlib
import subprocess
import time


def run(*command, stdin=None):
    return subprocess.run([str(part) for part in command], input=stdin, capture_output=True,
                          check=True, timeout=60).stdout


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class TokenIssuer:
    """Signs OpenID Connect tokens with RS256."""

    def __init__(self, directory, issuer, key_id="k1"):
        self.issuer = issuer
        self.key_id = key_id
        self.key = pathlib.Path(directory) / f"{key_id}.pem"
        run("openssl", "genrsa", "-out", self.key, "2048")

    def key_set(self):
        modulus = run("openssl", "rsa", "-in", self.key, "-noout", "-modulus").decode().strip()
        number = bytes.fromhex(modulus.removeprefix("Modulus="))
        return json.dumps({"keys": [{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.key_id,
                                     "n": base64url(number), "e": "AQAB"}]})

    def token(self, **claims):
        now = int(time.time())
        header = {"alg": "RS256", "kid": self.key_id, "typ": "JWT"}
        body = {"iss": self.issuer, "aud": ["portcullis"], "iat": now, "nbf": now,
                "exp": now + 3600} | claims
        signed = f"{base64url(json.dumps(header).encode())}.{base64url(json.dumps(body).encode())}"
        signature = run("openssl", "dgst", "-sha256", "-sign", self.key, stdin=signed.encode())
        return f"{signed}.{base64url(signature)}"


METADATA = """<?xml version="1.0" encoding="UTF-8"?>
<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="{entity}">
  <IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
    <KeyDescriptor use="signing">
      <KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#">
        <X509Data><X509Certificate>{certificate}</X509Certificate></X509Data>
      </KeyInfo>
    </KeyDescriptor>
    <SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
        Location="{entity}/sso"/>
  </IDPSSODescriptor>
</EntityDescriptor>
"""

RESPONSE = """<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"
    xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_r1" Version="2.0" IssueInstant="{now}"
    Destination="{recipient}"><saml:Issuer>{entity}</saml:Issuer>
<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>
<saml:Assertion ID="_a1" Version="2.0" IssueInstant="{now}"><saml:Issuer>{entity}</saml:Issuer>
<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo>
<ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>
<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/>
<ds:Reference URI="#_a1"><ds:Transforms>
<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>
<ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/></ds:Transforms>
<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>
<ds:DigestValue/></ds:Reference></ds:SignedInfo><ds:SignatureValue/></ds:Signature>
<saml:Subject>
<saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">{subject}</saml:NameID>
<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">
<saml:SubjectConfirmationData NotOnOrAfter="{later}" Recipient="{recipient}"/>
</saml:SubjectConfirmation></saml:Subject>
<saml:Conditions NotBefore="{now}" NotOnOrAfter="{later}"><saml:AudienceRestriction>
<saml:Audience>{recipient}</saml:Audience></saml:AudienceRestriction></saml:Conditions>
<saml:AuthnStatement AuthnInstant="{now}"><saml:AuthnContext>
<saml:AuthnContextClassRef>{how}</saml:AuthnContextClassRef>
</saml:AuthnContext></saml:AuthnStatement>
<saml:AttributeStatement>{attributes}</saml:AttributeStatement></saml:Assertion></samlp:Response>
"""
PREFIX = "https://aws.amazon.com/SAML/Attributes/"


class AssertionIssuer:
    """Signs SAML responses."""

    def __init__(self, directory, entity):
        self.entity = entity
        self.directory = pathlib.Path(directory)
        self.key = self.directory / "saml.pem"
        self.certificate = self.directory / "saml.crt"
        run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", self.key, "-out",
            self.certificate, "-days", "30", "-subj", "/CN=idp.example.com")

    def metadata(self):
        der = run("openssl", "x509", "-in", self.certificate, "-outform", "DER")
        return METADATA.format(entity=self.entity, certificate=base64.b64encode(der).decode())

    def assertion(self, subject, attributes, recipient="https://signin.aws.amazon.com/saml"):
        """`attributes` by name without the prefix, each a list of values. Base64, as posted."""
        now = datetime.datetime.now(datetime.timezone.utc)
        texts = "".join(
            f'<saml:Attribute Name="{PREFIX}{name}">' +
            "".join(f"<saml:AttributeValue>{value}</saml:AttributeValue>" for value in values) +
            "</saml:Attribute>" for name, values in attributes.items())
        unsigned = self.directory / "unsigned.xml"
        unsigned.write_text(RESPONSE.format(
            entity=self.entity, recipient=recipient, subject=subject, attributes=texts,
            how="urn:oasis:names:tc:SAML:2.0:ac:classes:Password",
            now=now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            later=(now + datetime.timedelta(minutes=4)).strftime("%Y-%m-%dT%H:%M:%SZ")),
            encoding="utf-8")
        signed = run("xmlsec1", "--sign", "--privkey-pem", self.key, "--id-attr:ID",
                     "urn:oasis:names:tc:SAML:2.0:assertion:Assertion", unsigned)
        return base64.b64encode(signed).decode()
