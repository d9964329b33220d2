#include "server/engine/last_accessed.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "server/base/error_reason.h"
#include "server/base/json_reader.h"
#include "server/base/json_writer.h"
#include "server/base/numbers.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/engine/granting_policies.h"
#include "server/policy/arn.h"

namespace portcullis::engine {
namespace {

using base::Node;
using policy::CompiledPolicySet;

bool Attaches(const CompiledPolicySet* set, std::string_view policy_arn) {
  if (set == nullptr) return false;
  const auto policies = set->policies();
  return std::any_of(policies.begin(), policies.end(),
                     [&](const policy::HeldPolicy& held) { return held.id() == policy_arn; });
}

// whoever has the policy's permissions.
ReportSubject AttachedTo(const store::ManagedPolicy& managed, const store::Account& account,
                         const store::Snapshot& snapshot) {
  ReportSubject subject;
  subject.policies.push_back(managed.set.get());
  for (const auto& user : snapshot.users()) {
    if (user->account != &account) continue;
    const bool has = std::any_of(
        user->identity.begin(), user->identity.end(),
        [&](const CompiledPolicySet* policies) { return Attaches(policies, managed.arn); });
    if (has) subject.users.push_back(user.get());
  }
  for (const auto& role : snapshot.roles()) {
    if (role->account != &account) continue;
    if (Attaches(role->policies.get(), managed.arn)) subject.roles.push_back(role.get());
  }
  return subject;
}

ReportSubject MembersOf(const store::Group& group, const store::Snapshot& snapshot) {
  ReportSubject subject;
  subject.policies.push_back(group.policies.get());
  for (const auto& user : snapshot.users()) {
    const auto& groups = user->groups;
    if (std::find(groups.begin(), groups.end(), &group) != groups.end()) {
      subject.users.push_back(user.get());
    }
  }
  return subject;
}

bool BelongsTo(const store::ManagedPolicy& managed, const store::Account& account) {
  const std::optional<policy::ArnView> arn = policy::ArnView::Parse(managed.arn);
  return arn.has_value() && (arn->account == account.id || arn->account == "aws");
}

// One member's row of uses, gathered into those of the services.
class Gatherer {
 public:
  void Add(size_t member, const std::vector<state::ServiceUse>& uses) {
    for (const state::ServiceUse& use : uses) {
      Service& service = services_[use.service];
      service.members.push_back({member, use.last, use.region});
      for (const state::ActionUse& action : use.actions) AddAction(member, action, &service);
    }
  }

  void AddNames(ServiceNames* names) const {
    for (const auto& [name, service] : services_) names->insert(name);
  }

  ServiceAccess Take(const std::string& name) {
    ServiceAccess access;
    access.service = name;
    const auto found = services_.find(name);
    if (found == services_.end()) return access;
    access.members = std::move(found->second.members);
    std::stable_sort(access.members.begin(), access.members.end(),
                     [](const auto& a, const auto& b) { return a.last > b.last; });
    for (auto& [folded, action] : found->second.actions) {
      access.actions.push_back(std::move(action));
    }
    return access;
  }

 private:
  struct Service {
    std::vector<MemberAccess> members;
    std::map<std::string, ActionAccess> actions;  // By folded name.
  };

  // Clients spell actions as they like: the latest spelling stands for all.
  static void AddAction(size_t member, const state::ActionUse& use, Service* service) {
    ActionAccess& action = service->actions[base::FoldCase(use.action)];
    if (!action.action.empty() && action.access.last >= use.last) return;
    action = {use.action, {member, use.last, use.region}};
  }

