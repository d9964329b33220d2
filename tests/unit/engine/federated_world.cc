#include "tests/unit/engine/federated_world.h"

#include <memory>

#include "server/base/str_cat.h"
#include "server/base/text.h"
#include "tests/unit/federation/identity_token_maker.h"

namespace portcullis::engine {

using base::Concat;
using federation::SigningKey;

FederatedTest::FederatedTest() {
  store::OidcProviderDefinition& oidc = world.definitions().oidc_providers.emplace_back();
  oidc.account = {std::string(kAccount), {1, 1}};
  oidc.url = {std::string(kIssuer), {1, 1}};
  oidc.client_ids = {{"sts.example.com", {1, 1}}, {"app-2", {1, 1}}};
  oidc.jwks.text = std::make_shared<const std::string>(
      federation::KeySetText({SigningKey::For("ES256").Jwk(R"("kid":"1","use":"sig")")}));
  world.Role(kAccount, "web", FederatedTrust(kProvider, R"("sts:AssumeRoleWithWebIdentity")"));

  world.Account(kSamlAccount);
  store::SamlProviderDefinition& saml = world.definitions().saml_providers.emplace_back();
  saml.account = {std::string(kSamlAccount), {1, 1}};
  saml.name = {"ExampleCorp", {1, 1}};
  saml.metadata.text = std::make_shared<const std::string>(
      federation::SamlTestMetadataXml({federation::SamlTestKey::Provider().certificate()}));
  world.Role(kSamlAccount, "Analysts",
             FederatedTrust(federation::kSamlTestProvider, R"("sts:AssumeRoleWithSAML")"));
}

std::string FederatedTest::FederatedTrust(std::string_view provider, std::string_view actions,
                                          std::string_view condition) {
  return Concat({R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":)",
                 R"({"Federated":")", provider, R"("},"Action":[)", actions, "]",
                 condition.empty() ? "" : R"(,"Condition":)", condition, "}}"});
}

std::string FederatedTest::Claims(std::string_view more, std::string_view audience,
                                  std::string_view subject) const {
  const int64_t now = absl::ToUnixSeconds(world.clock.Now());
  return base::StrCat(R"({"iss":")", kIssuer, R"(","aud":)", audience, R"(,"sub":")", subject,
                      R"(","iat":)", now, R"(,"exp":)", now + 600, more, "}");
}

std::string FederatedTest::Signed(std::string_view claims) {
  return federation::MakeToken(SigningKey::For("ES256"), "ES256", R"({"alg":"ES256","kid":"1"})",
                               claims);
}

session::WebIdentityParameters FederatedTest::WebParameters() {
  return WebParameters(Signed(Claims()));
}

session::WebIdentityParameters FederatedTest::WebParameters(std::string_view token) {
  session::WebIdentityParameters parameters;
  parameters.role_arn = RoleArn("web");
  parameters.role_session_name = "pod-7";
  parameters.web_identity_token = std::string(token);
  return parameters;
}

absl::StatusOr<WebIdentityRole> FederatedTest::AssumeWeb(
    const session::WebIdentityParameters& parameters) {
  return world.sessions.AssumeRoleWithWebIdentity(parameters, Peer());
}

std::string FederatedTest::WebToken(const session::WebIdentityParameters& parameters) {
  const auto issued = AssumeWeb(parameters);
  EXPECT_TRUE(issued.ok()) << issued.status();
  return issued.ok() ? issued->role.credentials.session_token : "";
}

void FederatedTest::MoveToSamlTime() {
  world.clock.Advance(federation::SamlTestNow() - world.clock.Now());
}

session::SamlParameters FederatedTest::SamlRequest() {
  return SamlRequest(federation::SamlTestResponseXml());
}

session::SamlParameters FederatedTest::SamlRequest(const std::string& xml) {
  session::SamlParameters parameters;
  parameters.role_arn = std::string(federation::kSamlTestRole);
  parameters.principal_arn = std::string(federation::kSamlTestProvider);
  parameters.saml_assertion = federation::SamlEncode(
      federation::SamlSign(xml, "_assertion", federation::SamlTestKey::Provider()));
  return parameters;
}

absl::StatusOr<SamlRole> FederatedTest::AssumeSaml(const session::SamlParameters& parameters) {
  return world.sessions.AssumeRoleWithSaml(parameters, Peer());
}

std::string FederatedTest::SamlToken(const session::SamlParameters& parameters) {
  const auto issued = AssumeSaml(parameters);
  EXPECT_TRUE(issued.ok()) << issued.status();
  return issued.ok() ? issued->role.credentials.session_token : "";
}

}  // namespace portcullis::engine
