#include "server/query/report_actions.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"

#include "server/base/status_macros.h"
#include "server/inventory/parameters.h"
#include "server/inventory/rules.h"
#include "server/query/inventory_actions.h"
#include "server/query/page.h"

namespace portcullis::query {
namespace {

using base::Shape;
using inventory::kMarkerRule;
using inventory::kMaxItemsRule;
using inventory::ParameterRule;
using inventory::Parameters;

// ---- Parameters (spec 6) ------------------------------------------------------------------------

bool IsWord(char32_t c) {
  return c < 0x80 && (absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == U'_');
}
bool IsServiceCharacter(char32_t c) {
  return IsWord(c) || c == U'-';
}
bool IsAnything(char32_t) {
  return true;
}

constexpr base::TextConstraint kKeyIdText = {16, 128, IsWord, "[\\w]+"};
constexpr base::TextConstraint kArnText = {20, 2048, IsAnything, ""};
constexpr base::TextConstraint kJobIdText = {36, 36, IsAnything, ""};
constexpr base::TextConstraint kServiceText = {1, 64, IsServiceCharacter, "[\\w-]*"};
constexpr std::string_view kServiceLevel = "SERVICE_LEVEL";
constexpr std::string_view kActionLevel = "ACTION_LEVEL";
constexpr std::string_view kGranularities[] = {kServiceLevel, kActionLevel};

const ParameterRule kArnRule = {.name = "Arn", .required = true, .text = &kArnText};
const ParameterRule kJobIdRule = {.name = "JobId", .required = true, .text = &kJobIdText};

Parameters ReadNothing(ParameterReader*) {
  return {};
}

Parameters ReadKeyId(ParameterReader* reader) {
  static const ParameterRule kRules[] = {
      {.name = "AccessKeyId", .required = true, .text = &kKeyIdText}};
  return ReadValidParameters(kRules, reader);
}

Parameters ReadGenerateDetails(ParameterReader* reader) {
  static const ParameterRule kRules[] = {
      kArnRule,
      {.name = "Granularity", .type = ParameterRule::Type::kOneOf, .values = kGranularities}};
  return ReadValidParameters(kRules, reader);
}

Parameters ReadJob(ParameterReader* reader) {
  static const ParameterRule kRules[] = {kJobIdRule, kMarkerRule, kMaxItemsRule};
  return ReadValidParameters(kRules, reader);
}

Parameters ReadJobAndService(ParameterReader* reader) {
  static const ParameterRule kRules[] = {
      kJobIdRule,
      {.name = "ServiceNamespace", .required = true, .text = &kServiceText},
      kMarkerRule,
      kMaxItemsRule};
  return ReadValidParameters(kRules, reader);
}

Parameters ReadGrants(ParameterReader* reader) {
  static const ParameterRule kRules[] = {kArnRule,
                                         kMarkerRule,
                                         {.name = "ServiceNamespaces",
                                          .required = true,
                                          .list = true,
                                          .text = &kServiceText,
                                          .elements_max = engine::Accounts::kServiceNamespacesMax}};
  return ReadValidParameters(kRules, reader);
}

// ---- The engine ---------------------------------------------------------------------------------

// An answer and the part of it that was asked for.
template <typename Answer>
struct Paged {
  Answer answer;
  Page page;
};

auto AskPasswordPolicy(const ActionCall& call, const Parameters&) {
  return call.engine.accounts.GetAccountPasswordPolicy(call.caller, call.peer);
}

auto AskGenerateReport(const ActionCall& call, const Parameters&) {
  return call.engine.accounts.GenerateCredentialReport(call.caller, call.peer);
}

auto AskReport(const ActionCall& call, const Parameters&) {
  return call.engine.accounts.GetCredentialReport(call.caller, call.peer);
}

auto AskKeyLastUsed(const ActionCall& call, const Parameters& parameters) {
  return call.engine.accounts.GetAccessKeyLastUsed(call.caller, parameters.Get("AccessKeyId"),
                                                   call.peer);
}

auto AskGenerateDetails(const ActionCall& call, const Parameters& parameters) {
  const engine::Granularity granularity = parameters.Get("Granularity") == kActionLevel
                                              ? engine::Granularity::kActionLevel
                                              : engine::Granularity::kServiceLevel;
  return call.engine.accounts.GenerateServiceLastAccessedDetails(call.caller, parameters.Get("Arn"),
                                                                 granularity, call.peer);
}

absl::StatusOr<Paged<engine::LastAccessedDetails>> AskDetails(const ActionCall& call,
                                                              const Parameters& parameters) {
  ASSIGN_OR_RETURN(engine::LastAccessedDetails details,
                   call.engine.accounts.GetServiceLastAccessedDetails(
                       call.caller, parameters.Get("JobId"), call.peer));
  ASSIGN_OR_RETURN(const Page page, ReadPage(parameters));
  return Paged<engine::LastAccessedDetails>{std::move(details), page};
}

absl::StatusOr<Paged<engine::EntityAccessDetails>> AskEntities(const ActionCall& call,
                                                               const Parameters& parameters) {
  ASSIGN_OR_RETURN(
      engine::EntityAccessDetails details,
      call.engine.accounts.GetServiceLastAccessedDetailsWithEntities(
          call.caller, parameters.Get("JobId"), parameters.Get("ServiceNamespace"), call.peer));
  ASSIGN_OR_RETURN(const Page page, ReadPage(parameters));
  return Paged<engine::EntityAccessDetails>{std::move(details), page};
}

// Never truncated, so there is no Marker to come back with.
absl::StatusOr<std::vector<engine::ServiceGrants>> AskGrants(const ActionCall& call,
                                                             const Parameters& parameters) {
  ASSIGN_OR_RETURN(
      std::vector<engine::ServiceGrants> grants,
      call.engine.accounts.ListPoliciesGrantingServiceAccess(
          call.caller, parameters.Get("Arn"), parameters.GetList("ServiceNamespaces"), call.peer));
  if (parameters.Has("Marker")) return InvalidMarker();
  return grants;
}

// ---- Answers ------------------------------------------------------------------------------------

Shape WritePasswordPolicy(const engine::PasswordPolicy& policy) {
  Shape shape = Shape::Structure();
  shape.Add("MinimumPasswordLength", Shape::Integer(policy.minimum_password_length));
  shape.Add("RequireSymbols", Shape::Boolean(policy.require_symbols));
  shape.Add("RequireNumbers", Shape::Boolean(policy.require_numbers));
  shape.Add("RequireUppercaseCharacters", Shape::Boolean(policy.require_uppercase_characters));
  shape.Add("RequireLowercaseCharacters", Shape::Boolean(policy.require_lowercase_characters));
  shape.Add("AllowUsersToChangePassword", Shape::Boolean(policy.allow_users_to_change_password));
  shape.Add("ExpirePasswords", Shape::Boolean(policy.expire_passwords()));
  // Members whose least value is 1 are absent where the account does without.
  if (policy.expire_passwords()) {
    shape.Add("MaxPasswordAge", Shape::Integer(policy.max_password_age_days));
  }
  if (policy.password_reuse_prevention > 0) {
    shape.Add("PasswordReusePrevention", Shape::Integer(policy.password_reuse_prevention));
  }
  shape.Add("HardExpiry", Shape::Boolean(policy.hard_expiry));
  Shape result = Shape::Structure();
  result.Add("PasswordPolicy", std::move(shape));
  return result;
}

Shape WriteReportState(const engine::CredentialReportState& state) {
  Shape result = Shape::Structure();
  result.Add("State", state.started ? "STARTED" : "COMPLETE");
  result.AddUnlessEmpty("Description", state.description);
  return result;
}

Shape WriteReport(const engine::CredentialReport& report) {
  Shape result = Shape::Structure();
  result.Add("Content", Shape::Bytes(report.content));
  result.Add("ReportFormat", "text/csv");
  result.Add("GeneratedTime", Shape::Time(report.generated));
  return result;
}

Shape WriteKeyLastUsed(const engine::AccessKeyLastUsed& used) {
  Shape last = Shape::Structure();
  if (used.last.has_value()) last.Add("LastUsedDate", Shape::Time(*used.last));
  last.Add("ServiceName", used.service);
  last.Add("Region", used.region);
  Shape result = Shape::Structure();
  result.Add("UserName", used.user_name);
  result.Add("AccessKeyLastUsed", std::move(last));
  return result;
}

Shape WriteJobId(const std::string& job_id) {
  Shape result = Shape::Structure();
  result.Add("JobId", job_id);
  return result;
}

Shape ActionShape(const engine::ActionAccess& action, const engine::LastAccessedReport& report) {
  Shape shape = Shape::Structure();
  shape.Add("ActionName", action.action);
  shape.Add("LastAccessedEntity", report.members[action.access.member].arn);
  shape.Add("LastAccessedTime", Shape::Time(action.access.last));
  shape.AddUnlessEmpty("LastAccessedRegion", action.access.region);
  return shape;
}

Shape ServiceShape(const engine::ServiceAccess& service,
                   const engine::LastAccessedDetails& details) {
  Shape shape = Shape::Structure();
  shape.Add("ServiceName", engine::ServiceDisplayName(service.service));
  const engine::MemberAccess* latest = service.members.empty() ? nullptr : &service.members.front();
  if (latest != nullptr) shape.Add("LastAuthenticated", Shape::Time(latest->last));
  shape.Add("ServiceNamespace", service.service);
  if (latest != nullptr) {
    shape.Add("LastAuthenticatedEntity", details.report.members[latest->member].arn);
    shape.AddUnlessEmpty("LastAuthenticatedRegion", latest->region);
  }
  shape.Add("TotalAuthenticatedEntities",
            Shape::Integer(static_cast<int64_t>(service.members.size())));
  if (details.granularity == engine::Granularity::kActionLevel) {
    Shape actions = Shape::List();
    for (const engine::ActionAccess& action : service.actions) {
      actions.Append(ActionShape(action, details.report));
    }
    shape.Add("TrackedActionsLastAccessed", std::move(actions));
  }
  return shape;
}

absl::StatusOr<Shape> WriteDetails(const Paged<engine::LastAccessedDetails>& paged) {
  const engine::LastAccessedDetails& details = paged.answer;
  Shape result = Shape::Structure();
  result.Add("JobStatus", "COMPLETED");  // Jobs end with the call that starts them.
  result.Add("JobType", details.granularity == engine::Granularity::kActionLevel ? kActionLevel
                                                                                 : kServiceLevel);
  result.Add("JobCreationDate", Shape::Time(details.created));
  const std::vector<engine::ServiceAccess>& services = details.report.services;
  ASSIGN_OR_RETURN(const size_t end, AddPage(
                                         "ServicesLastAccessed", services, paged.page,
                                         [&](const engine::ServiceAccess& service) {
                                           return ServiceShape(service, details);
                                         },
                                         &result));
  result.Add("JobCompletionDate", Shape::Time(details.completed));
  AddPageEnd(end, services.size(), &result);
  return result;
}

Shape EntityShape(const engine::EntityAccess& access) {
  Shape entity = Shape::Structure();
  entity.Add("Arn", access.entity.arn);
  entity.Add("Name", access.entity.name);
  entity.Add("Type", access.entity.type);
  entity.Add("Id", access.entity.id);
  entity.AddUnlessEmpty("Path", access.entity.path);
  Shape shape = Shape::Structure();
  shape.Add("EntityInfo", std::move(entity));
  if (access.last.has_value()) shape.Add("LastAuthenticated", Shape::Time(*access.last));
  return shape;
}

absl::StatusOr<Shape> WriteEntities(const Paged<engine::EntityAccessDetails>& paged) {
  const engine::EntityAccessDetails& details = paged.answer;
  Shape result = Shape::Structure();
  result.Add("JobStatus", "COMPLETED");
  result.Add("JobCreationDate", Shape::Time(details.created));
  result.Add("JobCompletionDate", Shape::Time(details.completed));
  ASSIGN_OR_RETURN(const size_t end, AddPage("EntityDetailsList", details.entities, paged.page,
                                             EntityShape, &result));
  AddPageEnd(end, details.entities.size(), &result);
  return result;
}

Shape PolicyShape(const engine::PolicyReference& policy) {
  Shape shape = Shape::Structure();
  shape.Add("PolicyName", policy.name);
  shape.Add("PolicyType", policy.managed() ? "MANAGED" : "INLINE");
  shape.AddUnlessEmpty("PolicyArn", policy.arn);
  shape.AddUnlessEmpty("EntityType", policy.entity_type);
  shape.AddUnlessEmpty("EntityName", policy.entity_name);
  return shape;
}

Shape WriteGrants(const std::vector<engine::ServiceGrants>& grants) {
  Shape services = Shape::List();
  for (const engine::ServiceGrants& service : grants) {
    Shape policies = Shape::List();
    for (const engine::PolicyReference& policy : service.policies) {
      policies.Append(PolicyShape(policy));
    }
    Shape shape = Shape::Structure();
    shape.Add("ServiceNamespace", service.service);
    shape.Add("Policies", std::move(policies));
    services.Append(std::move(shape));
  }
  Shape result = Shape::Structure();
  result.Add("PoliciesGrantingServiceAccess", std::move(services));
  result.Add("IsTruncated", Shape::Boolean(false));
  return result;
}

constexpr Action Row(std::string_view name, absl::StatusOr<Shape> (*answer)(const ActionCall&)) {
  return {name, Service::kIam, true, metrics::QueryAction::kIamReport, answer};
}

constexpr Action kActions[] = {
    Row("GenerateCredentialReport", Answer<ReadNothing, AskGenerateReport, WriteReportState>),
    Row("GenerateServiceLastAccessedDetails",
        Answer<ReadGenerateDetails, AskGenerateDetails, WriteJobId>),
    Row("GetAccessKeyLastUsed", Answer<ReadKeyId, AskKeyLastUsed, WriteKeyLastUsed>),
    Row("GetAccountPasswordPolicy", Answer<ReadNothing, AskPasswordPolicy, WritePasswordPolicy>),
    Row("GetCredentialReport", Answer<ReadNothing, AskReport, WriteReport>),
    Row("GetServiceLastAccessedDetails", Answer<ReadJob, AskDetails, WriteDetails>),
    Row("GetServiceLastAccessedDetailsWithEntities",
        Answer<ReadJobAndService, AskEntities, WriteEntities>),
    Row("ListPoliciesGrantingServiceAccess", Answer<ReadGrants, AskGrants, WriteGrants>),
};

}  // namespace

absl::Span<const Action> ReportActions() {
  return kActions;
}

}  // namespace portcullis::query
