#include "client/report_output.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"

#include "client/text_lines.h"

namespace portcullis::client {
namespace {

using Row = std::vector<std::string>;

// Columns of the width that they need, two blanks apart; empty cells at the end leave no blanks.
std::string TableText(const std::vector<Row>& rows) {
  std::vector<size_t> widths;
  for (const Row& row : rows) {
    widths.resize(std::max(widths.size(), row.size()), 0);
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const Row& row : rows) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
      line.append(row[i]).append(widths[i] - row[i].size() + 2, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text.append(line).append("\n");
  }
  return text;
}

std::string_view YesNo(bool value) {
  return value ? "yes" : "no";
}

Row ActionRow(const v1::ActionLastAccessed& action) {
  return {"  " + Printable(action.action_name()),
          action.has_last_accessed_time() ? TimeText(action.last_accessed_time()) : "never",
          Printable(action.last_accessed_region()), Printable(action.last_accessed_entity())};
}

}  // namespace

std::string PasswordPolicyText(const v1::PasswordPolicy& policy) {
  std::string text =
      absl::StrCat("passwords have at least ", policy.minimum_password_length(), " characters\n");
  AddLine("symbol", policy.require_symbols() ? "required" : "", &text);
  AddLine("digit", policy.require_numbers() ? "required" : "", &text);
  AddLine("upper case", policy.require_uppercase_characters() ? "required" : "", &text);
  AddLine("lower case", policy.require_lowercase_characters() ? "required" : "", &text);
  AddLine("own change", YesNo(policy.allow_users_to_change_password()), &text);
  AddLine("expire",
          policy.expire_passwords() ? absl::StrCat("after ", policy.max_password_age(), " days")
                                    : "never",
          &text);
  AddLine("hard expiry", YesNo(policy.hard_expiry()), &text);
  AddLine("not again",
          policy.password_reuse_prevention() > 0
              ? absl::StrCat("the last ", policy.password_reuse_prevention())
              : "",
          &text);
  return text;
}

std::string LastAccessedText(const v1::GetServiceLastAccessedDetailsResponse& report) {
  std::vector<Row> rows = {{"SERVICE", "LAST USED", "REGION", "BY"}};
  for (const v1::ServiceLastAccessed& service : report.services_last_accessed()) {
    rows.push_back(
        {Printable(service.service_namespace()),
         service.has_last_authenticated() ? TimeText(service.last_authenticated()) : "never",
         Printable(service.last_authenticated_region()),
         Printable(service.last_authenticated_entity())});
    for (const auto& action : service.tracked_actions_last_accessed()) {
      rows.push_back(ActionRow(action));
    }
  }
  return TableText(rows);
}

std::string EntitiesText(const v1::GetServiceLastAccessedDetailsWithEntitiesResponse& report) {
  std::vector<Row> rows = {{"TYPE", "LAST USED", "ARN"}};
  for (const v1::EntityDetails& entity : report.entity_details()) {
    rows.push_back(
        {Printable(entity.type()),
         entity.has_last_authenticated() ? TimeText(entity.last_authenticated()) : "never",
         Printable(entity.arn())});
  }
  return TableText(rows);
}

std::string GrantsText(const v1::ListPoliciesGrantingServiceAccessResponse& report) {
  std::vector<Row> rows = {{"SERVICE", "POLICY", "OF"}};
  for (const auto& service : report.policies_granting_service_access()) {
    const std::string name = Printable(service.service_namespace());
    if (service.policies().empty()) rows.push_back({name, "none"});
    for (const v1::GrantingPolicy& policy : service.policies()) {
      const bool managed = !policy.policy_arn().empty();
      rows.push_back(
          {name, Printable(managed ? policy.policy_arn() : policy.policy_name()),
           Printable(managed ? ""
                             : absl::StrCat(policy.entity_type(), " ", policy.entity_name()))});
    }
  }
  return TableText(rows);
}

std::string AccessKeyLastUsedText(const v1::GetAccessKeyLastUsedResponse& answer) {
  std::string text = Printable(answer.user_name()) + "\n";
  if (!answer.has_last_used_date()) {
    AddLine("last used", "never, as far as is known", &text);
    return text;
  }
  AddLine("last used", TimeText(answer.last_used_date()), &text);
  AddLine("service", answer.service_name(), &text);
  AddLine("region", answer.region(), &text);
  return text;
}

}  // namespace portcullis::client
