// Compiles policies that a test expects to be right.
#ifndef PORTCULLIS_TESTS_UNIT_POLICY_COMPILE_FOR_TEST_H_
#define PORTCULLIS_TESTS_UNIT_POLICY_COMPILE_FOR_TEST_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "server/policy/compiled_policy.h"
#include "server/policy/policy_set.h"

namespace portcullis::policy {

// Fails the test and returns an empty policy if the text does not compile.
inline SharedPolicy CompileForTest(std::string_view json,
                                   PolicyType type = PolicyType::kInlineIdentity) {
  std::vector<Diagnostic> diagnostics;
  auto policy = CompilePolicyJson(json, type, PolicyLimits(), &diagnostics);
  if (policy != nullptr) return policy;
  for (const Diagnostic& diagnostic : diagnostics) {
    ADD_FAILURE() << FormatDiagnostic(diagnostic) << "\n" << json;
  }
  return CompiledPolicy::MakeEmpty(type);
}

// `statements`: the text inside the brackets of Statement.
inline std::string Document(std::string_view statements) {
  return R"({"Version":"2012-10-17","Statement":[)" + std::string(statements) + "]}";
}

inline std::unique_ptr<const CompiledPolicySet> SetForTest(
    const std::vector<std::string>& documents, PolicyType type = PolicyType::kInlineIdentity,
    CompiledPolicySet::Indexing indexing = CompiledPolicySet::Indexing::kAuto) {
  std::vector<NamedPolicy> policies;
  for (const std::string& json : documents) {
    policies.push_back(
        {CompileForTest(json, type), "p" + std::to_string(policies.size()), nullptr});
  }
  return CompiledPolicySet::Make(policies, indexing);
}

}  // namespace portcullis::policy

#endif  // PORTCULLIS_TESTS_UNIT_POLICY_COMPILE_FOR_TEST_H_
