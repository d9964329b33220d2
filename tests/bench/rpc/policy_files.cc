#include "tests/bench/rpc/policy_files.h"

#include <algorithm>

#include "server/base/text.h"
#include "tests/bench/world.h"

namespace portcullis::bench {
namespace {

using base::Concat;

std::string UserYaml(size_t user, std::string_view department) {
  std::string yaml = Concat({"  - UserName: user-", std::to_string(user), "\n    Policies:\n"});
  for (const UserPolicy& policy : UserPolicies(user)) {
    yaml += Concat(
        {"      - PolicyName: ", policy.sid,
         "\n        PolicyDocument:\n          Version: \"2012-10-17\"\n",
         "          Statement:\n            Effect: Allow\n            Action: ", policy.action,
         "\n            Resource: ", policy.resource,
         "\n            Condition: {StringEquals: {\"app:department\": ", department, "}}\n"});
  }
  return yaml;
}

}  // namespace

std::vector<PolicyFile> UserFiles(size_t policy_count) {
  const size_t users = policy_count / kPoliciesPerUser;
  std::vector<PolicyFile> files;
  files.push_back({"accounts.yaml", Concat({"Accounts:\n  - AccountId: \"", kAccount, "\"\n"})});
  for (size_t user = 0; user < users; user += kUsersPerFile) {
    files.push_back(FileOfUser(user, users, "blue"));
  }
  return files;
}

PolicyFile FileOfUser(size_t user, size_t user_count, std::string_view department) {
  const size_t first = user - user % kUsersPerFile;
  PolicyFile file;
  file.name = Concat({"users/", std::to_string(first), ".yaml"});
  file.text = Concat({"Account: \"", kAccount, "\"\nUsers:\n"});
  for (size_t i = first; i < std::min(first + kUsersPerFile, user_count); ++i) {
    file.text += UserYaml(i, department);
  }
  return file;
}

}  // namespace portcullis::bench
