#include "client/output.h"

#include <algorithm>
#include <map>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "google/protobuf/util/json_util.h"

#include "client/text_lines.h"
#include "server/base/text.h"

namespace portcullis::client {
namespace {

constexpr size_t kRevisionShown = 12;

std::string_view DecisionText(v1::Decision decision) {
  switch (decision) {
    case v1::DECISION_ALLOW:
      return "ALLOW";
    case v1::DECISION_IMPLICIT_DENY:
      return "DENY (implicit)";
    case v1::DECISION_EXPLICIT_DENY:
      return "DENY (explicit)";
    case v1::DECISION_UNSPECIFIED:
    case v1::Decision_INT_MIN_SENTINEL_DO_NOT_USE_:
    case v1::Decision_INT_MAX_SENTINEL_DO_NOT_USE_:
      break;
  }
  return "DENY (unknown answer)";
}

std::string_view PolicyKindText(v1::PolicyKind kind) {
  switch (kind) {
    case v1::POLICY_KIND_IDENTITY:
      return "identity-based policy";
    case v1::POLICY_KIND_RESOURCE:
      return "resource-based policy";
    case v1::POLICY_KIND_BOUNDARY:
      return "permissions boundary";
    case v1::POLICY_KIND_SESSION:
      return "session policy";
    case v1::POLICY_KIND_SERVICE_CONTROL:
      return "service control policy";
    case v1::POLICY_KIND_RESOURCE_CONTROL:
      return "resource control policy";
    case v1::POLICY_KIND_UNSPECIFIED:
    case v1::PolicyKind_INT_MIN_SENTINEL_DO_NOT_USE_:
    case v1::PolicyKind_INT_MAX_SENTINEL_DO_NOT_USE_:
      break;
  }
  return "policy";
}

std::string_view SessionStatusText(v1::SessionStatus status) {
  switch (status) {
    case v1::SESSION_STATUS_VALID:
      return "VALID";
    case v1::SESSION_STATUS_EXPIRED:
      return "EXPIRED";
    case v1::SESSION_STATUS_REVOKED:
      return "REVOKED";
    case v1::SESSION_STATUS_PRINCIPAL_GONE:
      return "PRINCIPAL GONE";
    case v1::SESSION_STATUS_UNKNOWN:
      return "UNKNOWN";
    case v1::SESSION_STATUS_UNSPECIFIED:
    case v1::SessionStatus_INT_MIN_SENTINEL_DO_NOT_USE_:
    case v1::SessionStatus_INT_MAX_SENTINEL_DO_NOT_USE_:
      break;
  }
  return "UNKNOWN";
}

std::string_view SessionKindText(v1::SessionKind kind) {
  switch (kind) {
    case v1::SESSION_KIND_ASSUMED_ROLE:
      return "AssumeRole";
    case v1::SESSION_KIND_WEB_IDENTITY:
      return "AssumeRoleWithWebIdentity";
    case v1::SESSION_KIND_SAML:
      return "AssumeRoleWithSAML";
    case v1::SESSION_KIND_SESSION_TOKEN:
      return "GetSessionToken";
    case v1::SESSION_KIND_FEDERATED_USER:
      return "GetFederationToken";
    case v1::SESSION_KIND_UNSPECIFIED:
    case v1::SessionKind_INT_MIN_SENTINEL_DO_NOT_USE_:
    case v1::SessionKind_INT_MAX_SENTINEL_DO_NOT_USE_:
      break;
  }
  return "";
}

std::string StatementText(const v1::DeterminingStatement& statement) {
  std::string text;
  if (!statement.source_file().empty()) {
    absl::StrAppend(&text, statement.source_file(), ":", statement.source_line(), "  ");
  }
  absl::StrAppend(&text, statement.policy_id(), " statement ", statement.statement_index());
  if (!statement.sid().empty()) absl::StrAppend(&text, " `", statement.sid(), "`");
  const std::string_view kind = PolicyKindText(statement.policy_kind());
  absl::StrAppend(&text, ", ", base::AbslView(kind));
  return text;
}

void AddTags(const v1::ValidateSessionResponse& response, std::string* text) {
  for (const v1::Tag& tag : response.principal_tags()) {
    const auto& transitive = response.transitive_tag_keys();
    const bool inherited =
        std::find(transitive.begin(), transitive.end(), tag.key()) != transitive.end();
    AddLine("tag", absl::StrCat(tag.key(), "=", tag.value(), inherited ? " (transitive)" : ""),
            text);
  }
}

}  // namespace

std::string ToJson(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  options.always_print_primitive_fields = true;
  std::string json;
  const auto status = google::protobuf::util::MessageToJsonString(message, &json, options);
  // Only messages with broken Any or Timestamp fields cannot be printed.
  if (!status.ok()) return "{}\n";
  if (json.empty() || json.back() != '\n') json.push_back('\n');
  return json;
}

std::string AuthorizeText(const v1::AuthorizeRequest& request,
                          const v1::AuthorizeResponse& response) {
  std::string text =
      base::Concat({DecisionText(response.decision()), "  ", Printable(request.action()), " on ",
                    Printable(request.resource().empty() ? "*" : request.resource()), "\n"});
  AddLine("caller", response.principal_arn(), &text);
  AddLine("reason", response.reason(), &text);
  for (const v1::DeterminingStatement& statement : response.determining_statements()) {
    AddLine("determined by", StatementText(statement), &text);
  }
  AddLine("policies", response.policy_revision().substr(0, kRevisionShown), &text);
  AddLine("decision id", response.decision_id(), &text);
  AddLine("sealed", response.encoded_authorization_message(), &text);
  return text;
}

std::string ValidateSessionText(const v1::ValidateSessionResponse& response) {
  std::string text = base::Concat(
      {SessionStatusText(response.status()), "  ",
       Printable(response.principal_arn().empty() ? response.detail() : response.principal_arn()),
       "\n"});
  if (!response.principal_arn().empty()) AddLine("detail", response.detail(), &text);
  AddLine("made by", SessionKindText(response.kind()), &text);
  AddLine("provider", response.federated_provider(), &text);
  AddLine("role", response.role_arn(), &text);
  AddLine("user id", response.user_id(), &text);
  if (response.has_issue_time()) AddLine("issued", TimeText(response.issue_time()), &text);
  if (response.has_expiration()) AddLine("expires", TimeText(response.expiration()), &text);
  if (response.status() == v1::SESSION_STATUS_VALID) {
    AddLine("MFA", response.mfa_authenticated() ? "yes" : "no", &text);
  }
  AddLine("source identity", response.source_identity(), &text);
  AddTags(response, &text);
  for (const std::string& caller : response.chain()) AddLine("came through", caller, &text);
  AddLine("access key id", response.access_key_id(), &text);
  return text;
}

std::string CallerIdentityText(const v1::GetCallerIdentityResponse& response) {
  std::string text = absl::StrCat(Printable(response.arn()), "\n");
  AddLine("account", response.account(), &text);
  AddLine("user id", response.user_id(), &text);
  return text;
}

std::string StatusText(const v1::PolicyStatus& status, std::string_view version) {
  const bool serving = !status.serving_revision().empty();
  std::string text = status.latest_ok() ? "OK  the latest policies are served\n"
                     : serving
                         ? "STALE  the latest policies have errors; the ones before are served\n"
                         : "NOT SERVING  there are no policies without errors\n";
  AddLine("version", version, &text);
  AddLine("serving", status.serving_revision(), &text);
  if (status.has_serving_since()) AddLine("since", TimeText(status.serving_since()), &text);
  if (!status.latest_ok()) AddLine("latest", status.latest_revision(), &text);
  if (status.has_failing_since()) AddLine("failing since", TimeText(status.failing_since()), &text);
  if (status.has_last_reading()) AddLine("last read", TimeText(status.last_reading()), &text);

  // By name, whatever the order in which they were sent.
  std::map<std::string, uint64_t> counts;
  for (const v1::ObjectCount& counted : status.object_counts()) {
    counts[counted.kind()] = counted.count();
  }
  std::vector<std::string> parts;
  parts.reserve(counts.size());
  for (const auto& [kind, count] : counts) parts.push_back(absl::StrCat(count, " ", kind));
  AddLine("objects", absl::StrJoin(parts, ", "), &text);

  for (const std::string& diagnostic : status.diagnostics()) {
    text.append(Printable(diagnostic)).append("\n");
  }
  const auto shown = static_cast<uint64_t>(status.diagnostics_size());
  if (status.diagnostics_total() > shown) {
    absl::StrAppend(&text, "... and ", status.diagnostics_total() - shown, " more\n");
  }
  return text;
}

}  // namespace portcullis::client
