#include "server/audit/json.h"

#include <algorithm>
#include <string_view>

#include "absl/time/time.h"

#include "server/base/text.h"
#include "server/base/timestamp.h"

namespace portcullis::audit {
namespace {

constexpr std::string_view kCloudTrailVersion = "1.11";
// What remains of a text in a line that had to be shortened: all texts together stay below the
// limit of a line even if every byte needs an escape of six.
constexpr size_t kShortTextBytesMax = 128;

std::string_view IdentityType(const Record& record) {
  if (!TraitsOf(record.event).from_a_caller) return "AWSService";
  switch (record.principal_kind) {
    case policy::PrincipalKind::kAnonymous:
      return "Unknown";
    case policy::PrincipalKind::kRoot:
      return "Root";
    case policy::PrincipalKind::kUser:
      return "IAMUser";
    case policy::PrincipalKind::kRoleSession:
      return "AssumedRole";
    case policy::PrincipalKind::kFederatedUser:
      return "FederatedUser";
    case policy::PrincipalKind::kService:
      return "AWSService";
    case policy::PrincipalKind::kWebIdentity:
      return "WebIdentityUser";
    case policy::PrincipalKind::kSaml:
      return "SAMLUser";
  }
  return "Unknown";
}

// Writes the members of one record; `short_form` leaves out lists and shortens texts.
class LineWriter {
 public:
  LineWriter(const Record& record, bool short_form, base::JsonWriter* json)
      : record_(record), short_form_(short_form), json_(*json) {}

  void Write() {
    const EventTraits& traits = TraitsOf(record_.event);
    json_.BeginObject();
    json_.Member("eventVersion", kCloudTrailVersion);
    WriteIdentity();
    json_.Member("eventTime", std::string_view(base::FormatTimestamp(record_.time)));
    json_.Member("eventSource", std::string_view(base::Concat({traits.service, ".portcullis"})));
    const std::string_view own_name = record_.Get(Text::kEventName);
    json_.Member("eventName", own_name.empty() ? traits.name : Shortened(own_name));
    WriteText("sourceIPAddress", Text::kSourceIp);
    WriteText("userAgent", Text::kUserAgent);
    WriteText("errorCode", Text::kErrorCode);
    WriteText("errorMessage", Text::kErrorMessage);
    WriteRequest();
    WriteResponse();
    WriteAdditional();
    WriteText("requestID", Text::kRequestId);
    WriteText("eventID", Text::kDecisionId);
    json_.Member("readOnly", traits.read_only);
    WriteResources();
    json_.Member("eventType", traits.from_a_caller ? "AwsApiCall" : "AwsServiceEvent");
    json_.Member("managementEvent", traits.management);
    WriteText("recipientAccountId", Text::kResourceAccount);
    json_.Member("eventCategory", traits.management ? "Management" : "Data");
    json_.EndObject();
  }

 private:
  std::string_view Shortened(std::string_view text) const {
    return short_form_ ? text.substr(0, kShortTextBytesMax) : text;
  }

  void WriteText(std::string_view key, Text field) {
    const std::string_view text = record_.Get(field);
    if (!text.empty()) json_.Member(key, Shortened(text));
  }

  void WriteIdentity() {
    json_.Key("userIdentity").BeginObject();
    json_.Member("type", IdentityType(record_));
    WriteText("principalId", Text::kPrincipalId);
    WriteText("arn", Text::kPrincipalArn);
    WriteText("accountId", Text::kAccountId);
    WriteText("accessKeyId", Text::kAccessKeyId);
    // CloudTrail names a role under sessionIssuer, a user here.
    if (record_.principal_kind == policy::PrincipalKind::kUser) {
      WriteText("userName", Text::kUserName);
    }
    if (record_.session_issued_at_seconds.has_value()) WriteSessionContext();
    json_.EndObject();
  }

  void WriteSessionContext() {
    json_.Key("sessionContext").BeginObject();
    if (record_.principal_kind == policy::PrincipalKind::kRoleSession) {
      json_.Key("sessionIssuer").BeginObject();
      json_.Member("type", "Role");
      WriteText("principalId", Text::kIssuerId);
      WriteText("arn", Text::kIssuerArn);
      WriteText("accountId", Text::kAccountId);
      WriteText("userName", Text::kUserName);
      json_.EndObject();
    }
    json_.Key("attributes").BeginObject();
    json_.Member("creationDate", std::string_view(base::FormatTimestamp(
                                     absl::FromUnixSeconds(*record_.session_issued_at_seconds))));
    if (record_.mfa_authenticated.has_value()) {
      json_.Member("mfaAuthenticated", *record_.mfa_authenticated ? "true" : "false");
    }
    json_.EndObject();
    if (!record_.Get(Text::kFederatedProvider).empty()) {
      json_.Key("webIdFederationData").BeginObject();
      WriteText("federatedProvider", Text::kFederatedProvider);
      json_.EndObject();
    }
    WriteText("sourceIdentity", Text::kSourceIdentity);
    json_.EndObject();
  }

