#include "tests/bench/rpc/patterns.h"

#include <algorithm>
#include <string>

#include "portcullis/v1/authorization_service.pb.h"
#include "server/base/text.h"
#include "tests/bench/world.h"

namespace portcullis::bench {
namespace {

using base::Concat;

constexpr char kUser[] = "patterns";
// As much as fits into policies, which are limited in size and number.
constexpr int kPolicies = 5;
constexpr int kPatternsPerPolicy = 60;

std::string PolicyName(int policy) {
  return Concat({"Tenants", std::to_string(policy)});
}

std::string PolicyYaml(int policy) {
  std::string yaml = Concat({"  - ManagedPolicyName: ", PolicyName(policy),
                             "\n    PolicyDocument:\n      Version: \"2012-10-17\"\n"
                             "      Statement:\n        - Effect: Allow\n"
                             "          Action: \"*\"\n          Resource:\n"});
  for (int i = 0; i < kPatternsPerPolicy; ++i) {
    yaml += Concat({"            - \"arn:aws:s3:::*-tenant-",
                    std::to_string(policy * kPatternsPerPolicy + i), "-*/reports/*\"\n"});
  }
  return yaml;
}

}  // namespace

std::vector<PolicyFile> PatternFiles() {
  std::string yaml = Concat({"Accounts:\n  - AccountId: \"", kAccount, "\"\nAccount: \"", kAccount,
                             "\"\nUsers:\n  - UserName: ", kUser, "\n    ManagedPolicyArns:\n"});
  for (int i = 0; i < kPolicies; ++i) {
    yaml += Concat({"      - arn:aws:iam::", kAccount, ":policy/", PolicyName(i), "\n"});
  }
  yaml += "ManagedPolicies:\n";
  for (int i = 0; i < kPolicies; ++i) yaml += PolicyYaml(i);
  return {{"patterns.yaml", yaml}};
}

Questions AboutPatterns(int count) {
  const std::string arn = Concat({"arn:aws:iam::", kAccount, ":user/", kUser});
  v1::BatchAuthorizeRequest request;
  request.set_principal_arn(arn);
  for (int i = 0; i < count; ++i) {
    v1::BatchAuthorizeItem* const item = request.add_items();
    item->set_action("s3:GetObject");
    item->set_resource(
        Concat({"arn:aws:s3:::eu-tenant-", std::to_string(kPolicies * kPatternsPerPolicy - 1),
                "-data/reports/", std::to_string(i), ".csv"}));
  }
  return Asking<v1::BatchAuthorizeResponse>(
      "/portcullis.v1.AuthorizationService/BatchAuthorize", std::vector{request},
      [count, arn](size_t, const v1::BatchAuthorizeResponse& response) {
        const auto is_allowed = [](const v1::AuthorizeResponse& result) {
          return result.decision() == v1::DECISION_ALLOW;
        };
        return response.results_size() == count && response.principal_arn() == arn &&
               std::all_of(response.results().begin(), response.results().end(), is_allowed);
      });
}

}  // namespace portcullis::bench
