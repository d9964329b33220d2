#include "server/policy/simulation.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"

#include "server/base/text.h"
#include "server/policy/arn.h"
#include "server/policy/compiled_policy.h"
#include "server/policy/condition_keys.h"
#include "server/policy/diagnostic.h"
#include "server/policy/policy_set.h"
#include "server/policy/request.h"
#include "server/policy/request_context.h"
#include "server/policy/simulation_internal.h"

namespace portcullis::policy {
namespace {

constexpr std::string_view kInvalidInput = "InvalidInput";

constexpr size_t kPolicyCountMax = 256;
constexpr size_t kContextEntryCountMax = 1024;
constexpr size_t kResultCountMax = 10000;
constexpr size_t kKeyNameLengthMin = 5;
constexpr size_t kKeyNameLengthMax = 256;

// The same six types with the suffix List are multivalued.
constexpr std::array<std::string_view, 6> kContextKeyTypes = {"string", "numeric", "boolean",
                                                              "ip",     "binary",  "date"};
constexpr std::string_view kListSuffix = "List";

//
constexpr std::array<std::string_view, 4> kResourceHandlingOptions = {
    "EC2-VPC-InstanceStore", "EC2-VPC-InstanceStore-Subnet", "EC2-VPC-EBS", "EC2-VPC-EBS-Subnet"};

// What PrepareRequest() and Evaluate() fill again and again. Kept per thread for its memory.
struct Scratch {
  RequestContext context;
  AuthorizationRequest request;
};

SimulationError Ok() {
  return {};
}

SimulationError Invalid(std::string message) {
  return {std::string(kInvalidInput), std::move(message)};
}

bool Failed(const SimulationError& error) {
  return !error.code.empty();
}

template <size_t kSize>
bool Contains(const std::array<std::string_view, kSize>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// ---- Places in the submitted text ----

bool IsBlank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool StartsCodePoint(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
}

base::Position Advance(base::Position position, char c) {
  if (c == '\n') return {position.line + 1, 1};
  if (StartsCodePoint(c)) ++position.column;
  return position;
}

// just after what precedes the statement: the `[` or `,` of a list, or else its own `{`.
base::Position StartPosition(std::string_view text, base::Position begin) {
  base::Position position = {1, 1};
  base::Position after_separator = begin;
  char separator = ':';
  for (const char c : text) {
    if (position == begin) break;
    position = Advance(position, c);
    if (IsBlank(c)) continue;
    separator = c;
    after_separator = position;
  }
  if (separator == '[' || separator == ',') return after_separator;
  return {begin.line, begin.column + 1};
}

bool EndsWord(std::string_view text, size_t at) {
  constexpr std::string_view kWordEnds = "\"},' ";
  return at >= text.size() || kWordEnds.find(text[at]) != std::string_view::npos;
}

// How `text` first spells the key, or nothing.
std::string_view SpellingIn(std::string_view text, std::string_view folded) {
  for (size_t at = 1; at + folded.size() <= text.size(); ++at) {
    if (text[at - 1] != '"' && text[at - 1] != '{') continue;
    const std::string_view word = text.substr(at, folded.size());
    if (EndsWord(text, at + folded.size()) && base::EqualFolded(word, folded)) return word;
  }
  return {};
}

// ---- The simulation ----

class Simulation {
 public:
  Simulation(const SimulationRequest& request, const SimulatedEntity& entity, Scratch* scratch)
      : request_(request), entity_(entity), scratch_(*scratch) {}

  SimulationError Run(std::vector<SimulationResult>* results) {
    for (const auto step :
         {&Simulation::CheckNames, &Simulation::CheckContextEntries, &Simulation::FindCaller,
          &Simulation::FindOwner, &Simulation::CompilePolicies, &Simulation::FillContext}) {
      if (SimulationError error = (this->*step)(); Failed(error)) return error;
    }
    results->reserve(request_.action_names.size() * std::max<size_t>(1, ResourceCount()));
    for (const std::string& action : request_.action_names) {
      for (const std::string& resource : request_.resource_arns) {
        results->push_back(SimulateOne(action, resource));
      }
      if (request_.resource_arns.empty()) results->push_back(SimulateOne(action, "*"));
    }
    return Ok();
  }

 private:
  size_t ResourceCount() const { return std::max<size_t>(1, request_.resource_arns.size()); }

  SimulationError CheckNames() {
    if (request_.action_names.empty()) return Invalid("ActionNames must name an action");
    if (request_.action_names.size() * ResourceCount() > kResultCountMax) {
      return Invalid(
          absl::StrCat("more than ", kResultCountMax, " actions and resources to simulate"));
    }
    for (const std::string& action : request_.action_names) {
      if (IsActionName(action)) continue;
      return Invalid(base::Concat(
          {"ActionNames: ", base::Quoted(action), " is not an action such as `s3:GetObject`"}));
    }
    for (const std::string& resource : request_.resource_arns) {
      if (IsResourceName(resource)) continue;
      return Invalid(
          base::Concat({"ResourceArns: ", base::Quoted(resource), " is neither `*` nor an ARN"}));
    }
    const std::string& option = request_.resource_handling_option;
    if (!option.empty() && !Contains(kResourceHandlingOptions, option)) {
      return Invalid(base::Concat({"unknown ResourceHandlingOption ", base::Quoted(option)}));
    }
    return Ok();
  }

  SimulationError CheckContextEntries() {
    if (request_.context_entries.size() > kContextEntryCountMax) {
      return Invalid(absl::StrCat("more than ", kContextEntryCountMax, " ContextEntries"));
    }
    for (const SimulationContextEntry& entry : request_.context_entries) {
      const size_t length = base::CodePointCount(entry.name);
      if (length < kKeyNameLengthMin || length > kKeyNameLengthMax) {
        return Invalid(base::Concat({"ContextKeyName ", base::Quoted(entry.name), " must have ",
                                     absl::StrCat(kKeyNameLengthMin, " to ", kKeyNameLengthMax),
                                     " characters"}));
      }
      std::string_view type = entry.type;
      const bool list = type.ends_with(kListSuffix);
      if (list) type.remove_suffix(kListSuffix.size());
      if (!Contains(kContextKeyTypes, type)) {
        return Invalid(base::Concat({"unknown ContextKeyType ", base::Quoted(entry.type), " of ",
                                     base::Quoted(entry.name)}));
      }
      if (!list && entry.values.size() > 1) {
        return Invalid(base::Concat({base::Quoted(entry.name),
                                     " has several ContextKeyValues; its "
                                     "ContextKeyType must end in List"}));
      }
    }
    return Ok();
  }

  SimulationError FindCaller() {
    if (entity_.principal != nullptr) {
      caller_ = *entity_.principal;
      return Ok();
    }
    if (request_.caller_arn.empty()) {
      if (!request_.resource_policy.empty()) return Invalid("ResourcePolicy needs a CallerArn");
      caller_.kind = PrincipalKind::kUser;  // Somebody of the resource's account.
      return Ok();
    }
    caller_ = simulation::PrincipalOf(request_.caller_arn);
    if (caller_.kind != PrincipalKind::kAnonymous) return Ok();
    return Invalid(base::Concat({"CallerArn ", base::Quoted(request_.caller_arn),
                                 " is not a principal that can make requests"}));
  }

  SimulationError FindOwner() {
    if (request_.resource_owner.empty()) return Ok();
    owner_ = request_.resource_owner;
    if (const std::optional<ArnView> arn = ArnView::Parse(owner_);
        arn.has_value() && ClassifyPrincipalArn(*arn) == PrincipalArnKind::kRoot) {
      owner_ = arn->account;
    }
    if (IsAccountId(owner_)) return Ok();
    return Invalid(base::Concat({"ResourceOwner ", base::Quoted(request_.resource_owner),
                                 " is neither an account nor its root ARN"}));
  }

  SimulationError CompilePolicies() {
    if (entity_.policies != nullptr) policies_ = *entity_.policies;
    if (request_.policy_input_list.empty() && entity_.policies == nullptr) {
      return Invalid("PolicyInputList must hold a policy");
    }
    if (request_.policy_input_list.size() > kPolicyCountMax) {
      return Invalid(
          absl::StrCat("PolicyInputList holds more than ", kPolicyCountMax, " policies"));
    }
    if (request_.permissions_boundary_policy_input_list.size() > 1) {
      return Invalid("PermissionsBoundaryPolicyInputList holds more than one policy");
    }
    if (SimulationError error =
            CompileList(request_.policy_input_list, "PolicyInputList.", &identity_set_);
        Failed(error)) {
      return error;
    }
    if (SimulationError error = CompileList(request_.permissions_boundary_policy_input_list,
                                            "PermissionsBoundaryPolicyInputList.", &boundary_set_);
        Failed(error)) {
      return error;
    }
    if (SimulationError error = CompileResourcePolicy(); Failed(error)) return error;
    if (identity_set_ != nullptr) policies_.identity.push_back(identity_set_.get());
    if (boundary_set_ != nullptr) policies_.boundary = boundary_set_.get();
    if (resource_set_ != nullptr) policies_.resource = resource_set_.get();
    return Ok();
  }

  // nullptr, with the reason in `error`, if the text is no policy of that type.
  static SharedPolicy Compile(std::string_view text, PolicyType type, std::string_view id,
                              SimulationError* error) {
    PolicyLimits limits;
    limits.quotas_apply = false;
    std::vector<Diagnostic> diagnostics;
    SharedPolicy policy = CompilePolicyJson(text, type, limits, &diagnostics);
    if (policy != nullptr) return policy;
    const auto first = std::find_if(
        diagnostics.begin(), diagnostics.end(),
        [](const Diagnostic& diagnostic) { return diagnostic.severity == Severity::kError; });
    *error = Invalid(
        base::Concat({id, ": ", IamMessage(diagnostics), " (", FormatDiagnostic(*first), ")"}));
    return nullptr;
  }

  static NamedPolicy Named(SharedPolicy policy, std::string id) {
    return {std::move(policy), std::move(id), nullptr};
  }

  static std::unique_ptr<const CompiledPolicySet> SetOf(absl::Span<const NamedPolicy> policies) {
    return CompiledPolicySet::Make(policies, CompiledPolicySet::Indexing::kNever);
  }

  SimulationError CompileList(const std::vector<std::string>& texts, std::string_view id_prefix,
                              std::unique_ptr<const CompiledPolicySet>* set) {
    if (texts.empty()) return Ok();
    std::vector<NamedPolicy> policies;
    policies.reserve(texts.size());
    for (const std::string& text : texts) {
      std::string id = base::Concat({id_prefix, std::to_string(policies.size() + 1)});
      SimulationError error;
      auto policy = Compile(text, PolicyType::kInlineIdentity, id, &error);
      if (policy == nullptr) return error;
      policies.push_back(Named(std::move(policy), std::move(id)));
    }
    *set = SetOf(policies);
    return Ok();
  }

  // Whether the request is about assuming roles only, so that the policy is a trust policy.
  bool AboutRoles() const {
    return !request_.resource_arns.empty() &&
           std::all_of(request_.resource_arns.begin(), request_.resource_arns.end(), IsRoleArn);
  }

  static bool IsRoleArn(std::string_view resource) {
    const std::optional<ArnView> arn = ArnView::Parse(resource);
    return arn.has_value() && ClassifyPrincipalArn(*arn) == PrincipalArnKind::kRole;
  }

  static bool AssumesRole(std::string_view action) {
    constexpr std::string_view kAssumeRole = "sts:AssumeRole";
    return base::EqualFolded(action.substr(0, kAssumeRole.size()), kAssumeRole);
  }

  SimulationError CompileResourcePolicy() {
    if (request_.resource_policy.empty()) return Ok();
    SimulationError error;
    auto policy =
        Compile(request_.resource_policy, PolicyType::kResource, "ResourcePolicy", &error);
    if (policy == nullptr && AboutRoles()) {
      // Only trust policies may name identity providers.
      SimulationError second_error;
      policy =
          Compile(request_.resource_policy, PolicyType::kTrust, "ResourcePolicy", &second_error);
    }
    if (policy == nullptr) return error;
    std::vector<NamedPolicy> policies;
    policies.push_back(Named(std::move(policy), "ResourcePolicy"));
    resource_set_ = SetOf(policies);
    return Ok();
  }

  SimulationError FillContext() {
    RequestContext& context = scratch_.context;
    context.Clear();
    std::vector<std::string_view> values;
    for (const SimulationContextEntry& entry : request_.context_entries) {
      const ConditionKey* const key = FindConditionKey(entry.name);
      const bool multivalued =
          entry.type.ends_with(kListSuffix) || (key != nullptr && key->multivalued);
      values.assign(entry.values.begin(), entry.values.end());
      const size_t size_before = context.size();
      context.AddOwned(entry.name, values, multivalued);
      if (context.size() == size_before) {
        return Invalid(
            base::Concat({"ContextEntries: ", base::Quoted(entry.name), " occurs twice"}));
      }
    }
    simulation::FillCallerKeys(caller_, &context);
    return Ok();
  }

  SimulationResult SimulateOne(std::string_view action, std::string_view resource) {
    AuthorizationRequest& request = scratch_.request;
    // The account in an ARN decides; ResourceOwner is for ARNs that have none.
    const std::optional<ArnView> arn = ArnView::Parse(resource);
    const bool arn_has_account = arn.has_value() && IsAccountId(arn->account);
    const std::string_view owner = arn_has_account ? arn->account : owner_;
    Principal caller = caller_;
    if (caller.kind == PrincipalKind::kUser && caller.account.empty()) caller.account = owner;
    PrepareRequest(caller, action, resource, owner, &scratch_.context, &request);
    policies_.requires_resource_policy =
        !request_.resource_policy.empty() && AssumesRole(action) && IsRoleArn(resource);

    const Decision decision = Evaluate(policies_, request);
    SimulationResult result;
    result.action_name = action;
    result.resource_name = resource;
    result.effect = decision.effect;
    for (const StatementRef& ref : decision.determining) {
      result.matched_statements.push_back(Describe(ref));
    }
    for (const std::string& folded : MissingContextKeys(policies_, request)) {
      result.missing_context_values.push_back(AsWritten(folded));
    }
    if (decision.boundary_present) {
      result.allowed_by_permissions_boundary = decision.boundary_allowed;
    }
    AddOrganizationsDetail(&result);
    AddAccountDetails(decision, &result);
    return result;
  }

  SimulatedStatement Describe(const StatementRef& ref) const {
    const bool from_resource =
        ref.kind == PolicyKind::kResource || ref.kind == PolicyKind::kResourceControl;
    const std::string* const text = TextOf(ref);
    return {.source_policy_id = std::string(ref.policy->id()),
            .source_policy_type = from_resource ? "resource" : "IAM Policy",
            .start =
                text == nullptr ? ref.statement->begin : StartPosition(*text, ref.statement->begin),
            .end = ref.statement->end};
  }

  // The submitted text of a policy; nullptr for one of the entity's own.
  const std::string* TextOf(const StatementRef& ref) const {
    if (const std::string* text = TextIn(identity_set_.get(), request_.policy_input_list, ref)) {
      return text;
    }
    if (const std::string* text =
            TextIn(boundary_set_.get(), request_.permissions_boundary_policy_input_list, ref)) {
      return text;
    }
    return ref.kind == PolicyKind::kResource && resource_set_ != nullptr ? &request_.resource_policy
                                                                         : nullptr;
  }

  static const std::string* TextIn(const CompiledPolicySet* set,
                                   const std::vector<std::string>& texts, const StatementRef& ref) {
    if (set == nullptr) return nullptr;
    for (size_t i = 0; i < texts.size(); ++i) {
      if (&set->policies()[i] == ref.policy) return &texts[i];
    }
    return nullptr;
  }

  // The entity's own policies are at hand in compiled form only; what they ask for is
  // mostly in the catalogue.
  std::string AsWritten(std::string_view folded) const {
    for (const auto* texts :
         {&request_.policy_input_list, &request_.permissions_boundary_policy_input_list}) {
      for (const std::string& text : *texts) {
        if (const auto spelling = SpellingIn(text, folded); !spelling.empty()) {
          return std::string(spelling);
        }
      }
    }
    if (const auto spelling = SpellingIn(request_.resource_policy, folded); !spelling.empty()) {
      return std::string(spelling);
    }
    const ConditionKey* const key = FindConditionKey(folded);
    return std::string(key == nullptr || key->prefix ? folded : key->name);
  }

  void AddOrganizationsDetail(SimulationResult* result) {
    if (policies_.service_control.empty() && policies_.resource_control.empty()) return;
    EffectivePolicies organization;
    organization.identity_is_all = true;
    organization.service_control = policies_.service_control;
    organization.resource_control = policies_.resource_control;
    const Decision decision = Evaluate(organization, scratch_.request);
    result->allowed_by_organizations = decision.limited_by != PolicyKind::kServiceControl &&
                                       decision.limited_by != PolicyKind::kResourceControl;
  }

  //
  void AddAccountDetails(const Decision& decision, SimulationResult* result) {
    AuthorizationRequest& request = scratch_.request;
    const bool across = !request.principal.account.empty() && request.resource != "*" &&
                        request.principal.account != request.resource_account;
    if (!across || decision.limited_by == PolicyKind::kServiceControl ||
        decision.limited_by == PolicyKind::kResourceControl) {
      return;
    }
    EffectivePolicies resource_side;
    resource_side.identity_is_all = true;
    resource_side.boundary = nullptr;
    resource_side.resource = policies_.resource;
    result->resource_decision = Evaluate(resource_side, request).effect;

    EffectivePolicies identity_side = policies_;
    identity_side.resource = nullptr;
    identity_side.requires_resource_policy = false;
    identity_side.service_control.clear();
    identity_side.resource_control.clear();
    const std::string_view owner = request.resource_account;
    request.resource_account = request.principal.account;
    result->identity_decision = Evaluate(identity_side, request).effect;
    request.resource_account = owner;
  }

  const SimulationRequest& request_;
  const SimulatedEntity& entity_;
  Scratch& scratch_;

  Principal caller_;
  std::string_view owner_;
  EffectivePolicies policies_;
  std::unique_ptr<const CompiledPolicySet> identity_set_;
  std::unique_ptr<const CompiledPolicySet> boundary_set_;
  std::unique_ptr<const CompiledPolicySet> resource_set_;
};

}  // namespace

SimulationError Simulate(const SimulationRequest& request, const SimulatedEntity& entity,
                         std::vector<SimulationResult>* results) {
  static thread_local Scratch scratch;
  results->clear();
  SimulationError error = Simulation(request, entity, &scratch).Run(results);
  if (Failed(error)) results->clear();
  return error;
}

}  // namespace portcullis::policy