  std::map<std::string, Service> services_;
};

// A member with what activity knows it by.
struct Principal {
  ReportMember member;
  state::EntityKind kind = state::EntityKind::kUser;
};

std::vector<Principal> PrincipalsOf(const ReportSubject& subject) {
  std::vector<Principal> principals;
  for (const store::User* user : subject.users) {
    principals.push_back({{std::string(user->arn), std::string(user->name), "USER",
                           std::string(user->id), std::string(user->path)},
                          state::EntityKind::kUser});
  }
  for (const store::Role* role : subject.roles) {
    principals.push_back(
        {{role->arn, role->name, "ROLE", role->id, role->path}, state::EntityKind::kRole});
  }
  std::sort(principals.begin(), principals.end(),
            [](const Principal& a, const Principal& b) { return a.member.arn < b.member.arn; });
  return principals;
}

// ---- Serialization ------------------------------------------------------------------------------
//
// {"members":[[arn,name,type,id,path],...],
//  "services":[[namespace,[[member,seconds,region],...],[[action,member,seconds,region],...]],...]}

void WriteAccess(const MemberAccess& access, base::JsonWriter* json) {
  json->Uint(access.member).Int(absl::ToUnixSeconds(access.last)).String(access.region);
}

void WriteService(const ServiceAccess& service, base::JsonWriter* json) {
  json->BeginArray().String(service.service).BeginArray();
  for (const MemberAccess& access : service.members) {
    json->BeginArray();
    WriteAccess(access, json);
    json->EndArray();
  }
  json->EndArray().BeginArray();
  for (const ActionAccess& action : service.actions) {
    json->BeginArray().String(action.action);
    WriteAccess(action.access, json);
    json->EndArray();
  }
  json->EndArray().EndArray();
}

constexpr int64_t kSecondsMax = int64_t{1} << 40;

// Reads the elements of a list in their order, and remembers whether all were as expected.
class ListReader {
 public:
  explicit ListReader(const Node& list)
      : ok_(list.is_sequence()), next_(ok_ ? list.first_child : nullptr) {}

  std::string Text() {
    const Node* node = Next(base::NodeKind::kString);
    return node == nullptr ? std::string() : std::string(node->text);
  }
  int64_t Integer(int64_t max) {
    const Node* node = Next(base::NodeKind::kNumber);
    if (node == nullptr) return 0;
    const std::optional<int64_t> value = base::ParseInteger(node->text, 0, max);
    ok_ = ok_ && value.has_value();
    return value.value_or(0);
  }
  MemberAccess Access(size_t member_count) {
    MemberAccess access;
    access.member = static_cast<size_t>(Integer(static_cast<int64_t>(member_count) - 1));
    access.last = absl::FromUnixSeconds(Integer(kSecondsMax));
    access.region = Text();
    return access;
  }
  const Node* List() { return Next(base::NodeKind::kSequence); }
  bool Finished() const { return ok_ && next_ == nullptr; }

 private:
  const Node* Next(base::NodeKind kind) {
    const Node* node = next_;
    ok_ = ok_ && node != nullptr && node->kind == kind;
    if (!ok_) return nullptr;
    next_ = node->next_sibling;
    return node;
  }

