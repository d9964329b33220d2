#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

#include "server/base/json_writer.h"
#include "server/policy/simulation.h"

namespace portcullis::policy {
namespace {

using nlohmann::json;
using testing::HasSubstr;

json Answer(std::string_view line) {
  base::JsonWriter writer;
  SimulateJsonLine(line, &writer);
  EXPECT_EQ(writer.text().find('\n'), std::string_view::npos);
  return json::parse(writer.text());
}

json GoodRequest() {
  json request = json::parse(R"json({
    "Id": "q1",
    "ActionNames": ["s3:GetObject"],
    "ResourceArns": ["arn:aws:s3:::b/k"],
    "CallerArn": "arn:aws:iam::111122223333:user/ana"
  })json");
  request["PolicyInputList"] = {
      R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject",)"
      R"("Resource":"arn:aws:s3:::b/*"}]})"};
  return request;
}

json AnswerWith(std::string_view member, const json& value) {
  json request = GoodRequest();
  request[std::string(member)] = value;
  return Answer(request.dump());
}

// R-9.16 to R-9.22: the shape of AWS's answer.
TEST(SimulateJsonLine, AnswersInAwsShape) {
  EXPECT_EQ(Answer(GoodRequest().dump()), json::parse(R"json({
    "Id": "q1",
    "EvaluationResults": [{
      "EvalActionName": "s3:GetObject",
      "EvalResourceName": "arn:aws:s3:::b/k",
      "EvalDecision": "allowed",
      "MatchedStatements": [{
        "SourcePolicyId": "PolicyInputList.1",
        "SourcePolicyType": "IAM Policy",
        "StartPosition": {"Line": 1, "Column": 38},
        "EndPosition": {"Line": 1, "Column": 110}
      }],
      "MissingContextValues": [],
      "EvalDecisionDetails": {},
      "ResourceSpecificResults": [{
        "EvalResourceName": "arn:aws:s3:::b/k",
        "EvalResourceDecision": "allowed",
        "MatchedStatements": [{
          "SourcePolicyId": "PolicyInputList.1",
          "SourcePolicyType": "IAM Policy",
          "StartPosition": {"Line": 1, "Column": 38},
          "EndPosition": {"Line": 1, "Column": 110}
        }],
        "MissingContextValues": [],
        "EvalDecisionDetails": {}
      }]
    }],
    "IsTruncated": false
  })json"));
}

TEST(SimulateJsonLine, LeavesOutWhatDoesNotApplyToTheStar) {  // R-9.21, R-9.22.
  json request = GoodRequest();
  request.erase("ResourceArns");
  request.erase("Id");
  const json answer = Answer(request.dump());
  EXPECT_FALSE(answer.contains("Id"));
  const json& result = answer["EvaluationResults"][0];
  EXPECT_EQ(result["EvalResourceName"], "*");
  EXPECT_EQ(result["EvalDecision"], "implicitDeny");
  EXPECT_FALSE(result.contains("EvalDecisionDetails"));
  EXPECT_FALSE(result.contains("ResourceSpecificResults"));
}

TEST(SimulateJsonLine, TellsTheBoundary) {  // R-9.16.
  const json answer = AnswerWith("PermissionsBoundaryPolicyInputList",
                                 {R"({"Version":"2012-10-17","Statement":{"Effect":"Allow",)"
                                  R"("Action":"iam:*","Resource":"*"}})"});
  EXPECT_EQ(answer["EvaluationResults"][0]["PermissionsBoundaryDecisionDetail"],
            json({{"AllowedByPermissionsBoundary", false}}));
}

TEST(SimulateJsonLine, TellsBothSidesAcrossAccounts) {  // R-9.22.
  const json answer = AnswerWith("ResourceOwner", "999900001111");
  EXPECT_EQ(answer["EvaluationResults"][0]["EvalDecisionDetails"],
            json({{"IAM Policy", "allowed"}, {"Resource Policy", "implicitDeny"}}));
}

TEST(SimulateJsonLine, EchoesTheId) {
  EXPECT_EQ(AnswerWith("Id", "é\n\"")["Id"], "é\n\"");
  EXPECT_EQ(AnswerWith("Id", 7)["Id"], 7);
  EXPECT_EQ(AnswerWith("Surplus", 1)["Id"], "q1");
}

TEST(SimulateJsonLine, ReadsContextEntries) {
  json request = GoodRequest();
  request["PolicyInputList"] = {
      R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*",)"
      R"("Condition":{"ForAnyValue:StringEquals":{"shop:tags":"b"}}}})"};
  request["ContextEntries"] = {{{"ContextKeyName", "shop:tags"},
                                {"ContextKeyType", "stringList"},
                                {"ContextKeyValues", {"a", "b"}}}};
  EXPECT_EQ(Answer(request.dump())["EvaluationResults"][0]["EvalDecision"], "allowed");
}

std::string CodeOf(const json& answer) {
  EXPECT_FALSE(answer.contains("EvaluationResults"));
  return answer["Error"]["Code"];
}

TEST(SimulateJsonLine, RefusesWhatIsNoRequest) {
  for (const std::string_view line : {"", "{", "[]", "null", "{} {}", R"({"Id":"a","Id":"b"})",
                                      R"({"Id":null})", R"({"Id":["a"]})"}) {
    EXPECT_EQ(CodeOf(Answer(line)), "ValidationError") << line;
  }
}

TEST(SimulateJsonLine, RefusesUnknownMembersAndWrongTypes) {
  EXPECT_THAT(AnswerWith("ActionName", "x")["Error"]["Message"], HasSubstr("`ActionName`"));
  EXPECT_EQ(CodeOf(AnswerWith("actionNames", {"s3:GetObject"})), "ValidationError");
  EXPECT_EQ(CodeOf(AnswerWith("ActionNames", "s3:GetObject")), "ValidationError");
  EXPECT_EQ(CodeOf(AnswerWith("ActionNames", {1})), "ValidationError");
  EXPECT_EQ(CodeOf(AnswerWith("CallerArn", nullptr)), "ValidationError");
  EXPECT_EQ(CodeOf(AnswerWith("CallerArn", "")), "ValidationError");
  EXPECT_EQ(CodeOf(AnswerWith("ResourcePolicy", json::object())), "ValidationError");
  EXPECT_EQ(CodeOf(AnswerWith("ContextEntries", {"x"})), "ValidationError");
  EXPECT_EQ(CodeOf(AnswerWith("ContextEntries", {{{"ContextKeyName", "shop:a"}}})),
            "ValidationError");
  EXPECT_EQ(CodeOf(AnswerWith("ContextEntries", {{{"Name", "shop:a"}}})), "ValidationError");
}

TEST(SimulateJsonLine, PassesOnWhatTheSimulationRefuses) {  // R-9.24.
  const json answer = AnswerWith("ActionNames", {"s3:*"});
  EXPECT_EQ(answer["Id"], "q1");
  EXPECT_EQ(CodeOf(answer), "InvalidInput");
}

TEST(SimulateJsonLine, BoundsTheLine) {
  const std::string line = GoodRequest().dump();
  constexpr size_t kBytesMax = 1 << 20;
  EXPECT_TRUE(
      Answer(std::string(kBytesMax - line.size(), ' ') + line).contains("EvaluationResults"));
  EXPECT_EQ(CodeOf(Answer(std::string(kBytesMax - line.size() + 1, ' ') + line)),
            "ValidationError");
}

TEST(SimulateJsonLine, GivesPages) {  // R-9.11.
  json request = GoodRequest();
  request["ActionNames"] = {"s3:A", "s3:B", "s3:C"};
  request["MaxItems"] = 2;
  const json first = Answer(request.dump());
  EXPECT_EQ(first["EvaluationResults"].size(), 2u);
  EXPECT_EQ(first["IsTruncated"], true);
  request["Marker"] = first["Marker"];
  const json second = Answer(request.dump());
  ASSERT_EQ(second["EvaluationResults"].size(), 1u);
  EXPECT_EQ(second["EvaluationResults"][0]["EvalActionName"], "s3:C");
  EXPECT_EQ(second["IsTruncated"], false);
  EXPECT_FALSE(second.contains("Marker"));
  EXPECT_TRUE(AnswerWith("MaxItems", 1000).contains("EvaluationResults"));
  for (const json& bad : {json(0), json(1001), json(-1), json(1.5), json("2")}) {
    EXPECT_EQ(CodeOf(AnswerWith("MaxItems", bad)), "ValidationError") << bad;
  }
  EXPECT_EQ(CodeOf(AnswerWith("Marker", "next")), "ValidationError");
}

TEST(SimulateJsonLine, StartsAfreshEveryTime) {
  base::JsonWriter writer;
  const std::string line = GoodRequest().dump();
  SimulateJsonLine(line, &writer);
  const std::string first(writer.text());
  SimulateJsonLine("broken", &writer);
  SimulateJsonLine(line, &writer);
  EXPECT_EQ(writer.text(), first);
}

TEST(SimulateJsonLine, RunsInSeveralThreads) {
  const std::string line = GoodRequest().dump();
  const json expected = Answer(line);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&line, &expected] {
      for (int round = 0; round < 50; ++round) EXPECT_EQ(Answer(line), expected);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace portcullis::policy
