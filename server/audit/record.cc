#include "server/audit/record.h"

#include <algorithm>
#include <iterator>

namespace portcullis::audit {
namespace {

// In the order of Event.
constexpr EventTraits kEvents[] = {
    // name, service, read-only, management, from a caller
    {"Authorize", "authz", true, false, true},
    {"AssumeRole", "sts", false, true, true},
    {"ValidateSession", "sts", true, true, true},
    {"GetCallerIdentity", "sts", true, true, true},
    {"GetSessionToken", "sts", false, true, true},
    {"GetFederationToken", "sts", false, true, true},
    {"AssumeRoleWithWebIdentity", "sts", false, true, true},
    {"AssumeRoleWithSAML", "sts", false, true, true},
    {"AssumeRoleWithWorkloadIdentity", "sts", false, true, true},
    {"GetAccessKeyInfo", "sts", true, true, true},
    {"DecodeAuthorizationMessage", "sts", true, true, true},
    {"RevokeSessions", "admin", false, true, true},
    {"ListRevocations", "admin", true, true, true},
    {"GetAccountPasswordPolicy", "iam", true, true, true},
    {"GenerateCredentialReport", "iam", false, true, true},
    {"GetCredentialReport", "iam", true, true, true},
    {"GetAccessKeyLastUsed", "iam", true, true, true},
    {"GenerateServiceLastAccessedDetails", "iam", false, true, true},
    {"GetServiceLastAccessedDetails", "iam", true, true, true},
    {"GetServiceLastAccessedDetailsWithEntities", "iam", true, true, true},
    {"ListPoliciesGrantingServiceAccess", "iam", true, true, true},
    {"GetStatus", "admin", true, true, true},
    {"ReloadPolicies", "admin", false, true, true},
    {"SimulateCustomPolicy", "iam", true, true, true},
    {"SimulatePrincipalPolicy", "iam", true, true, true},
    {"ReadInventory", "iam", true, true, true},
    {"RefuseWrite", "iam", false, true, true},
    {"PoliciesPublished", "admin", false, true, false},
    {"ServerStarted", "admin", false, true, false},
    {"ServerStopped", "admin", false, true, false},
};
static_assert(std::size(kEvents) == kEventCount);

// Compared without case and without anything but letters, so that spellings do not matter.
constexpr std::string_view kMaskedNames[] = {
    "externalid",    "tokencode",     "secretaccesskey", "sessiontoken", "webidentitytoken",
    "samlassertion", "authorization", "password",        "signature",    "cookie"};
constexpr std::string_view kMask = "***";

bool IsMasked(std::string_view name) {
  std::string letters;
  for (const char c : name) {
    if (c >= 'A' && c <= 'Z') letters.push_back(static_cast<char>(c - 'A' + 'a'));
    if (c >= 'a' && c <= 'z') letters.push_back(c);
  }
  return std::find(std::begin(kMaskedNames), std::end(kMaskedNames), letters) !=
         std::end(kMaskedNames);
}

// Where to cut so that no UTF-8 sequence is broken.
size_t CutPoint(std::string_view text, size_t bytes_max) {
  size_t size = bytes_max;
  while (size > 0 && bytes_max - size < 4 &&
         (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) {
    --size;
  }
  return size;
}

}  // namespace

const EventTraits& TraitsOf(Event event) {
  return kEvents[static_cast<size_t>(event)];
}

std::string_view OutcomeName(Outcome outcome) {
  switch (outcome) {
    case Outcome::kNone:
      return "";
    case Outcome::kError:
      return "error";
    case Outcome::kImplicitDeny:
      return "implicitDeny";
    case Outcome::kExplicitDeny:
      return "explicitDeny";
    case Outcome::kAllow:
      return "allow";
  }
  return "";
}

void Record::Clear() {
  std::string buffer = std::move(buffer_);
  absl::InlinedVector<StoredStatement, 4> statements = std::move(statements_);
  absl::InlinedVector<StoredParameter, 4> parameters = std::move(parameters_);
  buffer.clear();
  statements.clear();
  parameters.clear();
  *this = Record();
  buffer_ = std::move(buffer);
  statements_ = std::move(statements);
  parameters_ = std::move(parameters);
}

Record::Span Record::Store(std::string_view text) {
  if (text.size() > kTextBytesMax) {
    text = text.substr(0, CutPoint(text, kTextBytesMax));
    cut_ = true;
  }
  const Span span{static_cast<uint32_t>(buffer_.size()), static_cast<uint32_t>(text.size())};
  buffer_.append(text);
  return span;
}

void Record::Set(Text field, std::string_view value) {
  Span& span = texts_[static_cast<size_t>(field)];
  span = value.empty() ? Span() : Store(value);
}

std::string_view Record::Get(Text field) const {
  return View(texts_[static_cast<size_t>(field)]);
}

void Record::AddStatement(const MatchedStatement& statement) {
  if (statements_.size() == kStatementsMax) {
    cut_ = true;
    return;
  }
  statements_.push_back({Store(statement.policy), Store(statement.sid), Store(statement.source),
                         statement.kind, statement.allows});
}

MatchedStatement Record::statement(size_t index) const {
  const StoredStatement& stored = statements_[index];
  return {View(stored.policy), View(stored.sid), View(stored.source), stored.kind, stored.allows};
}

void Record::Add(std::string_view name, std::string_view value, bool response) {
  if (parameters_.size() == kParametersMax) {
    cut_ = true;
    return;
  }
  parameters_.push_back({Store(name), Store(IsMasked(name) ? kMask : value), response});
}

void Record::AddParameter(std::string_view name, std::string_view value) {
  Add(name, value, false);
}
void Record::AddResponse(std::string_view name, std::string_view value) {
  Add(name, value, true);
}

Record::Parameter Record::parameter(size_t index) const {
  const StoredParameter& stored = parameters_[index];
  return {View(stored.name), View(stored.value), stored.response};
}

}  // namespace portcullis::audit
