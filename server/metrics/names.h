// The catalogue of metrics: every name, unit, help text and label value that this process exports.
//
// Labels have closed sets of values, chosen here. Nothing that a client or a policy author can make
// up (principal, role, resource, action, address, error text) ever becomes a label.
#ifndef PORTCULLIS_SERVER_METRICS_NAMES_H_
#define PORTCULLIS_SERVER_METRICS_NAMES_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "absl/types/span.h"

namespace portcullis::metrics {

// Label values as enums, so that counting never touches a string. Each enum's rows in names.cc are
// in the order of its enumerators.

// Through which door a question came.
enum class Api : uint8_t {
  kGrpc,
  kExtAuthz,
  kExtAuthzHttp,
  kForwardAuth,
  kQuery,
  kAuthzen,
  kMetadata
};

// Why a question was answered as it was. The label `decision` (allow, deny, error) follows from it;
// error means that there was no decision.
enum class DecisionReason : uint8_t {
  kInternal,        // error
  kUnavailable,     // error: nothing loaded, or the audit log cannot take a record
  kOverload,        // error
  kMalformed,       // error
  kSessionInvalid,  // error: the caller could not be identified
  kPeerRefused,     // error: the client may not ask such a question
  kImplicitDeny,    // deny
  kExplicitDeny,    // deny
  kExplicitAllow,   // allow
  kNoRoute,         // deny: no rule of the gateway is about the request
  kPublicRoute,     // allow: by a rule that asks nobody
};

enum class RpcMethod : uint8_t {
  kAuthorize,
  kBatchAuthorize,
  kStreamAuthorize,
  kAssumeRole,
  kValidateSession,
  kGetCallerIdentity,
  kGetSessionToken,
  kGetFederationToken,
  kAssumeRoleWithWebIdentity,
  kAssumeRoleWithSaml,
  kAssumeRoleWithWorkloadIdentity,
  kGetAccessKeyInfo,
  kDecodeAuthorizationMessage,
  kGetStatus,
  kReloadPolicies,
  kSimulateCustomPolicy,
  kSimulatePrincipalPolicy,
  kRevokeSessions,
  kListRevocations,
  kGetAccountPasswordPolicy,
  kGenerateCredentialReport,
  kGetCredentialReport,
  kGetAccessKeyLastUsed,
  kGenerateServiceLastAccessedDetails,
  kGetServiceLastAccessedDetails,
  kGetServiceLastAccessedDetailsWithEntities,
  kListPoliciesGrantingServiceAccess,
  kExtAuthzCheck,
};
inline constexpr size_t kRpcMethodCount = 28;

enum class StsAction : uint8_t {
  kAssumeRole,
  kValidateSession,
  kGetCallerIdentity,
  kGetSessionToken,
  kGetFederationToken,
  kAssumeRoleWithWebIdentity,
  kAssumeRoleWithSaml,
  kAssumeRoleWithWorkloadIdentity,
  kGetAccessKeyInfo,
  kDecodeAuthorizationMessage,
};

// The error codes of section 5.13 in classes, each with the name of its most common code, so that
// actions times codes stay few.
enum class StsCode : uint8_t {
  kOther,
  kOk,
  kAccessDenied,
  kValidationError,       // The caller's parameters: policies, tags and messages too.
  kInvalidIdentityToken,  // What an identity provider says, or does not say.
  kInvalidClientTokenId,  // Credentials and signatures.
  kExpiredToken,
  kServiceUnavailable,
  kInternalFailure,
};
// The class of the error code `name`, else kOther. For the end of a request, not for loops.
StsCode StsCodeOf(std::string_view name);

// The actions of the Query endpoint: those of STS by name, those of IAM, of which there are many,
// by what they do. kOther: no action, or an unknown one.
enum class QueryAction : uint8_t {
  kOther,
  kAssumeRole,
  kAssumeRoleWithSaml,
  kAssumeRoleWithWebIdentity,
  kDecodeAuthorizationMessage,
  kGetAccessKeyInfo,
  kGetCallerIdentity,
  kGetFederationToken,
  kGetSessionToken,
  kIamRead,
  kIamReport,
  kIamSimulation,
  kIamWrite,
};

// The endpoint's error codes in classes, as those of StsCode.
enum class QueryCode : uint8_t {
  kInternalFailure,
  kOk,
  kAccessDenied,
  kInvalidClientTokenId,  // Credentials and signatures, expired ones too.
  kValidationError,       // Whatever else the caller has to change.
  kServiceUnavailable,    // Throttling too.
};

enum class ReloadSource : uint8_t { kYamlDirectory };
enum class ReloadResult : uint8_t { kFailure, kSuccess, kUnchanged };

enum class PolicyObject : uint8_t {
  kAccounts,
  kUsers,
  kGroups,
  kRoles,
  kManagedPolicies,
  kResources,
  kOidcProviders,
  kAccessKeys,
  kMfaDevices,
  kStatements,
  kGateways,
  kProxies,
};
inline constexpr size_t kPolicyObjectCount = 12;

enum class AuditSink : uint8_t { kFile, kStdout };
enum class AuditResult : uint8_t { kFailed, kDropped, kWritten };

// What an HTTP server of ours is for.
enum class HttpUse : uint8_t { kQuery, kGateway };
inline constexpr size_t kHttpUseCount = 2;

enum class CertificateUse : uint8_t { kServer, kClientCa };
inline constexpr size_t kCertificateUseCount = 2;

// gRPC's status codes, which absl::StatusCode shares.
inline constexpr size_t kStatusCodeCount = 17;

enum class MetricKind : uint8_t { kCounter, kGauge, kHistogram };

// One dimension of a family: one or more labels that vary together. Row i of `values` belongs to
// enumerator i; it has as many values as there are names.
struct Axis {
  absl::Span<const std::string_view> names;
  absl::Span<const std::string_view> values;

  size_t size() const { return values.size() / names.size(); }
  absl::Span<const std::string_view> row(size_t index) const {
    return values.subspan(index * names.size(), names.size());
  }
};

enum class FamilyId : uint8_t {
  kBuildInfo,
  kAuthzDecisions,
  kAuthzEvaluation,
  kRpc,
  kRpcInFlight,
  kStsRequests,
  kQueryRequests,
  kQuerySeconds,
  kQueryConnections,
  kQueryAccepted,
  kQueryTurnedAway,
  kQueryRefused,
  kGatewayConnections,
  kGatewayAccepted,
  kGatewayTurnedAway,
  kGatewayRefused,
  kPolicyReloads,
  kPolicyLastReloadSuccessful,
  kPolicyLastReloadSuccess,
  kPolicyInfo,
  kPolicyObjects,
  kAuditRecords,
  kAuditOversizedRecords,
  kAuditQueueLength,
  kTlsCertificateExpiry,
};
inline constexpr size_t kFamilyCount = 25;

// One metric. Names end in their unit, counters in `_total`.
struct Family {
  std::string_view name;
  MetricKind kind;
  std::string_view unit;  // "seconds"; empty: a number of things.
  std::string_view help;
  absl::Span<const Axis> axes;  // Empty: one series, or labels that are known at start only.

  // How many series the axes make.
  size_t series_count() const;
};

const Family& FamilyOf(FamilyId id);

}  // namespace portcullis::metrics

#endif  // PORTCULLIS_SERVER_METRICS_NAMES_H_
