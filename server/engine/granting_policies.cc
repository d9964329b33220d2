#include "server/engine/granting_policies.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"

#include "server/base/text.h"
#include "server/policy/arn.h"

namespace portcullis::engine {
namespace {

using policy::CompiledAction;
using policy::CompiledPolicy;
using policy::CompiledStatement;
using policy::StatementEffect;

// Names as AWS prints them, for the services that policies most often speak of.
struct DisplayName {
  std::string_view service;
  std::string_view name;
};
constexpr DisplayName kDisplayNames[] = {
    {"apigateway", "Amazon API Gateway Management"},
    {"cloudformation", "AWS CloudFormation"},
    {"cloudwatch", "Amazon CloudWatch"},
    {"dynamodb", "Amazon DynamoDB"},
    {"ec2", "Amazon EC2"},
    {"ecr", "Amazon Elastic Container Registry"},
    {"ecs", "Amazon Elastic Container Service"},
    {"eks", "Amazon Elastic Kubernetes Service"},
    {"events", "Amazon EventBridge"},
    {"iam", "AWS Identity and Access Management"},
    {"kinesis", "Amazon Kinesis Data Streams"},
    {"kms", "AWS Key Management Service"},
    {"lambda", "AWS Lambda"},
    {"logs", "Amazon CloudWatch Logs"},
    {"organizations", "AWS Organizations"},
    {"portcullis", "Portcullis"},
    {"rds", "Amazon RDS"},
    {"route53", "Amazon Route 53"},
    {"s3", "Amazon S3"},
    {"secretsmanager", "AWS Secrets Manager"},
    {"sns", "Amazon SNS"},
    {"sqs", "Amazon SQS"},
    {"ssm", "AWS Systems Manager"},
    {"states", "AWS Step Functions"},
    {"sts", "AWS Security Token Service"},
};

// The service part of an entry of Action or NotAction: one service, or all of them, as the language
// has no wildcards in services other than `*` for every action there is.
class ServicePart {
 public:
  explicit ServicePart(const CompiledAction& action) : any_(action.pattern.is_any()) {
    if (any_) return;
    const std::string whole = action.pattern.ToText();
    const size_t colon = std::min(whole.find(':'), whole.size());
    service_ = whole.substr(0, colon);
    all_actions_ = whole.find_first_not_of('*', colon + 1) == std::string::npos;
  }

  // Empty: every service.
  const std::string& service() const { return service_; }
  // The entry takes in every action of the services it matches.
  bool all_actions() const { return any_ || all_actions_; }
  bool Matches(std::string_view service) const { return any_ || service_ == service; }

 private:
  bool any_;
  bool all_actions_ = false;
  std::string service_;
};

// The Allow statements of policies, as far as services are concerned.
class AllowedServices {
 public:
  void Add(const CompiledPolicy& policy) {
    for (const CompiledStatement& statement : policy.statements()) {
      if (statement.effect != StatementEffect::kAllow) continue;
      Entry& entry = entries_.emplace_back();
      entry.excludes = statement.not_action;
      for (const CompiledAction& action : statement.actions) entry.parts.emplace_back(action);
    }
  }

  bool Cover(std::string_view service) const {
    return std::any_of(entries_.begin(), entries_.end(),
                       [service](const Entry& entry) { return entry.Covers(service); });
  }

  // Services that are named.
  void AddNamed(ServiceNames* names) const {
    for (const Entry& entry : entries_) {
      for (const ServicePart& part : entry.parts) {
        if (!part.service().empty()) names->insert(part.service());
      }
    }
  }

 private:
  struct Entry {
    bool excludes = false;  // NotAction.
    std::vector<ServicePart> parts;

