// The simulator on any line.
//
// Whatever the bytes: no crash, no unbounded work; one JSON object without a line end, which holds
// either results or an error; and the same line gives the same answer again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/json_reader.h"
#include "server/base/json_writer.h"
#include "server/base/node.h"
#include "server/policy/simulation.h"

namespace portcullis::policy {
namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

void CheckResult(const base::Node& result) {
  const base::Node* const decision = result.Find("EvalDecision");
  Require(decision != nullptr);
  Require(decision->text == "allowed" || decision->text == "explicitDeny" ||
          decision->text == "implicitDeny");
  const base::Node* const matched = result.Find("MatchedStatements");
  Require(matched != nullptr);
  // somebody's statement decided, unless nobody's did.
  if (decision->text == "implicitDeny") Require(matched->child_count == 0);
  if (decision->text == "explicitDeny") Require(matched->child_count > 0);
}

}  // namespace

void FuzzSimulation(std::string_view line) {
  base::JsonWriter writer;
  SimulateJsonLine(line, &writer);
  const std::string answer(writer.text());
  Require(answer.find('\n') == std::string::npos);

  base::NodeTree tree;
  std::vector<base::TextError> errors;
  base::JsonReaderOptions options;
  options.bytes_max = answer.size();
  Require(base::ReadJson(answer, options, &tree, &errors));
  const base::Node* const results = tree.root().Find("EvaluationResults");
  const base::Node* const error = tree.root().Find("Error");
  Require((results == nullptr) != (error == nullptr));
  if (error != nullptr)
    Require(error->Find("Code") != nullptr && !error->Find("Code")->text.empty());
  if (results != nullptr) {
    for (const base::Node& result : results->children()) CheckResult(result);
  }

  SimulateJsonLine(line, &writer);
  Require(writer.text() == answer);
}

}  // namespace portcullis::policy

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  portcullis::policy::FuzzSimulation({reinterpret_cast<const char*>(data), size});
  return 0;
}
