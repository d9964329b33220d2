#include "server/metrics/names.h"

#include <array>

namespace portcullis::metrics {
namespace {

using Text = std::string_view;

// ---- Axes: rows in the order of the enumerators. ------------------------------------------------

constexpr Text kApiNames[] = {"api"};
constexpr Text kApiValues[] = {"grpc",  "ext_authz", "ext_authz_http", "forward_auth",
                               "query", "authzen",   "metadata"};

constexpr Text kDecisionNames[] = {"decision", "reason"};
constexpr Text kDecisionValues[] = {
    "error", "internal",         //
    "error", "unavailable",      //
    "error", "overload",         //
    "error", "malformed",        //
    "error", "session_invalid",  //
    "error", "peer_refused",     //
    "deny",  "implicit_deny",    //
    "deny",  "explicit_deny",    //
    "allow", "explicit_allow",   //
    "deny",  "no_route",         //
    "allow", "public_route",
};

constexpr Text kAuthorization = "portcullis.v1.AuthorizationService";
constexpr Text kSecurityToken = "portcullis.v1.SecurityTokenService";
constexpr Text kPolicyAdmin = "portcullis.v1.PolicyAdminService";
constexpr Text kAccount = "portcullis.v1.AccountService";
constexpr Text kExtAuthz = "envoy.service.auth.v3.Authorization";

constexpr Text kMethodNames[] = {"service", "method"};
constexpr Text kMethodValues[] = {
    kAuthorization, "Authorize",                                  //
    kAuthorization, "BatchAuthorize",                             //
    kAuthorization, "StreamAuthorize",                            //
    kSecurityToken, "AssumeRole",                                 //
    kSecurityToken, "ValidateSession",                            //
    kSecurityToken, "GetCallerIdentity",                          //
    kSecurityToken, "GetSessionToken",                            //
    kSecurityToken, "GetFederationToken",                         //
    kSecurityToken, "AssumeRoleWithWebIdentity",                  //
    kSecurityToken, "AssumeRoleWithSAML",                         //
    kSecurityToken, "AssumeRoleWithWorkloadIdentity",             //
    kSecurityToken, "GetAccessKeyInfo",                           //
    kSecurityToken, "DecodeAuthorizationMessage",                 //
    kPolicyAdmin,   "GetStatus",                                  //
    kPolicyAdmin,   "ReloadPolicies",                             //
    kPolicyAdmin,   "SimulateCustomPolicy",                       //
    kPolicyAdmin,   "SimulatePrincipalPolicy",                    //
    kAccount,       "RevokeSessions",                             //
    kAccount,       "ListRevocations",                            //
    kAccount,       "GetAccountPasswordPolicy",                   //
    kAccount,       "GenerateCredentialReport",                   //
    kAccount,       "GetCredentialReport",                        //
    kAccount,       "GetAccessKeyLastUsed",                       //
    kAccount,       "GenerateServiceLastAccessedDetails",         //
    kAccount,       "GetServiceLastAccessedDetails",              //
    kAccount,       "GetServiceLastAccessedDetailsWithEntities",  //
    kAccount,       "ListPoliciesGrantingServiceAccess",          //
    kExtAuthz,      "Check",
};
static_assert(std::size(kMethodValues) == 2 * kRpcMethodCount);

constexpr Text kCodeNames[] = {"code"};
constexpr Text kStatusCodeValues[] = {
    "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
    "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
    "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
    "DATA_LOSS", "UNAUTHENTICATED"};
static_assert(std::size(kStatusCodeValues) == kStatusCodeCount);

constexpr Text kActionNames[] = {"action"};
constexpr Text kStsActionValues[] = {"AssumeRole",         "ValidateSession",
                                     "GetCallerIdentity",  "GetSessionToken",
                                     "GetFederationToken", "AssumeRoleWithWebIdentity",
                                     "AssumeRoleWithSAML", "AssumeRoleWithWorkloadIdentity",
                                     "GetAccessKeyInfo",   "DecodeAuthorizationMessage"};
constexpr Text kStsCodeValues[] = {
    "Other",
    "OK",
    "AccessDenied",
    "ValidationError",
    "InvalidIdentityToken",
    "InvalidClientTokenId",
    "ExpiredToken",
    "ServiceUnavailable",
    "InternalFailure",
};

// Codes that are counted under the name of another.
struct StsCodeRow {
  Text name;
  StsCode code;
};
constexpr StsCodeRow kStsCodeRows[] = {
    {"InvalidParameterValue", StsCode::kValidationError},
    {"InvalidParameterCombination", StsCode::kValidationError},
    {"MissingParameter", StsCode::kValidationError},
    {"MalformedPolicyDocument", StsCode::kValidationError},
    {"PackedPolicyTooLarge", StsCode::kValidationError},
    {"InvalidAuthorizationMessageException", StsCode::kValidationError},
    {"InvalidAction", StsCode::kValidationError},
    {"ExpiredTokenException", StsCode::kInvalidIdentityToken},
    {"IDPRejectedClaim", StsCode::kInvalidIdentityToken},
    {"IDPCommunicationError", StsCode::kInvalidIdentityToken},
    {"MissingAuthenticationToken", StsCode::kInvalidClientTokenId},
    {"IncompleteSignature", StsCode::kInvalidClientTokenId},
    {"SignatureDoesNotMatch", StsCode::kInvalidClientTokenId},
    {"Throttling", StsCode::kServiceUnavailable},
};

constexpr Text kQueryActionValues[] = {"Other",
                                       "AssumeRole",
                                       "AssumeRoleWithSAML",
                                       "AssumeRoleWithWebIdentity",
                                       "DecodeAuthorizationMessage",
                                       "GetAccessKeyInfo",
                                       "GetCallerIdentity",
                                       "GetFederationToken",
                                       "GetSessionToken",
                                       "iam:read",
                                       "iam:report",
                                       "iam:simulation",
                                       "iam:write"};
constexpr Text kQueryCodeValues[] = {"InternalFailure", "OK",
                                     "AccessDenied",    "InvalidClientTokenId",
                                     "ValidationError", "ServiceUnavailable"};

constexpr Text kSourceNames[] = {"source"};
constexpr Text kReloadSourceValues[] = {"yaml_directory"};
constexpr Text kResultNames[] = {"result"};
constexpr Text kReloadResultValues[] = {"failure", "success", "unchanged"};

constexpr Text kKindNames[] = {"kind"};
constexpr Text kPolicyObjectValues[] = {
    "accounts",       "users",       "groups",      "roles",      "managed_policies", "resources",
    "oidc_providers", "access_keys", "mfa_devices", "statements", "gateways",         "proxies"};
static_assert(std::size(kPolicyObjectValues) == kPolicyObjectCount);

constexpr Text kSinkNames[] = {"sink"};
constexpr Text kAuditSinkValues[] = {"file", "stdout"};
constexpr Text kAuditResultValues[] = {"failed", "dropped", "written"};

constexpr Text kUseNames[] = {"use"};
constexpr Text kCertificateUseValues[] = {"server", "client_ca"};
static_assert(std::size(kCertificateUseValues) == kCertificateUseCount);

constexpr Axis kDecisionAxes[] = {{kApiNames, kApiValues}, {kDecisionNames, kDecisionValues}};
constexpr Axis kRpcAxes[] = {{kMethodNames, kMethodValues}, {kCodeNames, kStatusCodeValues}};
constexpr Axis kMethodAxes[] = {{kMethodNames, kMethodValues}};
constexpr Axis kStsAxes[] = {{kActionNames, kStsActionValues}, {kCodeNames, kStsCodeValues}};
constexpr Axis kQueryAxes[] = {{kActionNames, kQueryActionValues}, {kCodeNames, kQueryCodeValues}};
constexpr Axis kReloadAxes[] = {{kSourceNames, kReloadSourceValues},
                                {kResultNames, kReloadResultValues}};
constexpr Axis kObjectAxes[] = {{kKindNames, kPolicyObjectValues}};
constexpr Axis kAuditAxes[] = {{kSinkNames, kAuditSinkValues}, {kResultNames, kAuditResultValues}};
constexpr Axis kUseAxes[] = {{kUseNames, kCertificateUseValues}};

// ---- Families: rows in the order of FamilyId. ---------------------------------------------------

constexpr Family kFamilies[] = {
    {"portcullis_build_info",
     MetricKind::kGauge,
     "",
     "Version, revision and compiler; always 1.",
     {}},
    {"portcullis_authz_decisions_total", MetricKind::kCounter, "",
     "Answers to authorization questions; decision=\"error\" means that nothing was decided.",
     kDecisionAxes},
    {"portcullis_authz_evaluation_seconds",
     MetricKind::kHistogram,
     "seconds",
     "Time from a question to its decision inside the engine, without the transport.",
     {}},
    {"portcullis_rpc_seconds", MetricKind::kHistogram, "seconds",
     "Time from the arrival of an RPC to its answer, of a stream to its end. Codes other than OK "
     "appear when they first occur.",
     kRpcAxes},
    {"portcullis_rpc_in_flight", MetricKind::kGauge, "",
     "RPCs that are being worked on, open streams among them.", kMethodAxes},
    {"portcullis_sts_requests_total", MetricKind::kCounter, "",
     "Session operations by their outcome.", kStsAxes},
    {"portcullis_query_requests_total", MetricKind::kCounter, "",
     "Answers of the AWS Query endpoint by action and error code.", kQueryAxes},
    {"portcullis_query_seconds",
     MetricKind::kHistogram,
     "seconds",
     "Time that an answer of the AWS Query endpoint took, without its transport.",
     {}},
    {"portcullis_query_connections",
     MetricKind::kGauge,
     "",
     "Open connections to the AWS Query endpoint.",
     {}},
    {"portcullis_query_connections_accepted_total",
     MetricKind::kCounter,
     "",
     "Connections to the AWS Query endpoint that were accepted.",
     {}},
    {"portcullis_query_connections_turned_away_total",
     MetricKind::kCounter,
     "",
     "Connections to the AWS Query endpoint that found no room, or made room for others.",
     {}},
    {"portcullis_query_malformed_requests_total",
     MetricKind::kCounter,
     "",
     "Requests to the AWS Query endpoint that were too large, too slow or no HTTP.",
     {}},
    {"portcullis_gateway_connections",
     MetricKind::kGauge,
     "",
     "Open connections of proxies and programs that ask over HTTP.",
     {}},
    {"portcullis_gateway_connections_accepted_total",
     MetricKind::kCounter,
     "",
     "Connections of proxies and programs that ask over HTTP that were accepted.",
     {}},
    {"portcullis_gateway_connections_turned_away_total",
     MetricKind::kCounter,
     "",
     "Connections of proxies and programs that ask over HTTP that found no room, or made room for "
     "others.",
     {}},
    {"portcullis_gateway_malformed_requests_total",
     MetricKind::kCounter,
     "",
     "Requests of proxies and programs over HTTP that were too large, too slow or no HTTP.",
     {}},
    {"portcullis_policy_reloads_total", MetricKind::kCounter, "",
     "Readings of the policy source by their outcome.", kReloadAxes},
    {"portcullis_policy_last_reload_successful",
     MetricKind::kGauge,
     "",
     "Whether the newest contents of the policy source are what is being served.",
     {}},
    {"portcullis_policy_last_reload_success_timestamp_seconds",
     MetricKind::kGauge,
     "seconds",
     "When the policies being served were published; 0 while nothing is.",
     {}},
    {"portcullis_policy_info",
     MetricKind::kGauge,
     "",
     "Revision of the policies being served; always 1.",
     {}},
    {"portcullis_policy_objects", MetricKind::kGauge, "", "What is being served, by kind.",
     kObjectAxes},
    {"portcullis_audit_records_total", MetricKind::kCounter, "",
     "Audit records by what became of them.", kAuditAxes},
    {"portcullis_audit_oversized_records_total",
     MetricKind::kCounter,
     "",
     "Audit records that were shortened to fit their limit.",
     {}},
    {"portcullis_audit_queue_length",
     MetricKind::kGauge,
     "",
     "Audit records accepted and not yet handed to a sink.",
     {}},
    {"portcullis_tls_certificate_expiry_timestamp_seconds", MetricKind::kGauge, "seconds",
     "When the certificate in use expires. Absent without TLS.", kUseAxes},
};
static_assert(std::size(kFamilies) == kFamilyCount);

}  // namespace

StsCode StsCodeOf(std::string_view name) {
  for (size_t i = 0; i < std::size(kStsCodeValues); ++i) {
    if (kStsCodeValues[i] == name) return static_cast<StsCode>(i);
  }
  for (const StsCodeRow& row : kStsCodeRows) {
    if (row.name == name) return row.code;
  }
  return StsCode::kOther;
}

size_t Family::series_count() const {
  size_t count = 1;
  for (const Axis& axis : axes) count *= axis.size();
  return count;
}

const Family& FamilyOf(FamilyId id) {
  return kFamilies[static_cast<size_t>(id)];
}

}  // namespace portcullis::metrics
