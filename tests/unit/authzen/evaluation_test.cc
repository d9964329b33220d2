// Bodies of evaluation requests: what they ask, and what is wrong with them. Section numbers are of
// Authorization API 1.0.
#include "server/authzen/evaluation.h"

#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace portcullis::authzen {
namespace {

using Form = EvaluationRequest::Form;
using ::testing::HasSubstr;

constexpr char kSubject[] =
    R"("subject":{"type":"user","id":"arn:aws:iam::111122223333:user/ana"})";
constexpr char kAction[] = R"("action":{"name":"orders:GetOrder"})";
constexpr char kResource[] = R"("resource":{"type":"order","id":"arn:aws:orders:::order/7"})";

std::string Object(const std::vector<std::string>& members) {
  std::string text = "{";
  for (const std::string& member : members) text += (text.size() > 1 ? "," : "") + member;
  return text + "}";
}

// As "key=value" or "key=[a,b]".
std::string Show(const engine::ContextInput& input) {
  std::string values;
  for (const std::string_view value : input.values) {
    values += values.empty() ? std::string(value) : "," + std::string(value);
  }
  return std::string(input.key) + "=" + (input.multivalued ? "[" + values + "]" : values);
}

std::vector<std::string> ContextOf(const Evaluation& evaluation) {
  std::vector<std::string> shown;
  for (const engine::ContextInput& input : evaluation.context) shown.push_back(Show(input));
  return shown;
}

TEST(EvaluationRequest, ReadsASingleQuestion) {
  const auto request =
      EvaluationRequest::Parse(Object({kSubject, kAction, kResource}), Form::kSingle);
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_EQ(request->form(), Form::kSingle);
  ASSERT_EQ(request->evaluations().size(), 1u);
  ASSERT_TRUE(request->evaluations()[0].ok()) << request->evaluations()[0].status();
  const Evaluation& evaluation = *request->evaluations()[0];
  EXPECT_EQ(evaluation.caller.kind, engine::CallerProof::Kind::kPrincipalArn);
  EXPECT_EQ(evaluation.caller.value, "arn:aws:iam::111122223333:user/ana");
  EXPECT_EQ(evaluation.action, "orders:GetOrder");
  EXPECT_EQ(evaluation.resource, "arn:aws:orders:::order/7");
  EXPECT_TRUE(evaluation.context.empty());
}

TEST(EvaluationRequest, KnowsTheSubjectsOfPolicies) {
  struct Case {
    std::string type;
    std::string id;
    engine::CallerProof::Kind kind;  // kNone: refused.
  };
  using Kind = engine::CallerProof::Kind;
  const Case cases[] = {
      {"user", "arn:aws:iam::111122223333:user/ana", Kind::kPrincipalArn},
      {"role", "arn:aws:iam::111122223333:role/app", Kind::kPrincipalArn},
      {"assumed-role", "arn:aws:sts::111122223333:assumed-role/app/s", Kind::kPrincipalArn},
      {"federated-user", "arn:aws:sts::111122223333:federated-user/f", Kind::kPrincipalArn},
      {"root", "arn:aws:iam::111122223333:root", Kind::kPrincipalArn},
      {"principal", "arn:aws:iam::111122223333:role/app", Kind::kPrincipalArn},
      {"session_token", "FwoG", Kind::kSessionToken},
      {"user", "arn:aws:iam::111122223333:role/app", Kind::kNone},
      {"role", "arn:aws:sts::111122223333:assumed-role/app/s", Kind::kNone},
      {"user", "ana", Kind::kNone},
      {"principal", "ana", Kind::kNone},
      {"User", "arn:aws:iam::111122223333:user/ana", Kind::kNone},
      {"spaceship", "arn:aws:iam::111122223333:user/ana", Kind::kNone},
      {"user", "", Kind::kNone},
      {"", "arn:aws:iam::111122223333:user/ana", Kind::kNone},
  };
  for (const Case& row : cases) {
    const std::string subject =
        R"("subject":{"type":")" + row.type + R"(","id":")" + row.id + "\"}";
    const auto request =
        EvaluationRequest::Parse(Object({subject, kAction, kResource}), Form::kSingle);
    ASSERT_TRUE(request.ok()) << request.status();
    const absl::StatusOr<Evaluation>& evaluation = request->evaluations().front();
    ASSERT_EQ(evaluation.ok(), row.kind != Kind::kNone) << row.type << " " << row.id;
    if (evaluation.ok()) {
      EXPECT_EQ(evaluation->caller.kind, row.kind) << row.type;
    }
  }
}

