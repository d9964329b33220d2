// What is remembered about one answer.
#ifndef PORTCULLIS_SERVER_AUDIT_RECORD_H_
#define PORTCULLIS_SERVER_AUDIT_RECORD_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/container/inlined_vector.h"
#include "absl/time/time.h"

#include "server/metrics/names.h"
#include "server/policy/policy_type.h"
#include "server/policy/request.h"

namespace portcullis::audit {

// What happened. Each has a row in record.cc: name, service, whether it only reads.
enum class Event : uint8_t {
  kAuthorize,
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
  kGetStatus,
  kReloadPolicies,
  kSimulateCustomPolicy,
  kSimulatePrincipalPolicy,
  kReadInventory,      // One of many reads of IAM: the record says which as Text::kEventName.
  kRefuseWrite,        // An operation of IAM that would change an account; named likewise.
  kPoliciesPublished,  // By the reload thread: a new snapshot is served.
  kServerStarted,
  kServerStopped,
};
inline constexpr size_t kEventCount = 30;

struct EventTraits {
  std::string_view name;     // "AssumeRole".
  std::string_view service;  // "authz", "sts", "iam" or "admin".
  bool read_only;
  bool management;     // Otherwise a data event.
  bool from_a_caller;  // Otherwise the server itself did it.
};
const EventTraits& TraitsOf(Event event);

// How a question was answered. Zero value: no decision was made.
enum class Outcome : uint8_t { kNone, kError, kImplicitDeny, kExplicitDeny, kAllow };
std::string_view OutcomeName(Outcome outcome);  // "allow", "explicitDeny", ...; kNone: "".

// The texts of a record.
enum class Text : uint8_t {
  kPrincipalId,   // aws:userid: "AROA...:session".
  kPrincipalArn,  // The request ARN.
  kAccountId,     // The principal's.
  kAccessKeyId,   // Never a secret; may be empty.
  kUserName,      // Of a user; of a role session's role.
  kIssuerId,      // Sessions: the role's or user's unique id,
  kIssuerArn,     // and ARN.
  kSourceIdentity,
  kFederatedProvider,
  kSourceIp,
  kUserAgent,
  kErrorCode,  // "AccessDenied", ...; empty: it went well.
  kErrorMessage,
  kAction,  // "s3:GetObject".
  kResource,
  kResourceAccount,
  kReason,  // One word: as the label of metrics.
  kPolicyRevision,
  kDecisionId,
  kPeer,       // Who asked on the principal's behalf: SPIFFE id, "uds", ...
  kEventName,  // Of events that stand for several operations; empty: the event's own.
  kRequestId,  // What the caller was told to name its call by; empty: nothing.
  kTraceId,    // W3C trace id, 32 hex digits.
  // Of a request at a proxy's door; paths without their query string.
  kProxy,
  kGateway,
  kRule,
  kHttpMethod,
  kHttpHost,
  kHttpPath,
  kSourcePrincipal,  // What the proxy says of the client's certificate.
  kProxyRequestId,
};
inline constexpr size_t kTextCount = 31;

// A statement that determined a decision. Views outlive the call they are passed to.
struct MatchedStatement {
  std::string_view policy;  // Name or ARN.
  std::string_view sid;     // May be empty.
  std::string_view source;  // "file:line"; empty: not from a file.
  policy::PolicyKind kind = policy::PolicyKind::kNone;
  bool allows = false;
};

// Limits of one record. Longer texts are cut and the record counts as oversized.
inline constexpr size_t kTextBytesMax = 2048;
inline constexpr size_t kStatementsMax = 32;
inline constexpr size_t kParametersMax = 32;

// One record, cheap to fill on the way of a request: texts are copied into one buffer that is kept
// when the record is cleared, so a reused record does not allocate. Formatting is somebody else's
// work, on another thread. Not thread-safe; movable and swappable at the cost of its fixed part.
//
// Never holds secrets: values of parameters whose names say that they are secret are replaced by
// "***" before they are stored, ExternalId among them.
class Record {
 public:
  Event event = Event::kAuthorize;
  Outcome outcome = Outcome::kNone;
  metrics::Api api = metrics::Api::kGrpc;
  policy::PrincipalKind principal_kind = policy::PrincipalKind::kAnonymous;
  policy::PolicyKind limited_by = policy::PolicyKind::kNone;  // Of a denial.
  absl::Time time = absl::InfinitePast();
  int64_t evaluation_nanoseconds = 0;
  std::optional<int64_t> session_issued_at_seconds;
  std::optional<bool> mfa_authenticated;

  Record() = default;
  Record(Record&&) noexcept = default;
  Record& operator=(Record&&) noexcept = default;

  // Back to the state after construction; keeps memory.
  void Clear();

  // Sets a text; the last call counts. "" removes it.
  void Set(Text field, std::string_view value);
  std::string_view Get(Text field) const;

  void AddStatement(const MatchedStatement& statement);
  size_t statement_count() const { return statements_.size(); }
  MatchedStatement statement(size_t index) const;

  // A member of requestParameters or responseElements. `name` in lowerCamelCase.
  void AddParameter(std::string_view name, std::string_view value);
  void AddResponse(std::string_view name, std::string_view value);
  struct Parameter {
    std::string_view name;
    std::string_view value;
    bool response = false;
  };
  size_t parameter_count() const { return parameters_.size(); }
  Parameter parameter(size_t index) const;

  // Something had to be cut or left out.
  bool cut() const { return cut_; }

  // Denials, errors, sessions and administration: everything but an allowed or merely descriptive
  // everyday question. Queues are more patient with these.
  bool important() const { return event != Event::kAuthorize || outcome != Outcome::kAllow; }

 private:
  struct Span {
    uint32_t offset = 0;
    uint32_t size = 0;
  };
  struct StoredStatement {
    Span policy;
    Span sid;
    Span source;
    policy::PolicyKind kind = policy::PolicyKind::kNone;
    bool allows = false;
  };
  struct StoredParameter {
    Span name;
    Span value;
    bool response = false;
  };

  Span Store(std::string_view text);
  std::string_view View(Span span) const {
    return std::string_view(buffer_).substr(span.offset, span.size);
  }
  void Add(std::string_view name, std::string_view value, bool response);

  bool cut_ = false;
  std::array<Span, kTextCount> texts_;
  absl::InlinedVector<StoredStatement, 4> statements_;
  absl::InlinedVector<StoredParameter, 4> parameters_;
  std::string buffer_;
};

}  // namespace portcullis::audit

#endif  // PORTCULLIS_SERVER_AUDIT_RECORD_H_
