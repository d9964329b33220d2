#include "server/ext_authz/reply.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/base/text.h"
#include "server/gateway/reply.h"

namespace portcullis::ext_authz {
namespace {

using envoy::config::core::v3::HeaderValueOption;
using envoy::service::auth::v3::CheckResponse;
using envoy::service::auth::v3::DeniedHttpResponse;
using envoy::service::auth::v3::OkHttpResponse;
using gateway::ReplyHeader;
using gateway::Verdict;
using Outcome = gateway::Verdict::Outcome;
using HeaderOptions = google::protobuf::RepeatedPtrField<HeaderValueOption>;

void SetCode(absl::StatusCode code, const Verdict& verdict, CheckResponse* response) {
  response->mutable_status()->set_code(static_cast<int>(code));
  response->mutable_status()->set_message(verdict.reason);
}

// Text that Envoy takes: UTF-8 that cannot end a header.
bool IsPlain(std::string_view text) {
  constexpr std::string_view kEnds("\r\n\0", 3);
  return text.find_first_of(kEnds) == std::string_view::npos && base::IsValidUtf8(text);
}

bool IsPlain(const ReplyHeader& header) {
  return !header.name.empty() && !header.name.starts_with(':') && IsPlain(header.name) &&
         IsPlain(header.value);
}

// Sets both of the fields that say what becomes of a header that is there already. None is ever
// appended: of an answer in the application's place Envoy drops those that are to be, but keeps all
// of one name that are to be set.
void AddHeader(const ReplyHeader& header, HeaderOptions* headers) {
  HeaderValueOption* const option = headers->Add();
  option->mutable_header()->set_key(header.name);
  option->mutable_header()->set_value(header.value);
  option->mutable_append()->set_value(false);
  option->set_append_action(HeaderValueOption::OVERWRITE_IF_EXISTS_OR_ADD);
  option->set_keep_empty_value(true);  // It is there to take the place of a client's.
}

envoy::type::v3::StatusCode HttpStatusOf(int status) {
  if (status < 400 || !envoy::type::v3::StatusCode_IsValid(status)) {
    return envoy::type::v3::Forbidden;
  }
  return static_cast<envoy::type::v3::StatusCode>(status);
}

void WriteDenial(gateway::Denial denial, DeniedHttpResponse* response) {
  response->mutable_status()->set_code(HttpStatusOf(denial.status));
  for (const ReplyHeader& header : denial.headers) {
    if (IsPlain(header)) AddHeader(header, response->mutable_headers());
  }
  if (base::IsValidUtf8(denial.body)) response->set_body(std::move(denial.body));
}

void WriteMetadata(const Verdict& verdict, std::string_view decision, CheckResponse* response) {
  auto& fields = *response->mutable_dynamic_metadata()->mutable_fields();
  const auto set = [&fields](const char* name, std::string_view value) {
    fields[name].set_string_value(value.data(), value.size());
  };
  set("decision_id", verdict.decision_id);
  set("decision", decision);
  set("reason", verdict.reason);
  set("policy_revision", verdict.policy_revision);
}

absl::Status Refuse(absl::StatusCode code, const route::Request& request, const Verdict& verdict,
                    CheckResponse* response) {
  SetCode(code, verdict, response);
  WriteDenial(gateway::MakeDenial(request, verdict), response->mutable_denied_response());
  WriteMetadata(verdict, "deny", response);
  return absl::OkStatus();
}

absl::Status Fail(const route::Request& request, const Verdict& verdict, CheckResponse* response) {
  if (!verdict.error_response) {
    return verdict.failure.ok() ? absl::InternalError("no decision and no cause") : verdict.failure;
  }
  SetCode(absl::StatusCode::kUnavailable, verdict, response);
  WriteDenial(gateway::MakeDenial(request, verdict), response->mutable_error_response());
  WriteMetadata(verdict, "error", response);
  return absl::OkStatus();
}

// The one way that ends with code 0, and it does so last.
absl::Status Allow(const route::Request& request, const Verdict& verdict, CheckResponse* response) {
  OkHttpResponse* const ok = response->mutable_ok_response();
  for (const ReplyHeader& header : gateway::IdentityHeaders(verdict)) {
    if (!IsPlain(header)) return absl::InternalError("a header cannot be sent");
    AddHeader(header, ok->mutable_headers());
  }
  for (std::string& name : gateway::HeadersToRemove(request, verdict)) {
    if (!IsPlain(name)) return absl::InternalError("a header cannot be removed");
    ok->add_headers_to_remove(std::move(name));
  }
  for (std::string& name : gateway::QueryParametersToRemove(request, verdict)) {
    if (!IsPlain(name)) return absl::InternalError("a parameter cannot be removed");
    ok->add_query_parameters_to_remove(std::move(name));
  }
  WriteMetadata(verdict, "allow", response);
  SetCode(absl::StatusCode::kOk, verdict, response);
  return absl::OkStatus();
}

}  // namespace

absl::Status ToCheckResponse(const route::Request& request, const Verdict& verdict,
                             CheckResponse* response) {
  response->Clear();
  SetCode(absl::StatusCode::kPermissionDenied, verdict, response);
  switch (verdict.outcome) {
    case Outcome::kAllowed:
      return Allow(request, verdict, response);
    case Outcome::kDenied:
      return Refuse(absl::StatusCode::kPermissionDenied, request, verdict, response);
    case Outcome::kUnauthenticated:
      return Refuse(absl::StatusCode::kUnauthenticated, request, verdict, response);
    case Outcome::kRefused:
      return Refuse(absl::StatusCode::kInvalidArgument, request, verdict, response);
    case Outcome::kUndecided:
      return Fail(request, verdict, response);
  }
  return absl::InternalError("an outcome that is none");
}

}  // namespace portcullis::ext_authz
