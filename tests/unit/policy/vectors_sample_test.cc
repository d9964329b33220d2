// Puts decision vectors to the simulator: the checked-in sample, and the file that the environment
// variable PORTCULLIS_VECTORS names, if it is set.

#include <cstdlib>
#include <fstream>
#include <string>

#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

#include "server/base/json_writer.h"
#include "server/policy/simulation.h"

namespace portcullis::policy {
namespace {

using nlohmann::json;

constexpr int kFailuresShownMax = 20;

void CheckVectors(const std::string& path) {
  std::ifstream file(path);
  ASSERT_TRUE(file.is_open()) << path;
  base::JsonWriter writer;
  int count = 0;
  int failures = 0;
  for (std::string line; std::getline(file, line); ++count) {
    const json vector = json::parse(line);
    SimulateJsonLine(vector["request"].dump(), &writer);
    const json answer = json::parse(writer.text());
    const bool right = !answer.contains("Error") && answer["Id"] == vector["request"]["Id"] &&
                       answer["EvaluationResults"].size() == 1 &&
                       answer["EvaluationResults"][0]["EvalDecision"] == vector["expect"];
    if (right) continue;
    if (++failures <= kFailuresShownMax) {
      ADD_FAILURE() << "expected " << vector["expect"] << ", got " << answer.dump();
    }
  }
  EXPECT_EQ(failures, 0) << "of " << count;
  EXPECT_GT(count, 0) << path << " holds no vectors";
}

TEST(Vectors, SampleIsAnsweredRight) {
  CheckVectors("tests/conformance/vectors/sample.jsonl");
}

TEST(Vectors, NamedFileIsAnsweredRight) {
  const char* const path = std::getenv("PORTCULLIS_VECTORS");
  CheckVectors(path == nullptr ? "tests/conformance/vectors/sample.jsonl" : path);
}

}  // namespace
}  // namespace portcullis::policy
