#include "server/engine/credential_report.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <tuple>
#include <vector>

#include "absl/strings/str_replace.h"
#include "absl/time/time.h"

#include "server/base/status_macros.h"
#include "server/base/text.h"

namespace portcullis::engine {
namespace {

constexpr std::string_view kHeader =
    "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,"
    "password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,"
    "access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,"
    "access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,"
    "access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,"
    "cert_1_last_rotated,cert_2_active,cert_2_last_rotated";

constexpr std::string_view kNotApplicable = "N/A";
constexpr std::string_view kNoInformation = "no_information";
constexpr std::string_view kNotSupported = "not_supported";
constexpr size_t kKeysPerUser = 2;
constexpr size_t kCertificates = 2;  // Columns only: there are none here.

// One line of the report, value by value.
class Line {
 public:
  void Add(std::string_view value) {
    if (!text_.empty()) text_.push_back(',');
    if (value.find_first_of(",\"\r\n") == std::string_view::npos) {
      text_.append(value);
      return;
    }
    text_.push_back('"');
    text_.append(absl::StrReplaceAll(base::AbslView(value), {{"\"", "\"\""}}));
    text_.push_back('"');
  }
  void Add(bool value) { Add(value ? std::string_view("true") : std::string_view("false")); }
  // `otherwise` if there is no time.
  void Add(std::optional<absl::Time> time, std::string_view otherwise) {
    if (!time.has_value()) return Add(otherwise);
    Add(std::string_view(absl::FormatTime("%Y-%m-%dT%H:%M:%S+00:00", *time, absl::UTCTimeZone())));
  }

  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// for a user.
void AddPassword(const store::User& user, const store::Account& account, Line* line) {
  const bool has_password = user.login_profile.has_value();
  line->Add(has_password);
  if (!has_password) {
    for (int column = 0; column < 3; ++column) line->Add(kNotApplicable);
    return;
  }
  const std::optional<absl::Time> changed = user.login_profile->create_date;
  std::optional<absl::Time> next_rotation;
  const std::optional<store::PasswordPolicy>& rules = account.password_policy;
  if (changed.has_value() && rules.has_value() && rules->expire_passwords()) {
    next_rotation = *changed + absl::Hours(24) * rules->max_password_age_days;
  }
  line->Add(user.password_last_used, kNoInformation);
  line->Add(changed, kNotApplicable);
  line->Add(next_rotation, kNotApplicable);
}

//
absl::Status AddKey(const store::AccessKey& key, const state::ActivityTracker& activity,
                    Line* line) {
  line->Add(key.status == store::AccessKeyStatus::kActive);
  std::optional<absl::Time> created;
  if (key.create_date != absl::UnixEpoch()) created = key.create_date;  // Otherwise not declared.
  line->Add(created, kNotApplicable);
  ASSIGN_OR_RETURN(const std::optional<state::KeyUse> use, activity.LastKeyUse(key.id));
  const auto or_not = [](std::string_view text) { return text.empty() ? kNotApplicable : text; };
  line->Add(use.has_value() ? std::optional<absl::Time>(use->last) : std::nullopt, kNotApplicable);
  line->Add(use.has_value() ? or_not(use->region) : kNotApplicable);
  line->Add(use.has_value() ? or_not(use->service) : kNotApplicable);
  return absl::OkStatus();
}

absl::Status AddKeysAndCertificates(const std::vector<const store::AccessKey*>& keys,
                                    const state::ActivityTracker& activity, Line* line) {
  for (size_t i = 0; i < kKeysPerUser; ++i) {
    if (i < keys.size()) {
      RETURN_IF_ERROR(AddKey(*keys[i], activity, line));
      continue;
    }
    line->Add(false);
    for (int column = 0; column < 4; ++column) line->Add(kNotApplicable);
  }
  for (size_t i = 0; i < kCertificates; ++i) {
    line->Add(false);
    line->Add(kNotApplicable);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> RootLine(const store::Account& account,
                                     const state::ActivityTracker& activity) {
  Line line;
  line.Add(std::string_view("<root_account>"));
  line.Add(std::string_view(account.root_arn));
  line.Add(account.create_date, kNotApplicable);
  line.Add(kNotSupported);
  line.Add(kNoInformation);  // Root has a password, used where we do not see it.
  line.Add(kNotSupported);
  line.Add(kNotSupported);
  line.Add(!account.root_mfa_devices.empty());
  RETURN_IF_ERROR(AddKeysAndCertificates(account.root_access_keys, activity, &line));
  return line.text();
}

absl::StatusOr<std::string> UserLine(const store::User& user, const store::Account& account,
                                     const state::ActivityTracker& activity) {
  Line line;
  line.Add(user.name);
  line.Add(user.arn);
  line.Add(user.create_date, kNotApplicable);
  AddPassword(user, account, &line);
  line.Add(!user.mfa_devices.empty());
  RETURN_IF_ERROR(AddKeysAndCertificates(user.access_keys, activity, &line));
  return line.text();
}

}  // namespace

absl::StatusOr<std::string> CredentialReportText(const store::Snapshot& snapshot,
                                                 const store::Account& account,
                                                 const state::ActivityTracker& activity) {
  std::vector<std::tuple<std::string, const store::User*>> users;  // By folded name.
  for (const auto& user : snapshot.users()) {
    if (user->account == &account) users.emplace_back(base::FoldCase(user->name), user.get());
  }
  std::sort(users.begin(), users.end(), [](const auto& a, const auto& b) {
    return std::tie(std::get<0>(a), std::get<1>(a)->arn) <
           std::tie(std::get<0>(b), std::get<1>(b)->arn);
  });
  std::string report(kHeader);
  ASSIGN_OR_RETURN(const std::string root, RootLine(account, activity));
  report.append("\n").append(root);
  for (const auto& [folded, user] : users) {
    ASSIGN_OR_RETURN(const std::string line, UserLine(*user, account, activity));
    report.append("\n").append(line);
  }
  return report;
}

}  // namespace portcullis::engine
