// An account with one of everything, and calls of operations on it.
#ifndef PORTCULLIS_TESTS_UNIT_INVENTORY_WORLD_H_
#define PORTCULLIS_TESTS_UNIT_INVENTORY_WORLD_H_

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

#include "server/inventory/operation.h"
#include "server/inventory/parameters.h"
#include "server/state/activity.h"
#include "server/state/database.h"
#include "tests/unit/store/build_helpers.h"

namespace portcullis::inventory {

using store::kDev;
using store::kProd;

// Parameters by name; a name that occurs several times is a list.
using Given = std::vector<std::pair<std::string_view, std::string>>;
Parameters ParametersOf(const Given& given);

absl::Time Day(std::string_view date);  // "2024-01-31".

// Account kDev holds users ana, Bob and zoe, groups devs and Ops, roles app and deploy, policies
// Limit, Shared and Unused, and so on: see world.cc. Account kProd holds some things that nobody of
// kDev may see.
class World {
 public:
  World();

  // May be changed until Build(), and again before another one.
  store::TestFile file{"world.yaml"};
  void Build();

  // The caller of what follows: the user ana at first.
  void CallAsUser(std::string_view name);
  void CallAsRoot();
  void CallAsRole();

  Scope scope() const;
  // Validates the parameters, and reads.
  absl::StatusOr<base::Shape> Read(std::string_view operation, const Given& given) const;
  // The result as JSON, or "Code: message".
  std::string Call(std::string_view operation, const Given& given = {}) const;
  // On what the caller needs permission, or "Code: message".
  std::string Resource(std::string_view operation, const Given& given = {}) const;

  // All pages of a listing with so many elements each, the texts of `member`'s elements one after
  // another: "ana Bob|zoe". `name` picks a member of each element; empty: elements are texts.
  std::string Pages(std::string_view operation, Given given, std::string_view member,
                    std::string_view name, int64_t max_items) const;

  std::shared_ptr<const store::Snapshot> snapshot;
  std::unique_ptr<state::Database> database;
  std::unique_ptr<state::ActivityTracker> activity;

 private:
  void AddPolicies();
  void AddUsers();
  void AddRoles();
  void AddProviders();
  void AddForeign();

  const store::User* user_ = nullptr;
  bool is_root_ = false;
};

// One call and what it must give.
struct CallCase {
  std::string_view operation;
  Given given;
  std::string_view expected;
};
void ExpectCalls(const World& world, const std::vector<CallCase>& cases);
void ExpectResources(const World& world, const std::vector<CallCase>& cases);

std::string ErrorText(const absl::Status& status);

}  // namespace portcullis::inventory

#endif  // PORTCULLIS_TESTS_UNIT_INVENTORY_WORLD_H_
