// Identity providers for the tests about sessions, with real signatures.
#ifndef PORTCULLIS_TESTS_UNIT_ENGINE_FEDERATED_WORLD_H_
#define PORTCULLIS_TESTS_UNIT_ENGINE_FEDERATED_WORLD_H_

#include <string>
#include <string_view>

#include "server/engine/federated_sessions.h"
#include "tests/unit/engine/sts_world.h"
#include "tests/unit/federation/saml_fixtures.h"

namespace portcullis::engine {

// Besides StsTest's: an OIDC provider of the first account that a role `web` trusts, and account
// 123456789012 with a SAML provider that a role `Analysts` trusts. Nothing is published yet.
class FederatedTest : public StsTest {
 protected:
  static constexpr std::string_view kSamlAccount = "123456789012";
  static constexpr std::string_view kIssuer = "https://oidc.example.com/id/1";
  static constexpr std::string_view kProvider =
      "arn:aws:iam::111122223333:oidc-provider/oidc.example.com/id/1";
  static constexpr std::string_view kSubject = "system:serviceaccount:default:web";

  FederatedTest();

  // A trust policy that admits `provider` to `actions`, with an optional Condition member.
  static std::string FederatedTrust(std::string_view provider, std::string_view actions,
                                    std::string_view condition = {});

  // The definition of the provider.
  store::OidcProviderDefinition& Oidc() { return world.definitions().oidc_providers.front(); }
  store::SamlProviderDefinition& Saml() { return world.definitions().saml_providers.front(); }
  store::RoleDefinition& SamlRoleDefinition() { return RoleNamed("Analysts"); }

  // The claims of a good token that was issued now, with `more` members (`,"azp":"x"`), and without
  // the ones that `more` replaces: aud, sub.
  std::string Claims(std::string_view more = {}, std::string_view audience = R"("sts.example.com")",
                     std::string_view subject = kSubject) const;
  // The claims, signed by the provider.
  static std::string Signed(std::string_view claims);

  // A good request for the role `web`.
  session::WebIdentityParameters WebParameters();
  session::WebIdentityParameters WebParameters(std::string_view token);
  absl::StatusOr<WebIdentityRole> AssumeWeb(const session::WebIdentityParameters& parameters);
  // Must succeed; the session's token.
  std::string WebToken(const session::WebIdentityParameters& parameters);

  // To the time at which SAML's responses are good; forward only.
  void MoveToSamlTime();
  // A request for `Analysts`: the good response, or `xml`, with its assertion signed.
  static session::SamlParameters SamlRequest();
  static session::SamlParameters SamlRequest(const std::string& xml);
  absl::StatusOr<SamlRole> AssumeSaml(const session::SamlParameters& parameters);
  std::string SamlToken(const session::SamlParameters& parameters);
};

}  // namespace portcullis::engine

#endif  // PORTCULLIS_TESTS_UNIT_ENGINE_FEDERATED_WORLD_H_