TEST(EvaluationRequest, MakesConditionKeysOfWhatIsSaid) {
  const auto request = EvaluationRequest::Parse(
      Object({R"("subject":{"type":"user","id":"arn:aws:iam::111122223333:user/ana",)"
              R"("properties":{"role":"admin","shop:Level":7}})",
              R"("action":{"name":"orders:GetOrder","properties":{"soft":true}})",
              R"("resource":{"type":"order","id":"*","properties":{"status":null,"n":-1.50}})",
              R"("context":{"aws:SourceIp":"192.0.2.1","tags":["a",2,false],"none":[]})"}),
      Form::kSingle);
  ASSERT_TRUE(request.ok()) << request.status();
  ASSERT_TRUE(request->evaluations()[0].ok()) << request->evaluations()[0].status();
  EXPECT_THAT(ContextOf(*request->evaluations()[0]),
              testing::ElementsAre("subject:role=admin", "shop:Level=7", "action:soft=true",
                                   "resource:n=-1.50", "aws:SourceIp=192.0.2.1",
                                   "context:tags=[a,2,false]", "context:none=[]"));
}

// Section 10.1.2: a status for the whole; in a batch that of one evaluation.
TEST(EvaluationRequest, SaysWhatIsWrongWithAQuestion) {
  struct Case {
    std::string body;
    std::string message;
  };
  const std::string subject_with = R"("subject":{"type":"user",)"
                                   R"("id":"arn:aws:iam::111122223333:user/ana","properties":)";
  const Case cases[] = {
      {Object({kAction, kResource}), "subject is missing"},
      {Object({kSubject, kResource}), "action is missing"},
      {Object({kSubject, kAction}), "resource is missing"},
      {Object({R"("subject":"ana")", kAction, kResource}), "subject must be an object"},
      {Object({R"("subject":null)", kAction, kResource}), "subject must be an object"},
      {Object({R"("subject":{"id":"x"})", kAction, kResource}), "subject.type is missing"},
      {Object({R"("subject":{"type":"user"})", kAction, kResource}), "subject.id is missing"},
      {Object({R"("subject":{"type":"user","id":7})", kAction, kResource}),
       "subject.id must be a string"},
      {Object({kSubject, R"("action":{})", kResource}), "action.name is missing"},
      {Object({kSubject, R"("action":{"name":123})", kResource}), "action.name must be a string"},
      {Object({kSubject, R"("action":{"name":""})", kResource}), "action.name is empty"},
      {Object({kSubject, kAction, R"("resource":{"id":"*"})"}), "resource.type is missing"},
      {Object({kSubject, kAction, R"("resource":{"type":"order"})"}), "resource.id is missing"},
      {Object({kSubject, kAction, kResource, R"("context":[])"}), "context must be an object"},
      {Object({subject_with + "7}", kAction, kResource}), "subject.properties must be an object"},
      {Object({subject_with + R"({"a":{"b":1}}})", kAction, kResource}), "`subject:a`"},
      {Object({subject_with + R"({"a":[["b"]]}})", kAction, kResource}), "`subject:a`"},
      {Object({subject_with + R"({"a":[null]}})", kAction, kResource}), "`subject:a`"},
      {Object({subject_with + R"({"a":1e3}})", kAction, kResource}), "without an exponent"},
      {Object({subject_with + R"({"a":[1E3]}})", kAction, kResource}), "without an exponent"},
  };
  for (const Case& row : cases) {
    const auto single = EvaluationRequest::Parse(row.body, Form::kSingle);
    ASSERT_TRUE(single.ok()) << row.body << single.status();
    ASSERT_EQ(single->evaluations().size(), 1u);
    const absl::Status& status = single->evaluations()[0].status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << row.body;
    EXPECT_THAT(std::string(status.message()), HasSubstr(row.message)) << row.body;
    // The same within a batch.
    const auto batch =
        EvaluationRequest::Parse(R"({"evaluations":[)" + row.body + "]}", Form::kBatch);
    ASSERT_TRUE(batch.ok()) << row.body << batch.status();
    EXPECT_EQ(batch->form(), Form::kBatch);
    EXPECT_THAT(std::string(batch->evaluations()[0].status().message()), HasSubstr(row.message));
  }
}

TEST(EvaluationRequest, RefusesBodiesThatAreNone) {
  struct Case {
    std::string body;
    std::string message;
  };
  const std::string question = Object({kSubject, kAction, kResource});
  const Case cases[] = {
      {"", "not the JSON text"},
      {"{", "not the JSON text"},
      {question + question, "not the JSON text"},
      {"[]", "must be an object"},
      {"\"subject\"", "must be an object"},
      {Object({kSubject, kSubject, kAction, kResource}), "not the JSON text"},
      {R"({"evaluations":{}})", "evaluations must be a list"},
      {R"({"evaluations":null})", "evaluations must be a list"},
      {Object({R"("evaluations":[{}])", R"("options":[])"}), "options must be an object"},
      {Object({R"("evaluations":[{}])", R"("options":{"evaluations_semantic":"any"})"}),
       "options.evaluations_semantic must be"},
      {Object({R"("evaluations":[{}])", R"("options":{"evaluations_semantic":1})"}),
       "options.evaluations_semantic must be"},
  };
  for (const Case& row : cases) {
    const auto request = EvaluationRequest::Parse(row.body, Form::kBatch);
    ASSERT_FALSE(request.ok()) << row.body;
    EXPECT_TRUE(absl::IsInvalidArgument(request.status()));
    EXPECT_THAT(std::string(request.status().message()), HasSubstr(row.message)) << row.body;
  }
  std::string many = R"({"evaluations":[{})";
  for (size_t i = 0; i < kEvaluationsMax; ++i) many += ",{}";
  EXPECT_FALSE(EvaluationRequest::Parse(many + "]}", Form::kBatch).ok());
  EXPECT_FALSE(
      EvaluationRequest::Parse(Object({kSubject, kAction, kResource,
                                       "\"x\":\"" + std::string(kBodyBytesMax, 'x') + "\""}),
                               Form::kSingle)
          .ok());
}

