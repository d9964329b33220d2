#include "server/federation/saml_attributes_internal.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/base/error_reason.h"
#include "server/base/text.h"
#include "server/federation/saml_statements_internal.h"
#include "server/federation/saml_xml_internal.h"
#include "tests/unit/federation/saml_fixtures.h"

namespace portcullis::federation {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr XmlLimits kLimits = {
    .depth_max = 10, .elements_max = 1000, .attributes_max = 10, .decorations_allowed = true};

constexpr char kRolePair[] =
    "arn:aws:iam::123456789012:role/Analysts,"
    "arn:aws:iam::123456789012:saml-provider/ExampleCorp";

std::string Attribute(std::string_view name, const std::vector<std::string>& values) {
  std::string xml = base::Concat({"<s:Attribute Name=\"", name, "\">"});
  for (const std::string& value : values) {
    xml += base::Concat({"<s:AttributeValue>", value, "</s:AttributeValue>"});
  }
  return xml + "</s:Attribute>";
}

std::string AwsAttribute(std::string_view name, const std::vector<std::string>& values) {
  return Attribute(base::Concat({"https://aws.amazon.com/SAML/Attributes/", name}), values);
}

std::string Required() {
  return AwsAttribute("Role", {kRolePair}) + AwsAttribute("RoleSessionName", {"alice"});
}

absl::StatusOr<SamlAssertion> Read(const std::string& attributes) {
  const absl::StatusOr<XmlDocument> document = ParseXml(
      base::Concat({"<s:Assertion xmlns:s=\"urn:oasis:names:tc:SAML:2.0:assertion\">",
                    "<s:AttributeStatement>", attributes, "</s:AttributeStatement></s:Assertion>"}),
      kLimits);
  if (!document.ok()) return document.status();
  SamlAssertion assertion;
  const absl::Status status =
      ReadAttributes(xmlDocGetRootElement(document->get()), SamlTestExpectations(), &assertion);
  if (!status.ok()) return status;
  return assertion;
}

TEST(ReadAttributes, ReadsAwssOwn) {
  const absl::StatusOr<SamlAssertion> assertion =
      Read(Required() + AwsAttribute("SessionDuration", {"900"}) +
           AwsAttribute("PrincipalTag:Project", {"Nightjar &amp; Co"}) +
           AwsAttribute("PrincipalTag:Empty", {""}) +
           AwsAttribute("TransitiveTagKeys", {"Project", "Empty"}) +
           AwsAttribute("SourceIdentity", {"alice.cooper"}));
  ASSERT_TRUE(assertion.ok()) << assertion.status();
  EXPECT_EQ(assertion->role_session_name, "alice");
  EXPECT_EQ(assertion->session_duration_seconds, 900);
  EXPECT_THAT(assertion->tags,
              ElementsAre(SamlTag{"Empty", ""}, SamlTag{"Project", "Nightjar & Co"}));
  EXPECT_THAT(assertion->transitive_tag_keys, ElementsAre("Project", "Empty"));
  EXPECT_EQ(assertion->source_identity, "alice.cooper");
}

TEST(ReadAttributes, FindsTheRoleInEitherOrderAmongOthers) {
  const std::string role = "arn:aws:iam::123456789012:role/Analysts";
  const std::string provider = "arn:aws:iam::123456789012:saml-provider/ExampleCorp";
  const std::string other = "arn:aws:iam::123456789012:role/Other," + provider;
  const std::string name = AwsAttribute("RoleSessionName", {"alice"});
  for (const std::string& attributes :
       {AwsAttribute("Role", {role + "," + provider}),
        AwsAttribute("Role", {provider + "," + role}),
        AwsAttribute("Role", {other, provider + "," + role}),
        AwsAttribute("Role", {other}) + AwsAttribute("Role", {role + "," + provider})}) {
    EXPECT_TRUE(Read(name + attributes).ok()) << attributes;
  }
}

TEST(ReadAttributes, RefusesARoleThatIsNotListed) {
  const std::string name = AwsAttribute("RoleSessionName", {"alice"});
  for (const char* value :
       {"arn:aws:iam::123456789012:role/Other,arn:aws:iam::123456789012:saml-provider/ExampleCorp",
        "arn:aws:iam::123456789012:role/Analysts,arn:aws:iam::123456789012:saml-provider/Other",
        "arn:aws:iam::123456789012:role/analysts,arn:aws:iam::123456789012:saml-provider/"
        "ExampleCorp",
        "arn:aws:iam::123456789012:role/Analysts,arn:aws:iam::123456789012:role/Analysts"}) {
    const absl::Status status = Read(name + AwsAttribute("Role", {value})).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied) << value;
    EXPECT_EQ(base::ReasonOf(status), "AccessDenied") << value;
    EXPECT_EQ(status.message(), "Not authorized to perform sts:AssumeRoleWithSAML") << value;
  }
}

