// Registers every case of tests/conformance/**/*.yaml as a test of its own, which names file and
// line of the case, and runs it against the product, with and without index, and against the
// oracle.
//
//   conformance_tests --gtest_filter='operators/StringLike.*'
//   conformance_tests --cases=some/other/directory

#include <exception>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/conformance/case.h"
#include "tests/conformance/coverage.h"
#include "tests/conformance/evaluators.h"

namespace portcullis::conformance {
namespace {

std::string WantName(Want want) {
  switch (want) {
    case Want::kAllow:
      return "ALLOW";
    case Want::kImplicitDeny:
      return "IMPLICIT_DENY";
    case Want::kExplicitDeny:
      return "EXPLICIT_DENY";
    case Want::kInvalid:
      return "INVALID";
    case Want::kValid:
      return "VALID";
  }
  return "?";
}

class CaseTest : public testing::Test {
 public:
  explicit CaseTest(Case made) : case_(std::move(made)) {}

  void TestBody() override {
    std::string rules;
    for (const std::string& rule : case_.rules) rules += " " + rule;
    SCOPED_TRACE(case_.file + ":" + std::to_string(case_.line) + ":" + rules);
    if (case_.question) {
      Check("product, scan", [&] { return AskProduct(*case_.question, Index::kOff); });
      Check("product, index", [&] { return AskProduct(*case_.question, Index::kOn); });
      Check("oracle", [&] { return AskOracle(*case_.question); });
    } else if (case_.document) {
      CheckDocument();
    } else {
      EXPECT_EQ(MaySupplyInProduct(case_.supply, /*trusted=*/false), case_.by_caller);
      if (case_.by_trusted) {
        EXPECT_EQ(MaySupplyInProduct(case_.supply, /*trusted=*/true), *case_.by_trusted);
      }
    }
  }

 private:
  template <typename Ask>
  void Check(const std::string& evaluator, Ask ask) {
    Answer answer;
    try {
      answer = ask();
    } catch (const std::exception& error) {
      ADD_FAILURE() << evaluator << ": " << error.what();
      return;
    }
    EXPECT_EQ(WantName(answer.effect), WantName(case_.want)) << evaluator;
    if (case_.by) {
      EXPECT_EQ(answer.by, *case_.by) << evaluator;
    }
    if (!case_.limited_by.empty() && !answer.limited_by.empty()) {
      EXPECT_EQ(answer.limited_by, case_.limited_by) << evaluator;
    }
  }

  void CheckDocument() {
    const std::string diagnostic = LoadInProduct(*case_.document);
    EXPECT_EQ(diagnostic.empty() ? "VALID" : "INVALID", WantName(case_.want))
        << case_.document->json << "\n"
        << diagnostic;
    if (!case_.error.empty() && !diagnostic.empty()) {
      EXPECT_THAT(diagnostic, testing::HasSubstr(case_.error));
    }
  }

  const Case case_;
};

void Register(const Case& made) {
  const std::string name = made.group.empty() ? made.name : made.group + "/" + made.name;
  testing::RegisterTest(made.suite.c_str(), name.c_str(), nullptr, nullptr, made.file.c_str(),
                        made.line, [made]() -> testing::Test* { return new CaseTest(made); });
}

int Run(int argc, char** argv) {
  std::string directory = "tests/conformance";
  constexpr std::string_view kFlag = "--cases=";
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument.starts_with(kFlag)) directory = argument.substr(kFlag.size());
  }
  auto cases = std::make_shared<const std::vector<Case>>(LoadCases(directory));
  for (const Case& made : *cases) Register(made);
  RegisterCoverage(cases);
  return RUN_ALL_TESTS();
}

}  // namespace
}  // namespace portcullis::conformance

int main(int argc, char** argv) {
  testing::InitGoogleMock(&argc, argv);
  try {
    return portcullis::conformance::Run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}
