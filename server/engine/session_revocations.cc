#include "server/engine/session_revocations.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"

#include "server/base/error_reason.h"
#include "server/base/json_writer.h"
#include "server/base/str_cat.h"
#include "server/base/text.h"
#include "server/base/timestamp.h"
#include "server/policy/arn.h"
#include "server/session/token_codec.h"

namespace portcullis::engine {
namespace {

using policy::PrincipalArnKind;

absl::Status Invalid(std::string_view message) {
  return base::ErrorWithReason(absl::StatusCode::kInvalidArgument, "ValidationError", message);
}

absl::Status NoSuchEntity(std::string_view noun, std::string_view name) {
  return base::ErrorWithReason(
      absl::StatusCode::kNotFound, "NoSuchEntity",
      base::Concat({"The ", noun, " ", base::Quoted(name), " cannot be found."}));
}

// Something else than `kind` would be looked up in vain, or be something that has no sessions.
absl::Status CheckArn(std::string_view field, std::string_view text, PrincipalArnKind kind) {
  const std::optional<policy::ArnView> arn = policy::ArnView::Parse(text);
  if (arn.has_value() && policy::ClassifyPrincipalArn(*arn) == kind) return absl::OkStatus();
  return Invalid(base::Concat({field, ": ", base::Quoted(text), " is not the ARN of a ",
                               kind == PrincipalArnKind::kRole ? "role" : "user"}));
}

// AKIA or ASIA and more, 16 to 128 characters.
bool IsKeyId(std::string_view text, std::string_view prefix) {
  return text.size() >= 16 && text.size() <= 128 && text.substr(0, prefix.size()) == prefix &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return absl::ascii_isalnum(c) || c == '_'; });
}

absl::Status CheckSubject(const RevokeSessionsParameters& parameters) {
  const std::string& subject = parameters.subject;
  switch (parameters.kind) {
    case RevocationKind::kRole:
      return CheckArn("role_arn", subject, PrincipalArnKind::kRole);
    case RevocationKind::kUser:
      return CheckArn("user_arn", subject, PrincipalArnKind::kUser);
    case RevocationKind::kAccessKey:
      if (IsKeyId(subject, "AKIA")) return absl::OkStatus();
      return Invalid(
          base::Concat({"access_key_id: ", base::Quoted(subject),
                        " is not the id of a long-term access key, which begins with AKIA"}));
    case RevocationKind::kSession:
      if (session::AccountOfSessionKey(subject).has_value()) return absl::OkStatus();
      return Invalid(base::Concat({"session_access_key_id: ", base::Quoted(subject),
                                   " is not the access key id of a session"}));
    case RevocationKind::kNone:
      break;
  }
  return Invalid("sessions: set role_arn, user_arn, access_key_id or session_access_key_id");
}

absl::Status CheckReason(std::string_view reason) {
  if (!base::IsValidUtf8(reason)) return Invalid("reason: is not UTF-8");
  if (base::CodePointCount(reason) > RevokeSessionsParameters::kReasonLengthMax) {
    return Invalid(base::StrCat("reason: has more than ",
                                RevokeSessionsParameters::kReasonLengthMax, " characters"));
  }
  if (std::any_of(reason.begin(), reason.end(), absl::ascii_iscntrl)) {
    return Invalid("reason: has control characters");
  }
  return absl::OkStatus();
}

absl::Status CheckTime(const RevokeSessionsParameters& parameters, absl::Time now) {
  if (!parameters.issued_before.has_value()) return absl::OkStatus();
  if (parameters.kind == RevocationKind::kSession) {
    return Invalid("issued_before: one session is revoked whenever it was issued");
  }
  if (*parameters.issued_before <= absl::UnixEpoch()) {
    return Invalid("issued_before: lies before 1970");
  }
  if (*parameters.issued_before > now + RevokeSessionsParameters::kFutureMax) {
    return Invalid("issued_before: lies in the future; it would end sessions not yet made");
  }
  return absl::OkStatus();
}

const store::AccessKey* OwnKey(const RevokeSessionsParameters& parameters,
                               const store::Account& account, const store::Snapshot& snapshot) {
  const store::AccessKey* key = snapshot.FindAccessKey(parameters.subject);
  return key != nullptr && key->account == &account ? key : nullptr;
}

// Name of the member in the policies (server/source reads it by that name).
std::string_view MemberName(RevocationKind kind) {
  switch (kind) {
    case RevocationKind::kRole:
      return "RoleArn";
    case RevocationKind::kUser:
      return "UserArn";
    case RevocationKind::kAccessKey:
      return "AccessKeyId";
    case RevocationKind::kSession:
    case RevocationKind::kNone:
      break;
  }
  return "SessionAccessKeyId";
}

// A JSON string is a YAML one too, and means the same whatever stands in it.
std::string YamlText(std::string_view text) {
  base::JsonWriter json;
  json.String(text);
  return std::string(json.text());
}

// The subject of one of the policies' revocations; nullopt if it is not of `account`.
std::optional<std::string> SubjectName(const store::Revocation& revocation,
                                       const store::Account& account,
                                       const store::Snapshot& snapshot) {
  const std::string& subject = revocation.subject;
  switch (revocation.kind) {
    case store::RevocationKind::kRole:
      if (const auto* role = snapshot.FindRoleById(subject);
          role != nullptr && role->account == &account) {
        return role->arn;
      }
      return std::nullopt;
    case store::RevocationKind::kUser:
      if (const auto* user = snapshot.FindUserById(subject);
          user != nullptr && user->account == &account) {
        return std::string(user->arn);
      }
      return std::nullopt;
    case store::RevocationKind::kAccessKey:
      if (const auto* key = snapshot.FindAccessKey(subject);
          key != nullptr && key->account == &account) {
        return subject;
      }
      return std::nullopt;
    case store::RevocationKind::kSession:
      if (session::AccountOfSessionKey(subject) == account.id) return subject;
      return std::nullopt;
  }
  return std::nullopt;
}