  void WriteParameters(bool response) {
    for (size_t i = 0; i < record_.parameter_count() && !short_form_; ++i) {
      const Record::Parameter parameter = record_.parameter(i);
      if (parameter.response == response) json_.Member(parameter.name, parameter.value);
    }
  }

  void WriteRequest() {
    json_.Key("requestParameters").BeginObject();
    WriteText("action", Text::kAction);
    WriteText("resource", Text::kResource);
    WriteParameters(/*response=*/false);
    json_.EndObject();
  }

  void WriteResponse() {
    bool any = false;
    for (size_t i = 0; i < record_.parameter_count(); ++i) {
      any = any || record_.parameter(i).response;
    }
    json_.Key("responseElements");
    if (!any) {
      json_.Null();
      return;
    }
    json_.BeginObject();
    WriteParameters(/*response=*/true);
    json_.EndObject();
  }

  void WriteAdditional() {
    json_.Key("additionalEventData").BeginObject();
    json_.Member("schema", kSchemaVersion);
    json_.Member("api", metrics::FamilyOf(metrics::FamilyId::kAuthzDecisions)
                            .axes[0]
                            .row(static_cast<size_t>(record_.api))[0]);
    if (record_.outcome != Outcome::kNone) json_.Member("decision", OutcomeName(record_.outcome));
    WriteText("reason", Text::kReason);
    if (record_.limited_by != policy::PolicyKind::kNone) {
      json_.Member("limitedBy", policy::PolicyKindName(record_.limited_by));
    }
    WriteStatements();
    WriteText("policyRevision", Text::kPolicyRevision);
    json_.Member("evaluationMicros", std::max<int64_t>(record_.evaluation_nanoseconds, 0) / 1000);
    WriteText("decisionId", Text::kDecisionId);
    WriteText("peer", Text::kPeer);
    WriteText("traceId", Text::kTraceId);
    WriteDoor();
    if (short_form_ || record_.cut()) json_.Member("truncated", true);
    json_.EndObject();
  }

  // A request at a proxy's door. Every one has a method, a host or at least a proxy.
  void WriteDoor() {
    struct Row {
      std::string_view key;
      Text field;
    };
    static constexpr Row kRows[] = {
        {"proxy", Text::kProxy},
        {"gateway", Text::kGateway},
        {"rule", Text::kRule},
        {"method", Text::kHttpMethod},
        {"host", Text::kHttpHost},
        {"path", Text::kHttpPath},
        {"sourcePrincipal", Text::kSourcePrincipal},
        {"requestId", Text::kProxyRequestId},
    };
    const bool any = std::any_of(std::begin(kRows), std::end(kRows), [this](const Row& row) {
      return !record_.Get(row.field).empty();
    });
    if (!any) return;
    json_.Key("ext_authz").BeginObject();
    for (const Row& row : kRows) WriteText(row.key, row.field);
    json_.EndObject();
  }

  void WriteStatements() {
    if (record_.statement_count() == 0 || short_form_) return;
    json_.Key("matchedStatements").BeginArray();
    for (size_t i = 0; i < record_.statement_count(); ++i) {
      const MatchedStatement statement = record_.statement(i);
      json_.BeginObject();
      json_.Member("policy", statement.policy);
      json_.Member("policyType", policy::PolicyKindName(statement.kind));
      if (!statement.sid.empty()) json_.Member("sid", statement.sid);
      json_.Member("effect", statement.allows ? "Allow" : "Deny");
      if (!statement.source.empty()) json_.Member("source", statement.source);
      json_.EndObject();
    }
    json_.EndArray();
  }

  void WriteResources() {
    if (record_.Get(Text::kResource).empty()) return;
    json_.Key("resources").BeginArray().BeginObject();
    WriteText("ARN", Text::kResource);
    WriteText("accountId", Text::kResourceAccount);
    json_.EndObject().EndArray();
  }

  const Record& record_;
  const bool short_form_;
  base::JsonWriter& json_;
};

}  // namespace

bool JsonFormatter::AppendLine(const Record& record, std::string* lines) {
  bool cut = record.cut();
  writer_.Clear();
  LineWriter(record, /*short_form=*/false, &writer_).Write();
  if (writer_.text().size() >= kLineBytesMax) {
    writer_.Clear();
    LineWriter(record, /*short_form=*/true, &writer_).Write();
    cut = true;
  }
  lines->append(writer_.text());
  lines->push_back('\n');
  return cut;
}

}  // namespace portcullis::audit
