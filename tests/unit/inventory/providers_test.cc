#include "gtest/gtest.h"

#include "tests/unit/inventory/world.h"

namespace portcullis::inventory {
namespace {

constexpr std::string_view kOidc = "arn:aws:iam::111111111111:oidc-provider/token.example.com/x";
constexpr std::string_view kSaml = "arn:aws:iam::111111111111:saml-provider/Corp";

Given Oidc(std::string_view arn) {
  return {{"OpenIDConnectProviderArn", std::string(arn)}};
}
Given Saml(std::string_view arn) {
  return {{"SAMLProviderArn", std::string(arn)}};
}

TEST(Providers, OpenIdConnect) {
  const World world;
  ExpectCalls(world, {
                         {"ListOpenIDConnectProviders",
                          {},
                          R"({"OpenIDConnectProviderList":[{"Arn":)"
                          R"("arn:aws:iam::111111111111:oidc-provider/token.example.com/x"}]})"},
                         {"GetOpenIDConnectProvider", Oidc(kOidc),
                          R"({"Url":"token.example.com/x","ClientIDList":["portcullis"],)"
                          R"("ThumbprintList":["990f4193972f2becf12ddeda5237f9c952f20d9e"],)"
                          R"("CreateDate":"2023-05-01T00:00:00Z",)"
                          R"("Tags":[{"Key":"Owner","Value":"ci"}]})"},
                         {"ListOpenIDConnectProviderTags", Oidc(kOidc),
                          R"({"Tags":[{"Key":"Owner","Value":"ci"}],"IsTruncated":false})"},
                     });
}

TEST(Providers, Saml) {
  const World world;
  ExpectCalls(world, {
                         {"ListSAMLProviders",
                          {},
                          R"({"SAMLProviderList":[{)"
                          R"("Arn":"arn:aws:iam::111111111111:saml-provider/Corp",)"
                          R"("CreateDate":"2023-06-01T00:00:00Z"}]})"},
                         {"GetSAMLProvider", Saml(kSaml),
                          R"({"SAMLMetadataDocument":"<EntityDescriptor/>",)"
                          R"("CreateDate":"2023-06-01T00:00:00Z",)"
                          R"("Tags":[{"Key":"Owner","Value":"it"}]})"},
                         {"ListSAMLProviderTags", Saml(kSaml),
                          R"({"Tags":[{"Key":"Owner","Value":"it"}],"IsTruncated":false})"},
                     });
}

TEST(Providers, EndOfMetadata) {  // R-1.20
  const World world;
  Scope scope = world.scope();
  scope.saml_valid_until = [](const store::SamlProvider& provider) {
    return provider.name == "Corp" ? std::optional<absl::Time>(Day("2030-01-01")) : std::nullopt;
  };
  const auto list = FindOperation("ListSAMLProviders")->read(scope, Parameters());
  ASSERT_TRUE(list.ok()) << list.status();
  const base::Shape& entry = list->Find("SAMLProviderList")->members()[0].value;
  EXPECT_EQ(entry.Find("ValidUntil")->time(), Day("2030-01-01"));
  const auto one = FindOperation("GetSAMLProvider")->read(scope, ParametersOf(Saml(kSaml)));
  ASSERT_TRUE(one.ok()) << one.status();
  EXPECT_EQ(one->Find("ValidUntil")->time(), Day("2030-01-01"));
}

TEST(Providers, ThoseThatAreNotThere) {
  const World world;
  for (const std::string_view operation :
       {"GetOpenIDConnectProvider", "ListOpenIDConnectProviderTags"}) {
    for (const std::string arn : {"arn:aws:iam::111111111111:oidc-provider/none.example.com",
                                  "arn:aws:iam::123456789012:oidc-provider/foreign.example.com"}) {
      EXPECT_EQ(world.Call(operation, Oidc(arn)),
                "NoSuchEntity: OpenIDConnect Provider not found for arn " + arn);
    }
  }
  for (const std::string_view operation : {"GetSAMLProvider", "ListSAMLProviderTags"}) {
    for (const std::string arn : {"arn:aws:iam::111111111111:saml-provider/None",
                                  "arn:aws:iam::123456789012:saml-provider/Foreign"}) {
      EXPECT_EQ(world.Call(operation, Saml(arn)),
                "NoSuchEntity: Manifest not found for arn " + arn);
    }
  }
}

TEST(Providers, Resources) {
  const World world;
  EXPECT_EQ(world.Resource("ListOpenIDConnectProviders"),
            "arn:aws:iam::111111111111:oidc-provider/");
  EXPECT_EQ(world.Resource("ListSAMLProviders"), "arn:aws:iam::111111111111:saml-provider/");
  EXPECT_EQ(world.Resource("GetOpenIDConnectProvider", Oidc(kOidc)), kOidc);
  EXPECT_EQ(world.Resource("GetSAMLProvider", Saml(kSaml)), kSaml);
  EXPECT_EQ(world.Resource("GetSAMLProvider", Saml("no arn, but long enough")),
            "InvalidInput: ARN no arn, but long enough is not valid.");
}

}  // namespace
}  // namespace portcullis::inventory