// As above for one made by hand, which knows its account.
std::string SubjectName(const state::Revocation& revocation, const store::Snapshot& snapshot) {
  if (revocation.kind == RevocationKind::kRole) {
    if (const auto* role = snapshot.FindRoleById(revocation.subject)) return role->arn;
  }
  if (revocation.kind == RevocationKind::kUser) {
    if (const auto* user = snapshot.FindUserById(revocation.subject)) {
      return std::string(user->arn);
    }
  }
  return revocation.subject;
}

}  // namespace

absl::Status ValidateParameters(const RevokeSessionsParameters& parameters, absl::Time now) {
  if (absl::Status status = CheckSubject(parameters); !status.ok()) return status;
  if (absl::Status status = CheckTime(parameters, now); !status.ok()) return status;
  return CheckReason(parameters.reason);
}

std::string RevocationResource(const RevokeSessionsParameters& parameters,
                               const store::Account& account, const store::Snapshot& snapshot) {
  switch (parameters.kind) {
    case RevocationKind::kRole:
    case RevocationKind::kUser:
      return parameters.subject;
    case RevocationKind::kAccessKey:
      if (const store::AccessKey* key = OwnKey(parameters, account, snapshot)) {
        return std::string(key->user != nullptr ? key->user->arn : account.root_arn);
      }
      break;
    case RevocationKind::kSession:
    case RevocationKind::kNone:
      break;
  }
  return "*";
}

absl::StatusOr<std::string> RevocationSubject(const RevokeSessionsParameters& parameters,
                                              const store::Account& account,
                                              const store::Snapshot& snapshot) {
  const std::string& subject = parameters.subject;
  switch (parameters.kind) {
    case RevocationKind::kRole: {
      const store::Role* role = snapshot.FindRole(subject);
      if (role == nullptr || role->account != &account) return NoSuchEntity("role", subject);
      return role->id;
    }
    case RevocationKind::kUser: {
      const store::User* user = snapshot.FindUser(subject);
      if (user == nullptr || user->account != &account) return NoSuchEntity("user", subject);
      return std::string(user->id);
    }
    case RevocationKind::kAccessKey:
      if (OwnKey(parameters, account, snapshot) == nullptr) {
        return NoSuchEntity("access key", subject);
      }
      return subject;
    case RevocationKind::kSession:
      if (session::AccountOfSessionKey(subject) == account.id) return subject;
      return base::ErrorWithReason(absl::StatusCode::kPermissionDenied, "AccessDenied",
                                   "The session belongs to another account.");
    case RevocationKind::kNone:
      break;
  }
  return absl::InternalError("a revocation without a kind");
}

int64_t IssuedBeforeSeconds(const RevokeSessionsParameters& parameters, absl::Time now) {
  if (parameters.kind == RevocationKind::kSession) return 0;
  if (!parameters.issued_before.has_value()) return state::IssuedBeforeForNow(now);
  const int64_t seconds = absl::ToUnixSeconds(*parameters.issued_before);
  return absl::FromUnixSeconds(seconds) < *parameters.issued_before ? seconds + 1 : seconds;
}

std::string PolicyEntry(const RevokeSessionsParameters& parameters, int64_t issued_before_seconds) {
  std::string entry =
      base::Concat({"- ", MemberName(parameters.kind), ": ", YamlText(parameters.subject), "\n"});
  if (parameters.kind != RevocationKind::kSession) {
    const std::string time = base::FormatTimestamp(absl::FromUnixSeconds(issued_before_seconds));
    entry += base::Concat({"  IssuedBefore: ", YamlText(time), "\n"});
  }
  if (!parameters.reason.empty()) {
    entry += base::Concat({"  Reason: ", YamlText(parameters.reason), "\n"});
  }
  return entry;
}

std::vector<RevocationDescription> DescribeRevocations(
    const store::Account& account, const store::Snapshot& snapshot,
    absl::Span<const state::Revocation> by_hand) {
  std::vector<RevocationDescription> descriptions;
  for (const auto& revocation : snapshot.revocations()) {
    std::optional<std::string> subject = SubjectName(*revocation, account, snapshot);
    if (!subject.has_value()) continue;
    RevocationDescription& description = descriptions.emplace_back();
    description.subject = *std::move(subject);
    if (revocation->kind != store::RevocationKind::kSession) {
      description.issued_before = revocation->issued_before;
    }
    description.reason = revocation->reason;
    description.source =
        base::StrCat(*revocation->origin.file, ":", revocation->origin.position.line);
  }
  for (const state::Revocation& revocation : by_hand) {
    if (revocation.account != account.id) continue;
    RevocationDescription& description = descriptions.emplace_back();
    description.subject = SubjectName(revocation, snapshot);
    if (revocation.kind != RevocationKind::kSession) {
      description.issued_before = absl::FromUnixSeconds(revocation.issued_before);
    }
    description.reason = revocation.reason;
    description.created_by = revocation.created_by;
  }
  return descriptions;
}

}  // namespace portcullis::engine
