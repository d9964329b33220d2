// Roles for workloads, by the SPIFFE ID in their certificate or in a trusted proxy's report.
#include <string>

#include "gtest/gtest.h"

#include "server/base/text.h"
#include "tests/unit/engine/federated_world.h"

namespace portcullis::engine {
namespace {

using base::Concat;
using policy::Effect;

constexpr std::string_view kWebAction = R"("sts:AssumeRoleWithWebIdentity")";
constexpr std::string_view kWebDenied =
    "PERMISSION_DENIED AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity";

class WorkloadSessionsTest : public FederatedTest {};

struct WorkloadRow {
  std::string_view name;
  std::string_view certificate;  // The SPIFFE ID of the connection.
  std::string_view asserted;
  bool may_assert;
  std::string_view session_name;
  std::string_view outcome;  // Its start; the session's name if it is issued.
};

TEST_F(WorkloadSessionsTest, WhoShowsOrReportsWhat) {  // R-3.47, R-5.8
  Oidc().trust_domain = {"example.org", {1, 1}};
  SetTrust(&RoleNamed("web"), FederatedTrust(kProvider, kWebAction,
                                             R"({"StringLike":{"oidc.example.com/id/1:sub":)"
                                             R"("spiffe://example.org/ns/prod/*"}})"));
  World::SetPolicies(&RoleNamed("web"),
                     {Conditional("Allow", "app:Use",
                                  R"({"StringEquals":{"oidc.example.com/id/1:sub":)"
                                  R"("spiffe://example.org/ns/prod/web"}})")});
  world.Publish();
  constexpr std::string_view kWeb = "spiffe://example.org/ns/prod/web";
  const WorkloadRow rows[] = {
      {"certificate", kWeb, "", false, "", "web"},
      {"certificate and name", kWeb, "", false, "pod-7", "pod-7"},
      {"certificate, said again", kWeb, kWeb, false, "", "web"},
      {"reported by a proxy", "", kWeb, true, "", "web"},
      {"a proxy with a certificate of its own", "spiffe://example.org/proxy", kWeb, true, "",
       "web"},
      {"reported by anybody", "", kWeb, false, "", "PERMISSION_DENIED ASSERTION_NOT_ALLOWED: "},
      {"reported by another workload", "spiffe://example.org/ns/prod/evil", kWeb, false, "",
       "PERMISSION_DENIED ASSERTION_NOT_ALLOWED: "},
      {"nothing", "", "", true, "", "UNAUTHENTICATED MissingAuthenticationToken: "},
      {"not a SPIFFE ID", "", "https://example.org/x", true, "",
       "INVALID_ARGUMENT InvalidIdentityToken: "},
      {"a trust domain", "", "spiffe://example.org", true, "",
       "INVALID_ARGUMENT InvalidIdentityToken: "},
      {"another trust domain", "spiffe://example.net/ns/prod/web", "", false, "",
       "INVALID_ARGUMENT InvalidIdentityToken: No provider found in your account for the trust "
       "domain example.net"},
      {"not trusted", "spiffe://example.org/ns/test/web", "", false, "", kWebDenied},
      {"too short a name", "spiffe://example.org/ns/prod/w", "", false, "",
       "INVALID_ARGUMENT ValidationError: "},
      {"characters of a name", kWeb, "", false, "a b", "INVALID_ARGUMENT ValidationError: "},
  };
  for (const WorkloadRow& row : rows) {
    Peer peer;
    peer.spiffe_id = row.certificate;
    peer.may_assert_principals = row.may_assert;
    WorkloadParameters parameters;
    parameters.role_arn = RoleArn("web");
    parameters.role_session_name = std::string(row.session_name);
    parameters.spiffe_id = std::string(row.asserted);
    const auto issued = world.sessions.AssumeRoleWithWorkloadIdentity(parameters, peer);
    if (!issued.ok()) {
      EXPECT_EQ(Outcome(issued.status()).substr(0, row.outcome.size()), row.outcome) << row.name;
      continue;
    }
    EXPECT_EQ(issued->role.assumed_role_arn,
              Concat({"arn:aws:sts::111122223333:assumed-role/web/", row.outcome}))
        << row.name;
    EXPECT_EQ(issued->spiffe_id, kWeb) << row.name;
    EXPECT_EQ(issued->provider_arn, kProvider) << row.name;
    EXPECT_EQ(DecideToken(issued->role.credentials.session_token, "app:Use"), Effect::kAllow)
        << row.name;
  }
}

}  // namespace
}  // namespace portcullis::engine