// Section 10.1.1: receivers ignore what they do not know.
TEST(EvaluationRequest, IgnoresMembersThatItDoesNotKnow) {
  const std::string body =
      Object({kSubject, kAction, kResource, R"("foo":"bar")", R"("futureField":{"nested":true})",
              R"("evaluations":"of another endpoint")"});
  const auto request = EvaluationRequest::Parse(body, Form::kSingle);
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_TRUE(request->evaluations()[0].ok());
}

// Section 7.1: without evaluations a batch is a single request.
TEST(EvaluationRequest, TakesABatchWithoutElementsAsSingle) {
  for (const std::string& body : {Object({kSubject, kAction, kResource}),
                                  Object({kSubject, kAction, kResource, R"("evaluations":[])"})}) {
    const auto request = EvaluationRequest::Parse(body, Form::kBatch);
    ASSERT_TRUE(request.ok()) << request.status();
    EXPECT_EQ(request->form(), Form::kSingle);
    ASSERT_EQ(request->evaluations().size(), 1u);
    EXPECT_TRUE(request->evaluations()[0].ok());
  }
}

// Section 7.1.1: defaults, replaced as a whole.
TEST(EvaluationRequest, FillsInDefaults) {
  const auto request = EvaluationRequest::Parse(
      Object({kSubject, R"("action":{"name":"orders:GetOrder","properties":{"soft":true}})",
              R"("resource":{"type":"order","id":"*","properties":{"status":"new"}})",
              R"("context":{"time":"noon"})",
              R"("options":{"evaluations_semantic":"deny_on_first_deny","other":1})",
              R"("evaluations":[{},{"action":{"name":"orders:Cancel"}},)"
              R"({"resource":{"type":"order","id":"arn:aws:orders:::order/8"},"context":{}},7])"}),
      Form::kBatch);
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_EQ(request->form(), Form::kBatch);
  EXPECT_EQ(request->semantic(), Semantic::kDenyOnFirstDeny);
  ASSERT_EQ(request->evaluations().size(), 4u);
  const Evaluation& all = *request->evaluations()[0];
  EXPECT_EQ(all.action, "orders:GetOrder");
  EXPECT_THAT(ContextOf(all),
              testing::ElementsAre("action:soft=true", "resource:status=new", "context:time=noon"));
  const Evaluation& other_action = *request->evaluations()[1];
  EXPECT_EQ(other_action.action, "orders:Cancel");
  EXPECT_THAT(ContextOf(other_action),
              testing::ElementsAre("resource:status=new", "context:time=noon"));
  const Evaluation& other_resource = *request->evaluations()[2];
  EXPECT_EQ(other_resource.resource, "arn:aws:orders:::order/8");
  EXPECT_THAT(ContextOf(other_resource), testing::ElementsAre("action:soft=true"));
  EXPECT_FALSE(request->evaluations()[3].ok());
}

// Half a subject of one and half of another would be a third.
TEST(EvaluationRequest, PutsNothingTogetherOfDefaults) {
  const auto request = EvaluationRequest::Parse(
      Object({kSubject, kAction, kResource,
              R"("evaluations":[{"subject":{"type":"user"}},{"subject":{"id":"x"}},)"
              R"({"action":{"properties":{}}},{"resource":{"id":"*"}},{"resource":{"type":"a"}},)"
              R"({"subject":null},{}])"}),
      Form::kBatch);
  ASSERT_TRUE(request.ok()) << request.status();
  const char* const errors[] = {"subject.id is missing",  "subject.type is missing",
                                "action.name is missing", "resource.type is missing",
                                "resource.id is missing", "subject must be an object"};
  ASSERT_EQ(request->evaluations().size(), std::size(errors) + 1);
  for (size_t i = 0; i < std::size(errors); ++i) {
    EXPECT_EQ(request->evaluations()[i].status().message(), errors[i]);
  }
  EXPECT_TRUE(request->evaluations().back().ok());
}

TEST(EvaluationRequest, KeepsItsViewsWhenMoved) {
  auto request = EvaluationRequest::Parse(
      Object({kSubject, kAction, kResource, R"("context":{"a":"b"})"}), Form::kSingle);
  ASSERT_TRUE(request.ok());
  const EvaluationRequest moved = *std::move(request);
  EXPECT_THAT(ContextOf(*moved.evaluations()[0]), testing::ElementsAre("context:a=b"));
}

}  // namespace
}  // namespace portcullis::authzen
