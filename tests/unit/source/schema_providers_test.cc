#include "server/source/schema.h"

#include <map>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/base/str_cat.h"
#include "tests/unit/source/source_helpers.h"

namespace portcullis::source {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Documents = std::map<std::string, std::string>;

constexpr std::string_view kKeys = R"({"keys":[{"kty":"OKP","crv":"Ed25519","x":"AA"}]})";

Parsed ParseOidc(std::string_view fields, const Documents& documents = {},
                 const ParseLimits& limits = ParseLimits()) {
  return ParseText(base::StrCat("Account: \"111111111111\"\n"
                                "OIDCProviders:\n"
                                "- Url: https://idp.example.com\n"
                                "  ClientIdList: [portcullis]\n",
                                fields),
                   documents, {}, limits);
}

const store::OidcProviderDefinition& Oidc(const Parsed& parsed) {
  return parsed.definitions->oidc_providers.at(0);
}

// Metadata of `size` characters.
std::string Metadata(size_t size) {
  constexpr std::string_view kElement = "<EntityDescriptor/>";
  return std::string(kElement) + std::string(size - kElement.size(), ' ');
}

Parsed ParseSaml(std::string_view document, const Documents& documents = {},
                 const ParseLimits& limits = ParseLimits()) {
  return ParseText(base::StrCat("Account: \"111111111111\"\n"
                                "SAMLProviders:\n"
                                "- Name: Corp\n"
                                "  SAMLMetadataDocument: ",
                                document, "\n"),
                   documents, {}, limits);
}

TEST(SchemaProvidersTest, EveryFieldOfAnOidcProvider) {
  const Parsed parsed = ParseOidc(
      "  ThumbprintList: [9e99a48a9960b14926bb7f3b02e22da2b0ab7280]\n"
      "  JsonWebKeySetUrl: https://idp.example.com/keys\n"
      "  Discover: true\n"
      "  ExposedClaims: [repository, environment]\n"
      "  TrustDomain: example.org\n"
      "  CreateDate: \"2024-01-02T03:04:05Z\"\n"
      "  Tags: [{Key: team, Value: storefront}]\n");
  ASSERT_THAT(parsed.diagnostics, IsEmpty());
  const store::OidcProviderDefinition& provider = Oidc(parsed);
  EXPECT_EQ(provider.account.text, "111111111111");
  EXPECT_EQ(provider.url.text, "https://idp.example.com");
  EXPECT_EQ(provider.jwks.text, nullptr);
  EXPECT_EQ(provider.jwks_url.text, "https://idp.example.com/keys");
  EXPECT_EQ(provider.jwks_url.position, (base::Position{6, 21}));
  EXPECT_TRUE(provider.discover);
  EXPECT_EQ(provider.exposed_claims.size(), 2u);
  EXPECT_EQ(provider.trust_domain.text, "example.org");
  EXPECT_EQ(provider.create_date, absl::FromUnixSeconds(1704164645));
  EXPECT_EQ(provider.tags.size(), 1u);
}

TEST(SchemaProvidersTest, KeySetsInEachForm) {
  const std::string expected(kKeys);
  for (const std::string& form : {base::StrCat("'", kKeys, "'"), base::StrCat(kKeys),
                                  std::string("\n    keys:\n    - {kty: OKP, crv: Ed25519, x: AA}"),
                                  std::string("{File: keys/idp.json}")}) {
    const Parsed parsed =
        ParseOidc(base::StrCat("  JsonWebKeySet: ", form, "\n"), {{"keys/idp.json", expected}});
    ASSERT_THAT(parsed.diagnostics, IsEmpty()) << form;
    ASSERT_NE(Oidc(parsed).jwks.text, nullptr) << form;
    EXPECT_EQ(*Oidc(parsed).jwks.text, expected) << form;
  }
  const Parsed block = ParseOidc(base::StrCat("  JsonWebKeySet: |\n    ", kKeys, "\n"));
  ASSERT_THAT(block.diagnostics, IsEmpty());
  EXPECT_EQ(*Oidc(block).jwks.text, base::StrCat(kKeys, "\n"));
  EXPECT_EQ(Oidc(block).jwks.position, (base::Position{5, 18}));
}

TEST(SchemaProvidersTest, KeySetsThatAreRefused) {
  const Documents documents = {{"broken.json", "{\n \"keys\":\n"}, {"keys.yaml", "keys: []"}};
  const struct {
    std::string_view form;
    std::string_view diagnostic;
  } kCases[] = {
      {"7", "a.yaml:5:18: error: expected a key set or the field `File`, got a number"},
      {"[]", "a.yaml:5:18: error: expected a key set or the field `File`, got a list"},
      {"no json",
       "a.yaml:5:18: error: a key set is a mapping, or JSON in a literal block that begins with "
       "`|`"},
      {"'{\"keys\":}'", "a.yaml:5:27: error: "},
      {"{File: gone.json}",
       "a.yaml:5:25: error: file `gone.json` does not exist in the policy directory; key sets "
       "are in `*.json`"},
      {"{File: ../keys.json}",
       "a.yaml:5:25: error: file `../keys.json` is not a path inside the policy directory"},
      {"{File: /etc/keys.json}",
       "a.yaml:5:25: error: file `/etc/keys.json` is not a path inside the policy directory"},
      {"{File: keys.yaml}",
       "a.yaml:5:25: error: file `keys.yaml` of a key set must end with `.json`"},
      {"{File: broken.json}", "broken.json:3:1: error: "},
      {"{File: 7}", "a.yaml:5:25: error: expected a text, got the number `7`: put it in quotes"},
      {"{File: broken.json, keys: []}",
       "a.yaml:5:38: error: unknown field `keys` of `DocumentReference`"},
  };
  for (const auto& test : kCases) {
    const auto parsed = ParseOidc(base::StrCat("  JsonWebKeySet: ", test.form, "\n"), documents);
    EXPECT_EQ(parsed.definitions, nullptr) << test.form;
    EXPECT_THAT(parsed.diagnostics, ::testing::Contains(HasSubstr(std::string(test.diagnostic))))
        << test.form;
  }
}

TEST(SchemaProvidersTest, KeySetsAreBounded) {
  const auto of_size = [](size_t size) {
    const std::string start = R"({"keys":[]})";
    return ParseOidc("  JsonWebKeySet: {File: k.json}\n",
                     {{"k.json", start + std::string(size - start.size(), ' ')}})
        .diagnostics;
  };
  EXPECT_THAT(of_size(1 << 20), IsEmpty());
  EXPECT_THAT(of_size((1 << 20) + 1), ElementsAre(HasSubstr("k.json:1:1: error: ")));
}

// R-1.20: 1000 to 10 000 000 characters.
TEST(SchemaProvidersTest, MetadataIsBounded) {
  const auto of_size = [](size_t size) {
    return ParseSaml("{File: corp.xml}", {{"corp.xml", Metadata(size)}}).diagnostics;
  };
  EXPECT_THAT(of_size(1000), IsEmpty());
  EXPECT_THAT(of_size(10'000'000), IsEmpty());
  EXPECT_THAT(of_size(999), ElementsAre("corp.xml:1:1: error: metadata document has 999 "
                                        "characters; allowed are 1000 to 10000000"));
  EXPECT_THAT(of_size(10'000'001),
              ElementsAre("corp.xml:1:1: error: metadata document has 10000001 "
                          "characters; allowed are 1000 to 10000000"));
}

TEST(SchemaProvidersTest, MetadataInEachForm) {
  const std::string text = Metadata(1000);
  const Parsed by_file = ParseSaml("{File: saml/corp.xml}", {{"saml/corp.xml", text}});
  ASSERT_THAT(by_file.diagnostics, IsEmpty());
  const store::SamlProviderDefinition& provider = by_file.definitions->saml_providers.at(0);
  EXPECT_EQ(provider.account.text, "111111111111");
  EXPECT_EQ(provider.name.text, "Corp");
  EXPECT_EQ(*provider.metadata.text, text);
  EXPECT_EQ(*provider.metadata.file, "saml/corp.xml");
  const Parsed inline_text = ParseSaml(base::StrCat("'", text, "'"));
  ASSERT_THAT(inline_text.diagnostics, IsEmpty());
  EXPECT_EQ(*inline_text.definitions->saml_providers.at(0).metadata.text, text);

  EXPECT_THAT(ParseSaml("{File: corp.json}", {{"corp.json", text}}).diagnostics,
              ElementsAre("a.yaml:4:32: error: file `corp.json` of a metadata document must end "
                          "with `.xml`"));
  EXPECT_THAT(ParseSaml("{Url: x}").diagnostics,
              ElementsAre(HasSubstr("unknown field `Url` of `DocumentReference`"),
                          HasSubstr("field `File` of `DocumentReference` is missing")));
  EXPECT_THAT(ParseSaml("{File: corp.xml}", {{"corp.xml", Metadata(1000) + "\xff"}}).diagnostics,
              ElementsAre("corp.xml:1:1: error: metadata document is not valid UTF-8"));
  EXPECT_THAT(ParseText("Account: \"111111111111\"\nSAMLProviders: [{Name: Corp}]\n").diagnostics,
              ElementsAre("a.yaml:2:17: error: field `SAMLMetadataDocument` of `SAMLProvider` is "
                          "missing"));
  EXPECT_THAT(ParseText("SAMLProviders: []\n").diagnostics,
              ElementsAre(HasSubstr("`SAMLProviders` needs `Account` at the top of the file")));
}

TEST(SchemaProvidersTest, SamlProvidersHaveADate) {
  const Parsed parsed = ParseSaml("{File: corp.xml}\n  CreateDate: \"2024-01-02T03:04:05Z\"",
                                  {{"corp.xml", Metadata(1000)}});
  ASSERT_THAT(parsed.diagnostics, IsEmpty());
  EXPECT_EQ(parsed.definitions->saml_providers.at(0).create_date,
            absl::FromUnixSeconds(1704164645));
}

// The documents' own readers are handed in; what they refuse does not load.
TEST(SchemaProvidersTest, ValidatorsDecide) {
  ParseLimits limits;
  limits.validate_jwks = [](std::string_view document) {
    return document == kKeys ? absl::OkStatus() : absl::InvalidArgumentError("no usable key");
  };
  limits.validate_saml_metadata = [](std::string_view document) {
    return document == Metadata(1000) ? absl::OkStatus()
                                      : absl::InvalidArgumentError("no signing certificate");
  };
  const std::string good(kKeys);
  EXPECT_THAT(
      ParseOidc("  JsonWebKeySet: {File: k.json}\n", {{"k.json", good}}, limits).diagnostics,
      IsEmpty());
  EXPECT_THAT(
      ParseOidc("  JsonWebKeySet: {File: k.json}\n", {{"k.json", good + "\n"}}, limits).diagnostics,
      ElementsAre("k.json:1:1: error: key set cannot be used: no usable key"));
  EXPECT_THAT(ParseOidc("  JsonWebKeySet: {keys: []}\n", {}, limits).diagnostics,
              ElementsAre("a.yaml:5:18: error: key set cannot be used: no usable key"));
  EXPECT_THAT(ParseSaml("{File: c.xml}", {{"c.xml", Metadata(1000)}}, limits).diagnostics,
              IsEmpty());
  EXPECT_THAT(ParseSaml("{File: c.xml}", {{"c.xml", Metadata(1001)}}, limits).diagnostics,
              ElementsAre("c.xml:1:1: error: metadata document cannot be used: no signing "
                          "certificate"));
}

}  // namespace
}  // namespace portcullis::source
