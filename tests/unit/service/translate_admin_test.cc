#include "server/service/translate_admin.h"

#include <string>

#include "gtest/gtest.h"

#include "server/base/error_reason.h"

namespace portcullis::service {
namespace {

std::vector<policy::SimulationResult> Results(size_t count) {
  std::vector<policy::SimulationResult> results(count);
  for (size_t i = 0; i < count; ++i) results[i].action_name = "a:" + std::to_string(i);
  return results;
}

TEST(ToPage, HasTheDefaultAndTheLimitsOfIam) {
  v1::SimulateCustomPolicyRequest request;
  EXPECT_EQ(ToPage(request)->items_max, 100u);
  request.set_max_items(1);
  EXPECT_EQ(ToPage(request)->items_max, 1u);
  request.set_max_items(1000);
  EXPECT_EQ(ToPage(request)->items_max, 1000u);
  for (const int wrong : {-1, 1001}) {
    request.set_max_items(wrong);
    EXPECT_EQ(base::ReasonOf(ToPage(request).status()), "InvalidInput") << wrong;
  }
}

TEST(ToPage, RefusesForeignMarkers) {
  v1::SimulateCustomPolicyRequest request;
  for (const char* wrong : {"0", "-1", "x", "1x", " 1", "99999999999999999999"}) {
    request.set_marker(wrong);
    EXPECT_EQ(base::ReasonOf(ToPage(request).status()), "InvalidInput") << wrong;
  }
  const auto results = Results(3);
  v1::SimulatePolicyResponse response;
  EXPECT_EQ(base::ReasonOf(ToProto(results, {3, 10}, &response)), "InvalidInput");
}

TEST(ToProto, PagesThroughAllResultsOnce) {
  const auto results = Results(25);
  v1::SimulateCustomPolicyRequest request;
  request.set_max_items(10);
  std::vector<std::string> seen;
  for (int page = 0; page < 3; ++page) {
    v1::SimulatePolicyResponse response;
    ASSERT_TRUE(ToProto(results, *ToPage(request), &response).ok());
    for (const auto& result : response.evaluation_results()) {
      seen.push_back(result.eval_action_name());
    }
    EXPECT_EQ(response.is_truncated(), page < 2);
    EXPECT_EQ(response.marker().empty(), page == 2);
    request.set_marker(response.marker());
  }
  ASSERT_EQ(seen.size(), 25u);
  for (size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(seen[i], "a:" + std::to_string(i));
}

TEST(ToProto, CarriesEveryMemberOfAResult) {
  std::vector<policy::SimulationResult> results = Results(2);
  results[0].resource_name = "*";
  results[0].effect = policy::Effect::kExplicitDeny;
  results[0].matched_statements.push_back({"PolicyInputList.1", "IAM Policy", {1, 2}, {3, 4}});
  results[0].missing_context_values = {"aws:SourceIp"};
  results[0].allowed_by_permissions_boundary = false;
  v1::SimulatePolicyResponse response;
  ASSERT_TRUE(ToProto(results, {}, &response).ok());
  const v1::EvaluationResult& first = response.evaluation_results(0);
  EXPECT_EQ(first.eval_resource_name(), "*");
  EXPECT_EQ(first.eval_decision(), v1::DECISION_EXPLICIT_DENY);
  ASSERT_EQ(first.matched_statements_size(), 1);
  EXPECT_EQ(first.matched_statements(0).source_policy_id(), "PolicyInputList.1");
  EXPECT_EQ(first.matched_statements(0).start_column(), 2u);
  EXPECT_EQ(first.matched_statements(0).end_line(), 3u);
  ASSERT_EQ(first.missing_context_values_size(), 1);
  EXPECT_TRUE(first.has_allowed_by_permissions_boundary());
  EXPECT_FALSE(first.allowed_by_permissions_boundary());
  EXPECT_FALSE(first.has_allowed_by_organizations());
  EXPECT_EQ(response.evaluation_results(1).eval_decision(), v1::DECISION_IMPLICIT_DENY);
}

TEST(ToSimulation, CarriesEveryParameter) {
  v1::SimulateCustomPolicyRequest request;
  request.add_policy_input_list("{1}");
  request.add_permissions_boundary_policy_input_list("{2}");
  request.add_action_names("a:b");
  request.add_resource_arns("*");
  request.set_resource_policy("{3}");
  request.set_resource_owner("111122223333");
  request.set_caller_arn("arn");
  request.set_resource_handling_option("EC2-VPC-InstanceStore");
  v1::SimulationContextEntry* entry = request.add_context_entries();
  entry->set_context_key_name("aws:SourceIp");
  entry->set_context_key_type("ip");
  entry->add_context_key_values("10.0.0.1");
  const policy::SimulationRequest simulation = ToSimulation(request);
  EXPECT_EQ(simulation.policy_input_list, std::vector<std::string>{"{1}"});
  EXPECT_EQ(simulation.permissions_boundary_policy_input_list, std::vector<std::string>{"{2}"});
  EXPECT_EQ(simulation.action_names, std::vector<std::string>{"a:b"});
  EXPECT_EQ(simulation.resource_arns, std::vector<std::string>{"*"});
  EXPECT_EQ(simulation.resource_policy, "{3}");
  EXPECT_EQ(simulation.resource_owner, "111122223333");
  EXPECT_EQ(simulation.caller_arn, "arn");
  EXPECT_EQ(simulation.resource_handling_option, "EC2-VPC-InstanceStore");
  ASSERT_EQ(simulation.context_entries.size(), 1u);
  EXPECT_EQ(simulation.context_entries[0].name, "aws:SourceIp");
  EXPECT_EQ(simulation.context_entries[0].type, "ip");
  EXPECT_EQ(simulation.context_entries[0].values, std::vector<std::string>{"10.0.0.1"});
}

TEST(ToProto, ShowsThatServedAndLatestDiffer) {
  engine::AdministrationStatus status;
  status.reload.serving_digest = "aa";
  status.reload.serving_since = absl::FromUnixSeconds(10);
  status.reload.latest_digest = "bb";
  status.reload.latest_result = absl::InvalidArgumentError("2 errors");
  status.reload.failing_since = absl::FromUnixSeconds(20);
  status.reload.last_reading = absl::FromUnixSeconds(30);
  status.reload.diagnostics.resize(kDiagnosticsSentMax + 5);
  for (store::SourceDiagnostic& diagnostic : status.reload.diagnostics) {
    diagnostic.file = "dev.yaml";
    diagnostic.diagnostic.position = {2, 18};
    diagnostic.diagnostic.message = "unknown role";
  }
  status.reload.diagnostics_total = 4711;
  status.object_counts = {{"users", 3}};
  v1::PolicyStatus message;
  ToProto(status, &message);
  EXPECT_EQ(message.serving_revision(), "aa");
  EXPECT_EQ(message.latest_revision(), "bb");
  EXPECT_FALSE(message.latest_ok());
  EXPECT_EQ(message.serving_since().seconds(), 10);
  EXPECT_EQ(message.failing_since().seconds(), 20);
  EXPECT_EQ(message.last_reading().seconds(), 30);
  EXPECT_EQ(message.diagnostics_size(), static_cast<int>(kDiagnosticsSentMax));
  EXPECT_EQ(message.diagnostics(0), "dev.yaml:2:18: error: unknown role");
  EXPECT_EQ(message.diagnostics_total(), 4711u);
  ASSERT_EQ(message.object_counts_size(), 1);
  EXPECT_EQ(message.object_counts(0).kind(), "users");
  EXPECT_EQ(message.object_counts(0).count(), 3u);
}

TEST(ToProto, NamesAFailureWithoutAPlace) {
  engine::AdministrationStatus status;
  status.reload.latest_result = absl::NotFoundError("policies: no such directory");
  v1::PolicyStatus message;
  ToProto(status, &message);
  EXPECT_FALSE(message.latest_ok());
  EXPECT_FALSE(message.has_serving_since());
  ASSERT_EQ(message.diagnostics_size(), 1);
  EXPECT_EQ(message.diagnostics(0), "policies: no such directory");
  EXPECT_EQ(message.diagnostics_total(), 1u);
}

}  // namespace
}  // namespace portcullis::service