    bool Covers(std::string_view service) const {
      const auto takes = [&](const ServicePart& part) {
        return (!excludes || part.all_actions()) && part.Matches(service);
      };
      return std::any_of(parts.begin(), parts.end(), takes) != excludes;
    }
  };
  std::vector<Entry> entries_;
};

void AddNamedBy(const policy::CompiledPolicySet* set, ServiceNames* names) {
  if (set == nullptr) return;
  AllowedServices allowed;
  for (const policy::HeldPolicy& held : set->policies()) allowed.Add(held.policy());
  allowed.AddNamed(names);
}

// A registered ARN may leave its service open.
bool IsService(std::string_view text) {
  return !text.empty() && text.find_first_of("*?") == std::string_view::npos;
}

std::string EntityType(std::string_view prefix) {
  return absl::AsciiStrToUpper(base::AbslView(prefix));
}

// From the id under which decisions name the policy (HeldPolicy::id): an ARN, or
// "user/ana:ReadOnly".
PolicyReference ReferenceOf(std::string_view id) {
  PolicyReference reference;
  if (policy::ArnView::Parse(id).has_value()) {
    reference.arn = std::string(id);
    reference.name = std::string(id.substr(id.rfind('/') + 1));
    return reference;
  }
  const size_t colon = std::min(id.find(':'), id.size());
  const std::string_view entity = id.substr(0, colon);
  const size_t slash = std::min(entity.find('/'), entity.size());
  reference.entity_type = EntityType(entity.substr(0, slash));
  reference.entity_name = std::string(entity.substr(std::min(slash + 1, entity.size())));
  reference.name = std::string(id.substr(std::min(colon + 1, id.size())));
  return reference;
}

}  // namespace

bool CouldAllow(const CompiledPolicy& policy, std::string_view service) {
  AllowedServices allowed;
  allowed.Add(policy);
  return allowed.Cover(service);
}

ServiceNames ServicesCovered(absl::Span<const policy::CompiledPolicySet* const> sets,
                             const ServiceNames& known) {
  AllowedServices allowed;
  for (const policy::CompiledPolicySet* set : sets) {
    for (const policy::HeldPolicy& held : set->policies()) allowed.Add(held.policy());
  }
  ServiceNames candidates = known;
  allowed.AddNamed(&candidates);
  ServiceNames covered;
  for (const std::string& service : candidates) {
    if (allowed.Cover(service)) covered.insert(service);
  }
  return covered;
}

ServiceNames KnownServices(const store::Snapshot& snapshot, const store::Account& account) {
  ServiceNames names = {"iam", "portcullis", "sts"};
  for (const auto& user : snapshot.users()) {
    if (user->account == &account) AddNamedBy(user->own_policies.get(), &names);
  }
  for (const auto& group : snapshot.groups()) {
    if (group->account == &account) AddNamedBy(group->policies.get(), &names);
  }
  for (const auto& role : snapshot.roles()) {
    if (role->account == &account) AddNamedBy(role->policies.get(), &names);
  }
  for (const auto& resource : snapshot.resources()) {
    if (resource->account != &account) continue;
    const std::optional<policy::ArnView> arn = policy::ArnView::Parse(resource->arn);
    if (arn.has_value() && IsService(arn->service)) {
      names.insert(absl::AsciiStrToLower(base::AbslView(arn->service)));
    }
  }
  return names;
}

std::string_view ServiceDisplayName(std::string_view service) {
  for (const DisplayName& known : kDisplayNames) {
    if (known.service == service) return known.name;
  }
  return service;
}

std::vector<PolicyReference> PoliciesGranting(
    absl::Span<const policy::CompiledPolicySet* const> sets, std::string_view service) {
  std::vector<PolicyReference> granting;
  for (const policy::CompiledPolicySet* set : sets) {
    for (const policy::HeldPolicy& held : set->policies()) {
      if (!CouldAllow(held.policy(), service)) continue;
      PolicyReference reference = ReferenceOf(held.id());
      const bool seen = std::find(granting.begin(), granting.end(), reference) != granting.end();
      if (!seen) granting.push_back(std::move(reference));
    }
  }
  return granting;
}

}  // namespace portcullis::engine