  bool ok_;
  const Node* next_;
};

bool ReadMember(const Node& node, ReportMember* member) {
  ListReader list(node);
  for (std::string* text :
       {&member->arn, &member->name, &member->type, &member->id, &member->path}) {
    *text = list.Text();
  }
  return list.Finished();
}

bool ReadService(const Node& node, size_t member_count, ServiceAccess* service) {
  ListReader list(node);
  service->service = list.Text();
  const Node* const members = list.List();
  const Node* const actions = list.List();
  if (!list.Finished()) return false;
  for (const Node& item : members->children()) {
    ListReader access(item);
    service->members.push_back(access.Access(member_count));
    if (!access.Finished()) return false;
  }
  for (const Node& item : actions->children()) {
    ListReader action(item);
    std::string name = action.Text();
    service->actions.push_back({std::move(name), action.Access(member_count)});
    if (!action.Finished()) return false;
  }
  return true;
}

bool ReadReport(const Node& root, LastAccessedReport* report) {
  const Node* const members = root.Find("members");
  const Node* const services = root.Find("services");
  if (members == nullptr || services == nullptr || root.child_count != 2) return false;
  for (const Node& node : members->children()) {
    if (!ReadMember(node, &report->members.emplace_back())) return false;
  }
  for (const Node& node : services->children()) {
    if (!ReadService(node, report->members.size(), &report->services.emplace_back())) return false;
  }
  return true;
}

}  // namespace

const ServiceAccess* LastAccessedReport::Find(std::string_view service) const {
  const auto found =
      std::find_if(services.begin(), services.end(),
                   [&](const ServiceAccess& access) { return access.service == service; });
  return found == services.end() ? nullptr : &*found;
}

absl::StatusOr<ReportSubject> FindReportSubject(std::string_view arn, const store::Account& account,
                                                const store::Snapshot& snapshot) {
  ReportSubject subject;
  if (const store::User* user = snapshot.FindUser(arn);
      user != nullptr && user->account == &account) {
    subject.users.push_back(user);
    subject.policies.assign(user->identity.begin(), user->identity.end());
    return subject;
  }
  if (const store::Role* role = snapshot.FindRole(arn);
      role != nullptr && role->account == &account) {
    subject.roles.push_back(role);
    subject.policies.push_back(role->policies.get());
    return subject;
  }
  if (const store::Group* group = snapshot.FindGroup(arn);
      group != nullptr && group->account == &account) {
    return MembersOf(*group, snapshot);
  }
  if (const store::ManagedPolicy* managed = snapshot.FindManagedPolicy(arn);
      managed != nullptr && BelongsTo(*managed, account)) {
    return AttachedTo(*managed, account, snapshot);
  }
  return base::ErrorWithReason(
      absl::StatusCode::kNotFound, "NoSuchEntity",
      base::Concat({"The user, group, role or policy ", base::Quoted(arn), " cannot be found."}));
}

absl::StatusOr<LastAccessedReport> MakeLastAccessedReport(const ReportSubject& subject,
                                                          const store::Account& account,
                                                          const store::Snapshot& snapshot,
                                                          Granularity granularity,
                                                          const state::ActivityTracker& activity) {
  LastAccessedReport report;
  Gatherer uses;
  for (Principal& principal : PrincipalsOf(subject)) {
    ASSIGN_OR_RETURN(const std::vector<state::ServiceUse> used,
                     activity.ServicesUsedBy(account.id, principal.kind, principal.member.id,
                                             granularity == Granularity::kActionLevel));
    uses.Add(report.members.size(), used);
    report.members.push_back(std::move(principal.member));
  }
  ServiceNames known = KnownServices(snapshot, account);
  uses.AddNames(&known);
  for (const std::string& service : ServicesCovered(subject.policies, known)) {
    report.services.push_back(uses.Take(service));
  }
  return report;
}

std::string SerializeReport(const LastAccessedReport& report) {
  base::JsonWriter json;
  json.BeginObject().Key("members").BeginArray();
  for (const ReportMember& member : report.members) {
    json.BeginArray();
    json.String(member.arn).String(member.name).String(member.type);
    json.String(member.id).String(member.path).EndArray();
  }
  json.EndArray().Key("services").BeginArray();
  for (const ServiceAccess& service : report.services) WriteService(service, &json);
  json.EndArray().EndObject();
  return std::string(json.text());
}

absl::StatusOr<LastAccessedReport> ParseReport(std::string_view text) {
  base::JsonReaderOptions options;
  options.bytes_max = std::max<size_t>(text.size(), 1);  // The store has its own bound.
  base::NodeTree tree;
  std::vector<base::TextError> errors;
  LastAccessedReport report;
  if (!base::ReadJson(text, options, &tree, &errors) || !ReadReport(tree.root(), &report)) {
    return absl::InternalError("a report on last uses cannot be read");
  }
  return report;
}

}  // namespace portcullis::engine