TEST(ReadAttributes, Refuses) {
  struct Case {
    std::string attributes;
    const char* message;
  };
  const std::string role = AwsAttribute("Role", {kRolePair});
  const std::string name = AwsAttribute("RoleSessionName", {"alice"});
  const Case cases[] = {
      //
      {"", "Role is required"},
      {name, "Role is required"},
      {role, "RoleSessionName is required"},
      {role + AwsAttribute("RoleSessionName", {}), "RoleSessionName is required"},
      {AwsAttribute("Role", {}) + name, "Role is required"},
      {AwsAttribute("Role", {"Analysts"}) + name, "not a role and a provider"},
      {AwsAttribute("Role", {std::string(kRolePair) + ",arn:x"}) + name, "not a role"},
      {role + AwsAttribute("RoleSessionName", {"a"}), "must match"},
      {role + AwsAttribute("RoleSessionName", {""}), "must match"},
      {role + AwsAttribute("RoleSessionName", {std::string(65, 'a')}), "must match"},
      {role + AwsAttribute("RoleSessionName", {"alice cooper"}), "must match"},
      {role + AwsAttribute("RoleSessionName", {"alice/x"}), "must match"},
      {role + AwsAttribute("RoleSessionName", {"alic\xC3\xA9"}), "must match"},
      {role + AwsAttribute("RoleSessionName", {"alice", "bob"}), "2 values"},
      {role + name + AwsAttribute("RoleSessionName", {"bob"}), "2 values"},
      {role + AwsAttribute("RoleSessionName", {"al<!---->ice"}), "more than text"},
      {role + AwsAttribute("RoleSessionName", {"<![CDATA[alice]]>"}), "more than text"},
      {role + AwsAttribute("RoleSessionName", {"al<s:x/>ice"}), "more than text"},
      // 900 to 43200.
      {Required() + AwsAttribute("SessionDuration", {"899"}), "900 to 43200"},
      {Required() + AwsAttribute("SessionDuration", {"43201"}), "900 to 43200"},
      {Required() + AwsAttribute("SessionDuration", {"1e3"}), "900 to 43200"},
      {Required() + AwsAttribute("SessionDuration", {" 900"}), "900 to 43200"},
      {Required() + AwsAttribute("SessionDuration", {"900", "900"}), "2 values"},
      //
      {Required() + AwsAttribute("PrincipalTag:Team", {"a", "b"}), "2 values"},
      {Required() + AwsAttribute("PrincipalTag:Team", {}), "0 values"},
      {Required() + AwsAttribute("SourceIdentity", {"a b"}), "SourceIdentity"},
      {Required() + AwsAttribute("SourceIdentity", {"aa", "bb"}), "2 values"},
      {Required() + AwsAttribute("PrincipleTag:Team", {"a"}), "unknown attribute"},
      {Required() + AwsAttribute("role", {"a"}), "unknown attribute"},
      // SAML core 2.7.3
      {Required() + "<s:EncryptedAttribute/>", "EncryptedAttribute"},
      {Required() + "<s:Attribute/>", "no `Name`"},
      {Required() + "<s:Attribute Name=\"urn:oid:2.5.4.3\"><s:Value/></s:Attribute>", "unknown"},
      // Keys with one value.
      {Required() + Attribute("2.5.4.3", {"Alice", "Bob"}), "several values"},
      {Required() + Attribute("2.5.4.3", {"Alice"}) +
           Attribute("http://schemas.xmlsoap.org/claims/CommonName", {"Bob"}),
       "several values"},
  };
  for (const Case& c : cases) {
    const absl::Status status = Read(c.attributes).status();
    EXPECT_EQ(base::ReasonOf(status), "InvalidIdentityToken") << c.attributes;
    EXPECT_THAT(std::string(status.message()), HasSubstr(c.message)) << c.attributes;
  }
}

