#include "server/engine/context_builder.h"

#include <algorithm>

#include "server/base/error_reason.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/base/timestamp.h"
#include "server/policy/request.h"

namespace portcullis::engine {
namespace {

using policy::ConditionKeyName;
using policy::PrincipalKind;
using policy::RequestContext;
using session::SessionKind;

constexpr std::string_view kTrue = "true";
constexpr std::string_view kFalse = "false";
constexpr std::string_view kAnonymous = "anonymous";

// Where one key's value comes from. Adds nothing if the key is absent for these facts.
using Fill = void (*)(const ContextFacts& facts, const ConditionKeyName& name,
                      ContextScratch* scratch, RequestContext* context);

void AddIfAny(const ConditionKeyName& name, std::string_view value, RequestContext* context) {
  if (!value.empty()) context->Add(name, value);
}

const store::OrganizationPlace* PrincipalOrganization(const ContextFacts& facts) {
  const store::Account* account = facts.caller->account;
  return account != nullptr && account->organization.has_value() ? &*account->organization
                                                                 : nullptr;
}

const store::OrganizationPlace* ResourceOrganization(const ContextFacts& facts) {
  const store::Account* account = facts.resource->account;
  return account != nullptr && account->organization.has_value() ? &*account->organization
                                                                 : nullptr;
}

bool IsService(const ContextFacts& facts) {
  return facts.caller->principal.kind == PrincipalKind::kService;
}

// Requests of federation are unsigned too: the proof is among their parameters.
bool IsUnsigned(const ContextFacts& facts) {
  const PrincipalKind kind = facts.caller->principal.kind;
  return kind == PrincipalKind::kAnonymous || kind == PrincipalKind::kWebIdentity ||
         kind == PrincipalKind::kSaml;
}

//
void FillPrincipalArn(const ContextFacts& facts, const ConditionKeyName& name, ContextScratch*,
                      RequestContext* context) {
  AddIfAny(name, facts.caller->principal_arn, context);
}

//
void FillPrincipalAccount(const ContextFacts& facts, const ConditionKeyName& name, ContextScratch*,
                          RequestContext* context) {
  if (IsUnsigned(facts)) return context->Add(name, kAnonymous);
  AddIfAny(name, facts.caller->principal.account, context);
}

//
void FillPrincipalOrgId(const ContextFacts& facts, const ConditionKeyName& name, ContextScratch*,
                        RequestContext* context) {
  if (const auto* place = PrincipalOrganization(facts)) {
    context->Add(name, place->organization_id);
  }
}

//
void FillPrincipalOrgPaths(const ContextFacts& facts, const ConditionKeyName& name,
                           ContextScratch* scratch, RequestContext* context) {
  if (const auto* place = PrincipalOrganization(facts)) {
    scratch->principal_org_path[0] = place->path;
    context->AddList(name, scratch->principal_org_path);
  }
}

// table of section 1.5.
void FillPrincipalType(const ContextFacts& facts, const ConditionKeyName& name, ContextScratch*,
                       RequestContext* context) {
  switch (facts.caller->principal.kind) {
    case PrincipalKind::kRoot:
      return context->Add(name, "Account");
    case PrincipalKind::kUser:
      return context->Add(name, "User");
    case PrincipalKind::kRoleSession:
      return context->Add(name, "AssumedRole");
    case PrincipalKind::kFederatedUser:
      return context->Add(name, "FederatedUser");
    case PrincipalKind::kService:
      return context->Add(name, "AWSService");
    case PrincipalKind::kAnonymous:
    case PrincipalKind::kWebIdentity:
    case PrincipalKind::kSaml:
      return context->Add(name, "Anonymous");
  }
}

//
void FillUserId(const ContextFacts& facts, const ConditionKeyName& name, ContextScratch*,
                RequestContext* context) {
  if (IsUnsigned(facts)) return context->Add(name, kAnonymous);
  AddIfAny(name, facts.caller->user_id, context);
}

// IAM users only; a federated user has no user name although its creator has.
void FillUserName(const ContextFacts& facts, const ConditionKeyName& name, ContextScratch*,
                  RequestContext* context) {
  AddIfAny(name, facts.caller->user_name, context);
}

//
void FillPrincipalIsAwsService(const ContextFacts& facts, const ConditionKeyName& name,
                               ContextScratch*, RequestContext* context) {
  context->Add(name, IsService(facts) ? kTrue : kFalse);
}

//
void FillPrincipalServiceName(const ContextFacts& facts, const ConditionKeyName& name,
                              ContextScratch*, RequestContext* context) {
  if (IsService(facts)) context->Add(name, facts.caller->principal.arn);
}

void FillPrincipalServiceNamesList(const ContextFacts& facts, const ConditionKeyName& name,
                                   ContextScratch* scratch, RequestContext* context) {
  if (!IsService(facts)) return;
  scratch->service_name[0] = facts.caller->principal.arn;
  context->AddList(name, scratch->service_name);
}

// The rows.
void FillMfaPresent(const ContextFacts& facts, const ConditionKeyName& name, ContextScratch*,
                    RequestContext* context) {
  if (facts.mfa.verified) return context->Add(name, kTrue);
  if (!facts.caller->temporary()) return;
  const OpenedSession* session = facts.caller->session.get();
  if (session != nullptr && (session->claims.kind == SessionKind::kWebIdentity ||
                             session->claims.kind == SessionKind::kSaml)) {
    return;
  }
  const bool with_mfa = session != nullptr && session->claims.kind == SessionKind::kSessionToken &&
                        session->claims.mfa_at_seconds.has_value();
  context->Add(name, with_mfa ? kTrue : kFalse);
}

void FillMfaAge(const ContextFacts& facts, const ConditionKeyName& name, ContextScratch* scratch,
                RequestContext* context) {
  if (facts.mfa.verified) return context->Add(name, "0");
  const OpenedSession* session = facts.caller->session.get();
  if (session == nullptr || session->claims.kind != SessionKind::kSessionToken ||
      !session->claims.mfa_at_seconds.has_value()) {
    return;
  }
  const int64_t age = absl::ToUnixSeconds(facts.now) - *session->claims.mfa_at_seconds;
  context->Add(name, scratch->FormatMfaAge(std::max<int64_t>(age, 0)));
}

//
void FillTokenIssueTime(const ContextFacts& facts, const ConditionKeyName& name, ContextScratch*,
                        RequestContext* context) {
  if (facts.caller->session != nullptr) context->Add(name, facts.caller->session->issue_time_text);
}

//
void FillSourceIdentity(const ContextFacts& facts, const ConditionKeyName& name, ContextScratch*,
                        RequestContext* context) {
  if (facts.caller->session != nullptr) {
    AddIfAny(name, facts.caller->session->claims.source_identity, context);
  }
}

// web identity only; what a SAML session has of its provider is saml:namequalifier.
void FillFederatedProvider(const ContextFacts& facts, const ConditionKeyName& name, ContextScratch*,
                           RequestContext* context) {
  const OpenedSession* session = facts.caller->session.get();
  if (session != nullptr && session->claims.kind == SessionKind::kWebIdentity) {
    AddIfAny(name, session->claims.federated_provider, context);
  }
}

//
void FillCurrentTime(const ContextFacts& facts, const ConditionKeyName& name,
                     ContextScratch* scratch, RequestContext* context) {
  context->Add(name, scratch->FormatCurrentTime(facts.now));
}

void FillEpochTime(const ContextFacts& facts, const ConditionKeyName& name, ContextScratch* scratch,
                   RequestContext* context) {
  context->Add(name, scratch->FormatEpochTime(facts.now));
}

// global services are in us-east-1, or where the endpoint is.
void FillRequestedRegion(const ContextFacts& facts, const ConditionKeyName& name, ContextScratch*,
                         RequestContext* context) {
  std::string_view region = facts.resource->region;
  if (region.empty()) region = facts.peer->region;
  context->Add(name, region.empty() ? "us-east-1" : region);
}

//
void FillResourceAccount(const ContextFacts& facts, const ConditionKeyName& name, ContextScratch*,
                         RequestContext* context) {
  AddIfAny(name, facts.resource->platform ? "aws" : facts.resource->account_id, context);
}

void FillResourceOrgId(const ContextFacts& facts, const ConditionKeyName& name, ContextScratch*,
                       RequestContext* context) {
  if (const auto* place = ResourceOrganization(facts)) context->Add(name, place->organization_id);
}

void FillResourceOrgPaths(const ContextFacts& facts, const ConditionKeyName& name,
                          ContextScratch* scratch, RequestContext* context) {
  if (const auto* place = ResourceOrganization(facts)) {
    scratch->resource_org_path[0] = place->path;
    context->AddList(name, scratch->resource_org_path);
  }
}

// Portcullis decides direct calls; forwarded ones are not modelled.
void FillViaAwsService(const ContextFacts&, const ConditionKeyName& name, ContextScratch*,
                       RequestContext* context) {
  context->Add(name, kFalse);
}

// the connection's address only where the client is the caller, not a PEP that asks for it.
void FillSourceIp(const ContextFacts& facts, const ConditionKeyName& name, ContextScratch*,
                  RequestContext* context) {
  if (!facts.peer->may_supply_request_facts) AddIfAny(name, facts.peer->source_ip, context);
}

//
void FillSecureTransport(const ContextFacts& facts, const ConditionKeyName& name, ContextScratch*,
                         RequestContext* context) {
  context->Add(name, facts.peer->secure_transport ? kTrue : kFalse);
}

//
void FillUserAgent(const ContextFacts& facts, const ConditionKeyName& name, ContextScratch*,
                   RequestContext* context) {
  if (!facts.peer->may_supply_request_facts) AddIfAny(name, facts.peer->user_agent, context);
}

// Before or after what the client supplies: facts it may not touch, or defaults it may replace.
enum class Stage : uint8_t { kFact, kDefault };

struct Row {
  std::string_view name;
  Stage stage;
  Fill fill;
};

constexpr Row kRows[] = {
    {"aws:PrincipalArn", Stage::kFact, &FillPrincipalArn},
    {"aws:PrincipalAccount", Stage::kFact, &FillPrincipalAccount},
    {"aws:PrincipalOrgID", Stage::kFact, &FillPrincipalOrgId},
    {"aws:PrincipalOrgPaths", Stage::kFact, &FillPrincipalOrgPaths},
    {"aws:PrincipalType", Stage::kFact, &FillPrincipalType},
    {"aws:userid", Stage::kFact, &FillUserId},
    {"aws:username", Stage::kFact, &FillUserName},
    {"aws:PrincipalIsAWSService", Stage::kFact, &FillPrincipalIsAwsService},
    {"aws:PrincipalServiceName", Stage::kFact, &FillPrincipalServiceName},
    {"aws:PrincipalServiceNamesList", Stage::kFact, &FillPrincipalServiceNamesList},
    {"aws:MultiFactorAuthPresent", Stage::kFact, &FillMfaPresent},
    {"aws:MultiFactorAuthAge", Stage::kFact, &FillMfaAge},
    {"aws:TokenIssueTime", Stage::kFact, &FillTokenIssueTime},
    {"aws:SourceIdentity", Stage::kFact, &FillSourceIdentity},
    {"aws:FederatedProvider", Stage::kFact, &FillFederatedProvider},
    {"aws:CurrentTime", Stage::kFact, &FillCurrentTime},
    {"aws:EpochTime", Stage::kFact, &FillEpochTime},
    {"aws:ResourceAccount", Stage::kFact, &FillResourceAccount},
    {"aws:ResourceOrgID", Stage::kFact, &FillResourceOrgId},
    {"aws:ResourceOrgPaths", Stage::kFact, &FillResourceOrgPaths},
    {"aws:RequestedRegion", Stage::kDefault, &FillRequestedRegion},
    {"aws:ViaAWSService", Stage::kDefault, &FillViaAwsService},
    {"aws:SourceIp", Stage::kDefault, &FillSourceIp},
    {"aws:SecureTransport", Stage::kDefault, &FillSecureTransport},
    {"aws:UserAgent", Stage::kDefault, &FillUserAgent},
};
constexpr size_t kRowCount = std::size(kRows);

// Names that are filled as families, below.
constexpr std::string_view kFamilies[] = {"aws:PrincipalTag/", "aws:ResourceTag/",
                                          "iam:ResourceTag/"};

const policy::LazyKeyTable& RowTable() {
  static const auto* const table = [] {
    std::array<std::string_view, kRowCount> names;
    for (size_t i = 0; i < kRowCount; ++i) names[i] = kRows[i].name;
    return new policy::LazyKeyTable(names);
  }();
  return *table;
}

// A bit for each row.
constexpr uint64_t RowsOf(Stage stage) {
  uint64_t rows = 0;
  for (size_t i = 0; i < kRowCount; ++i) {
    if (kRows[i].stage == stage) rows |= uint64_t{1} << i;
  }
  return rows;
}

// Session tags first: they overlay the role's, and the first value of a key stays.
void FillPrincipalTags(const Caller& caller, RequestContext* context) {
  if (caller.session != nullptr) {
    for (const store::Tag& tag : caller.session->tags) context->Add(tag.principal_tag, tag.value);
  }
  const std::vector<store::Tag>* own = nullptr;
  if (caller.role != nullptr) own = &caller.role->tags;
  // A federated user has its creator's tags, as far as its own do not override them.
  if (caller.role == nullptr && caller.user != nullptr) own = &caller.user->tags;
  if (own == nullptr) return;
  for (const store::Tag& tag : *own) context->Add(tag.principal_tag, tag.value);
}

// what the provider vouched for when the session was made.
void FillProviderKeys(const Caller& caller, RequestContext* context) {
  if (caller.session == nullptr) return;
  for (const OpenedSession::ProviderKey& key : caller.session->provider_keys) {
    if (key.multivalued) {
      context->AddList(key.name, key.values);
    } else {
      context->Add(key.name, key.values.front());
    }
  }
}

void FillResourceTags(const ResourceFacts& resource, RequestContext* context) {
  if (resource.tags == nullptr) return;
  for (const store::Tag& tag : *resource.tags) {
    context->Add(tag.resource_tag, tag.value);
    if (resource.iam_entity) context->Add(tag.iam_resource_tag, tag.value);
  }
}

absl::Status ContextError(std::string_view key, std::string_view problem) {
  return base::ErrorWithReason(absl::StatusCode::kInvalidArgument, "INVALID_CONTEXT",
                               base::Concat({"context: key ", base::Quoted(key), " ", problem}));
}

absl::Status CheckName(std::string_view key) {
  if (key.size() >= 3 && key.size() <= 256 && key.find(':') != std::string_view::npos) {
    return absl::OkStatus();
  }
  return ContextError(key, "is not of the form namespace:name (3 to 256 bytes)");
}

absl::Status CheckValues(const ContextInput& input) {
  if (input.values.size() > kContextValuesMax) {
    return ContextError(input.key, "has too many values");
  }
  for (const std::string_view value : input.values) {
    if (value.size() > kContextValueBytesMax)
      return ContextError(input.key, "has too long a value");
    if (!base::IsValidUtf8(value)) return ContextError(input.key, "has a value that is not UTF-8");
  }
  return absl::OkStatus();
}

}  // namespace

void ContextScratch::AddKey(size_t number, RequestContext* context) {
  kRows[number].fill(facts_, RowTable().name(number), this, context);
}

std::string_view ContextScratch::FormatCurrentTime(absl::Time now) {
  SetTime(now);
  return current_time_;
}

std::string_view ContextScratch::FormatEpochTime(absl::Time now) {
  SetTime(now);
  return epoch_time_;
}

void ContextScratch::SetTime(absl::Time now) {
  const int64_t second = absl::ToUnixSeconds(now);
  if (second == second_) return;
  second_ = second;
  current_time_ = base::FormatTimestamp(now);
  epoch_time_ = std::to_string(second);
}

std::string_view ContextScratch::FormatMfaAge(int64_t seconds) {
  mfa_age_ = std::to_string(seconds);
  return mfa_age_;
}

absl::Status AddSupplied(absl::Span<const ContextInput> supplied, bool trusted_pep,
                         RequestContext* context) {
  if (supplied.size() > kContextEntriesMax) {
    return base::ErrorWithReason(absl::StatusCode::kInvalidArgument, "INVALID_CONTEXT",
                                 "context: more than 256 keys");
  }
  for (const ContextInput& input : supplied) {
    RETURN_IF_ERROR(CheckName(input.key));
    const policy::ConditionKeyView name = context->KeepName(input.key);
    const policy::ConditionKey* const row = policy::FindFoldedKey(name.folded());
    if (!policy::MaySupplyFolded(row, name.folded(), trusted_pep)) {
      return ContextError(input.key,
                          "is filled by Portcullis from facts it knows itself and cannot "
                          "be supplied by this client");
    }
    RETURN_IF_ERROR(CheckValues(input));
    const bool multivalued =
        input.multivalued || input.values.size() > 1 || (row != nullptr && row->multivalued);
    if (!context->AddKept(name, input.values, multivalued) && !input.values.empty()) {
      return ContextError(input.key, "is given twice, or is known to Portcullis already");
    }
  }
  return absl::OkStatus();
}

absl::Status BuildContext(const ContextFacts& facts, absl::Span<const ContextInput> supplied,
                          ContextScratch* scratch, RequestContext* context) {
  scratch->SetFacts(facts);
  context->AddLater(RowTable(), RowsOf(Stage::kFact), scratch);
  FillProviderKeys(*facts.caller, context);
  FillPrincipalTags(*facts.caller, context);
  FillResourceTags(*facts.resource, context);
  RETURN_IF_ERROR(AddSupplied(supplied, facts.peer->may_supply_request_facts, context));
  context->AddLater(RowTable(), RowsOf(Stage::kDefault), scratch);
  return absl::OkStatus();
}

absl::Span<const std::string_view> SuppliedByServer() {
  static const auto* const names = [] {
    auto* made = new std::vector<std::string_view>(std::begin(kFamilies), std::end(kFamilies));
    for (const Row& row : kRows) made->push_back(row.name);
    return made;
  }();
  return *names;
}

absl::Span<const std::string_view> NeverPresent() {
  // Filled only while STS asks about its own operations (sts_question.cc), kept by a session from
  // its identity provider (FillProviderKeys), or of operations and deliveries of credentials that
  // Portcullis does not have.
  static constexpr std::string_view kNames[] = {
      "aws:AssumedRoot",
      "aws:CalledVia",
      "aws:CalledViaFirst",
      "aws:CalledViaLast",
      "aws:ChatbotSourceArn",
      "aws:CalledViaAWSMCP",
      "aws:ViaAWSMCPService",
      "aws:SignInSessionArn",
      "ec2:SourceInstanceARN",
      "ec2:RoleDelivery",
      "aws:Ec2InstanceSourceVpc",
      "aws:Ec2InstanceSourcePrivateIPv4",
      "lambda:SourceFunctionArn",
      "ssm:SourceInstanceArn",
      "identitystore:UserId",
      // Whole namespaces: keys of a federation call, and of operations of STS.
      "saml:",
      "accounts.google.com:",
      "cognito-identity.amazonaws.com:",
      "graph.facebook.com:",
      "www.amazon.com:",
      "sts:",
  };
  return kNames;
}

}  // namespace portcullis::engine
