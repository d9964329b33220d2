// Policies of every type from any bytes. The first byte chooses the type.
//
// Whatever the bytes: no crash, no unbounded work; rejected if and only if an error is reported;
// every position inside the text; a row of IAM's list comes with its sentence, a warning with
// neither.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <vector>

#include "server/policy/compiled_policy.h"
#include "server/policy/diagnostic.h"
#include "server/policy/limits.h"
#include "server/policy/policy_type.h"

namespace portcullis::policy {
namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

// Generous in columns: as if the text had no line ends.
bool IsInside(base::Position position, std::string_view text) {
  uint32_t lines = 1;
  for (const char c : text) lines += c == '\n' ? 1 : 0;
  return position.line >= 1 && position.line <= lines && position.column >= 1 &&
         position.column <= text.size() + 1;
}

void CheckDiagnostic(const Diagnostic& diagnostic, std::string_view text) {
  Require(IsInside(diagnostic.position, text));
  Require(!diagnostic.message.empty());
  Require(diagnostic.iam_message.empty() == (diagnostic.row == MalformedRow::kNone));
  if (diagnostic.severity == Severity::kWarning) Require(diagnostic.row == MalformedRow::kNone);
  Require(!FormatDiagnostic(diagnostic).empty());
}

}  // namespace

void FuzzPolicyParser(PolicyType type, std::string_view text) {
  std::vector<Diagnostic> diagnostics;
  const SharedPolicy policy = CompilePolicyJson(text, type, PolicyLimits{}, &diagnostics);
  Require((policy == nullptr) == HasErrors(diagnostics));
  for (const Diagnostic& diagnostic : diagnostics) CheckDiagnostic(diagnostic, text);
  if (policy == nullptr) {
    Require(!IamMessage(diagnostics).empty());
    return;
  }
  Require(policy->type() == type);
  Require(!policy->statements().empty());
}

}  // namespace portcullis::policy

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using portcullis::policy::kPolicyTypeCount;
  using portcullis::policy::PolicyType;
  if (size == 0) return 0;
  const auto type = static_cast<PolicyType>(data[0] % kPolicyTypeCount);
  portcullis::policy::FuzzPolicyParser(type, {reinterpret_cast<const char*>(data) + 1, size - 1});
  return 0;
}