TEST(ReadAttributes, AcceptsTheEndsOfEveryRange) {
  const std::string role = AwsAttribute("Role", {kRolePair});
  for (const std::string& name :
       {std::string("ab"), std::string(64, 'z'), std::string("+=,.@-_")}) {
    EXPECT_TRUE(Read(role + AwsAttribute("RoleSessionName", {name})).ok()) << name;
  }
  for (const char* seconds : {"900", "43200"}) {
    EXPECT_TRUE(Read(Required() + AwsAttribute("SessionDuration", {seconds})).ok()) << seconds;
  }
}

TEST(ReadAttributes, MakesConditionKeysOfDirectoryAttributes) {
  const absl::StatusOr<SamlAssertion> assertion =
      Read(Required() + Attribute("urn:oid:1.3.6.1.4.1.5923.1.1.1.1", {"staff", "faculty"}) +
           Attribute("urn:oid:2.5.4.3", {"Alice"}) + Attribute("2.5.4.3", {"Alice C"}) +
           Attribute("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
                     {"a@example.com"}) +
           Attribute("urn:oid:0.9.2342.19200300.100.1.3", {"b@example.com", "a@example.com"}) +
           Attribute("urn:oid:2.5.4.42", {}) + Attribute("department", {"<s:any/>"}));
  ASSERT_TRUE(assertion.ok()) << assertion.status();
  std::vector<SamlConditionKey> keys = assertion->condition_keys;
  std::sort(keys.begin(), keys.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  ASSERT_EQ(keys.size(), 4u);
  EXPECT_EQ(keys[0], (SamlConditionKey{"saml:cn", {"Alice"}, true}));
  EXPECT_EQ(keys[1], (SamlConditionKey{"saml:commonName", {"Alice C"}, false}));
  EXPECT_EQ(keys[2], (SamlConditionKey{"saml:edupersonaffiliation", {"staff", "faculty"}, true}));
  EXPECT_EQ(keys[3].name, "saml:mail");
  EXPECT_THAT(keys[3].values, ::testing::UnorderedElementsAre("a@example.com", "b@example.com"));
}

TEST(ReadAttributes, ReadsATargetedIdFromItsNameId) {  // eduPerson 2.2.10
  const absl::StatusOr<SamlAssertion> assertion =
      Read(Required() + Attribute("urn:oid:1.3.6.1.4.1.5923.1.1.1.10",
                                  {"<s:NameID>84e411ea</s:NameID>", "plain"}));
  ASSERT_TRUE(assertion.ok()) << assertion.status();
  ASSERT_EQ(assertion->condition_keys.size(), 1u);
  EXPECT_THAT(assertion->condition_keys[0].values, ElementsAre("84e411ea", "plain"));
}

TEST(SamlAttributeKeys, AreOneKindEachAndNoneOfTheIdentityKeys) {
  std::set<std::string_view> names;
  for (const SamlAttributeKey& row : SamlAttributeKeys()) {
    EXPECT_TRUE(names.insert(row.attribute).second) << row.attribute;
    EXPECT_TRUE(row.key.starts_with("saml:")) << row.key;
    for (const char* identity :
         {"saml:aud", "saml:doc", "saml:iss", "saml:namequalifier", "saml:sub", "saml:sub_type"}) {
      EXPECT_NE(row.key, identity);
    }
    for (const SamlAttributeKey& other : SamlAttributeKeys()) {
      if (other.key == row.key) {
        EXPECT_EQ(other.multivalued, row.multivalued) << row.key;
      }
    }
  }
}

}  // namespace
}  // namespace portcullis::federation
