#include "server/metrics/names.h"

#include <set>
#include <string>

#include "absl/strings/match.h"
#include "gtest/gtest.h"

namespace portcullis::metrics {
namespace {

TEST(Names, FollowTheConventions) {
  std::set<std::string_view> names;
  for (size_t i = 0; i < kFamilyCount; ++i) {
    const Family& family = FamilyOf(static_cast<FamilyId>(i));
    EXPECT_TRUE(names.insert(family.name).second) << family.name;
    EXPECT_TRUE(family.name.starts_with("portcullis_")) << family.name;
    EXPECT_EQ(family.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_"), std::string_view::npos);
    EXPECT_EQ(family.kind == MetricKind::kCounter, family.name.ends_with("_total")) << family.name;
    EXPECT_EQ(!family.unit.empty(), family.name.ends_with("_seconds")) << family.name;
    EXPECT_TRUE(family.help.ends_with(".")) << family.name;
  }
}

TEST(Names, LabelsAreCompleteAndWithinTheBudget) {
  for (size_t i = 0; i < kFamilyCount; ++i) {
    const Family& family = FamilyOf(static_cast<FamilyId>(i));
    for (const Axis& axis : family.axes) {
      ASSERT_FALSE(axis.names.empty());
      EXPECT_EQ(axis.values.size() % axis.names.size(), 0u) << family.name;
      std::set<std::string> rows;
      for (size_t row = 0; row < axis.size(); ++row) {
        std::string all;
        for (const std::string_view value : axis.row(row)) {
          EXPECT_FALSE(value.empty()) << family.name;
          all += std::string(value) + "|";
        }
        EXPECT_TRUE(rows.insert(all).second) << family.name << " " << all;
      }
      EXPECT_LE(axis.size(), 30u) << family.name;  // The methods, which are as many as there are.
    }
    // The histogram of RPCs shows codes other than OK only once they occur.
    if (static_cast<FamilyId>(i) != FamilyId::kRpc) {
      EXPECT_LT(family.series_count(), 100u) << family.name;
    }
  }
}

// A row in the wrong place would count one thing under another's name.
TEST(Names, RowsAreInTheOrderOfTheirEnumerators) {
  const auto value = [](FamilyId family, size_t axis, auto enumerator, size_t column = 0) {
    return FamilyOf(family).axes[axis].row(static_cast<size_t>(enumerator))[column];
  };
  EXPECT_EQ(value(FamilyId::kAuthzDecisions, 0, Api::kGrpc), "grpc");
  EXPECT_EQ(value(FamilyId::kAuthzDecisions, 0, Api::kForwardAuth), "forward_auth");
  EXPECT_EQ(value(FamilyId::kAuthzDecisions, 0, Api::kAuthzen), "authzen");
  EXPECT_EQ(value(FamilyId::kAuthzDecisions, 0, Api::kMetadata), "metadata");
  EXPECT_EQ(value(FamilyId::kQueryRequests, 0, QueryAction::kOther), "Other");
  EXPECT_EQ(value(FamilyId::kQueryRequests, 0, QueryAction::kAssumeRoleWithSaml),
            "AssumeRoleWithSAML");
  EXPECT_EQ(value(FamilyId::kQueryRequests, 0, QueryAction::kGetSessionToken), "GetSessionToken");
  EXPECT_EQ(value(FamilyId::kQueryRequests, 0, QueryAction::kIamWrite), "iam:write");
  EXPECT_EQ(value(FamilyId::kQueryRequests, 1, QueryCode::kInternalFailure), "InternalFailure");
  EXPECT_EQ(value(FamilyId::kQueryRequests, 1, QueryCode::kServiceUnavailable),
            "ServiceUnavailable");
  const struct {
    DecisionReason reason;
    std::string_view decision;
    std::string_view text;
  } reasons[] = {
      {DecisionReason::kInternal, "error", "internal"},
      {DecisionReason::kUnavailable, "error", "unavailable"},
      {DecisionReason::kOverload, "error", "overload"},
      {DecisionReason::kMalformed, "error", "malformed"},
      {DecisionReason::kSessionInvalid, "error", "session_invalid"},
      {DecisionReason::kPeerRefused, "error", "peer_refused"},
      {DecisionReason::kImplicitDeny, "deny", "implicit_deny"},
      {DecisionReason::kExplicitDeny, "deny", "explicit_deny"},
      {DecisionReason::kExplicitAllow, "allow", "explicit_allow"},
      {DecisionReason::kNoRoute, "deny", "no_route"},
      {DecisionReason::kPublicRoute, "allow", "public_route"},
  };
  for (const auto& c : reasons) {
    EXPECT_EQ(value(FamilyId::kAuthzDecisions, 1, c.reason, 0), c.decision) << c.text;
    EXPECT_EQ(value(FamilyId::kAuthzDecisions, 1, c.reason, 1), c.text);
  }
  EXPECT_EQ(value(FamilyId::kRpc, 0, RpcMethod::kAuthorize, 1), "Authorize");
  EXPECT_EQ(value(FamilyId::kRpc, 0, RpcMethod::kGetCallerIdentity, 1), "GetCallerIdentity");
  EXPECT_EQ(value(FamilyId::kRpc, 0, RpcMethod::kExtAuthzCheck, 1), "Check");
  EXPECT_EQ(value(FamilyId::kRpc, 1, 0), "OK");
  EXPECT_EQ(value(FamilyId::kRpc, 1, 3), "INVALID_ARGUMENT");
  EXPECT_EQ(value(FamilyId::kRpc, 1, 7), "PERMISSION_DENIED");
  EXPECT_EQ(value(FamilyId::kRpc, 1, 14), "UNAVAILABLE");
  EXPECT_EQ(value(FamilyId::kRpc, 1, 16), "UNAUTHENTICATED");
  EXPECT_EQ(value(FamilyId::kStsRequests, 0, StsAction::kGetCallerIdentity), "GetCallerIdentity");
  EXPECT_EQ(value(FamilyId::kStsRequests, 1, StsCode::kOk), "OK");
  EXPECT_EQ(value(FamilyId::kStsRequests, 1, StsCode::kInternalFailure), "InternalFailure");
  EXPECT_EQ(value(FamilyId::kPolicyReloads, 1, ReloadResult::kSuccess), "success");
  EXPECT_EQ(value(FamilyId::kPolicyReloads, 1, ReloadResult::kUnchanged), "unchanged");
  EXPECT_EQ(value(FamilyId::kPolicyObjects, 0, PolicyObject::kAccounts), "accounts");
  EXPECT_EQ(value(FamilyId::kPolicyObjects, 0, PolicyObject::kManagedPolicies), "managed_policies");
  EXPECT_EQ(value(FamilyId::kPolicyObjects, 0, PolicyObject::kStatements), "statements");
  EXPECT_EQ(value(FamilyId::kPolicyObjects, 0, PolicyObject::kProxies), "proxies");
  EXPECT_EQ(value(FamilyId::kAuditRecords, 0, AuditSink::kStdout), "stdout");
  EXPECT_EQ(value(FamilyId::kAuditRecords, 1, AuditResult::kDropped), "dropped");
  EXPECT_EQ(value(FamilyId::kTlsCertificateExpiry, 0, CertificateUse::kClientCa), "client_ca");
}

TEST(StsCodeOf, KnowsItsRows) {
  EXPECT_EQ(StsCodeOf("OK"), StsCode::kOk);
  EXPECT_EQ(StsCodeOf("ValidationError"), StsCode::kValidationError);
  EXPECT_EQ(StsCodeOf("PackedPolicyTooLarge"), StsCode::kValidationError);
  EXPECT_EQ(StsCodeOf("ExpiredTokenException"), StsCode::kInvalidIdentityToken);
  EXPECT_EQ(StsCodeOf("ExpiredToken"), StsCode::kExpiredToken);
  EXPECT_EQ(StsCodeOf("SignatureDoesNotMatch"), StsCode::kInvalidClientTokenId);
  EXPECT_EQ(StsCodeOf("SomethingElse"), StsCode::kOther);
  EXPECT_EQ(StsCodeOf(""), StsCode::kOther);
}

}  // namespace
}  // namespace portcullis::metrics
