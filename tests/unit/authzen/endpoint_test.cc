// Requests as programs send them, answered by the engine. Section numbers are of Authorization API
// 1.0; the certification's scenario has most of these cases.
#include "server/authzen/endpoint.h"

#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

#include "server/engine/issue.h"
#include "tests/unit/engine/world.h"

namespace portcullis::authzen {
namespace {

using Json = nlohmann::json;
using Headers = std::vector<std::pair<std::string, std::string>>;

constexpr std::string_view kAccount = "111122223333";
constexpr char kSecret[] = "a secret of at least thirty-two bytes";
constexpr char kQuestion[] = R"({
  "subject": {"type": "user", "id": "arn:aws:iam::111122223333:user/ana"},
  "action": {"name": "records:Read"},
  "resource": {"type": "record", "id": "arn:aws:records:::record-1"}})";

struct Answered {
  int status = 0;
  std::string body;
  std::vector<http::ResponseHeader> headers;

  Json json() const { return Json::parse(body); }
  std::string Header(std::string_view name) const {
    for (const http::ResponseHeader& header : headers) {
      if (header.name == name) return header.value;
    }
    return "";
  }
};

class EndpointTest : public ::testing::Test {
 protected:
  EndpointTest() {
    world_.Account(kAccount);
    // The scenario of the certification, in our words.
    world_.User(kAccount, "ana",
                {engine::Allow("records:Read", "*"),
                 R"({"Version":"2012-10-17","Statement":{"Effect":"Allow",)"
                 R"("Action":"records:Write","Resource":"*","Condition":)"
                 R"({"StringNotEquals":{"resource:status":"archived"}}}})",
                 R"({"Version":"2012-10-17","Statement":{"Effect":"Allow",)"
                 R"("Action":"records:Delete","Resource":"*","Condition":)"
                 R"({"Bool":{"action:soft":"true"}}}})"});
    world_.User(kAccount, "bob",
                {engine::Allow("records:Read", "*"),
                 R"({"Version":"2012-10-17","Statement":{"Effect":"Allow",)"
                 R"("Action":"records:Write","Resource":"*","Condition":)"
                 R"({"StringEquals":{"subject:role":"admin"}}}})"});
    world_.Role(kAccount, "app", engine::Trust("arn:aws:iam::111122223333:user/ana"),
                {engine::Allow("records:Read", "*")});
    world_.Publish();
    MakeEndpoint({});
  }

  void MakeEndpoint(EndpointOptions options) {
    options.on_internal_error = [this](const absl::Status& status) { errors_.push_back(status); };
    endpoint_ = std::make_unique<Endpoint>(
        world_.authorizer,
        [this](const gateway::ProxyCredentials& credentials, std::string_view) {
          return Recognize(credentials);
        },
        std::move(options));
  }

  // As the gatekeeper's, with one proxy: "edge".
  absl::StatusOr<gateway::Asker> Recognize(const gateway::ProxyCredentials& credentials) {
    gateway::Asker asker;
    asker.snapshot = world_.store.Current();
    if (asker.snapshot == nullptr) return engine::NotLoaded();
    const bool named = !credentials.identities.empty() &&
                       credentials.identities.front() == "spiffe://example.org/edge";
    if (credentials.name == "edge" || named || credentials.secret == kSecret) {
      asker.proxy = "edge";
      asker.may_assert_principals = true;
      asker.may_supply_request_facts = true;
    }
    return asker;
  }

  Answered Deliver(std::string_view method, std::string_view path, const std::string& body,
                   const Headers& headers,
                   absl::Span<const std::string_view> client_names = {}) const {
    std::vector<http::Header> views;
    for (const auto& [name, value] : headers) views.push_back({name, value});
    http::Request request;
    request.method = method;
    request.target = path;
    request.path = path;
    request.headers = views;
    request.body = body;
    request.client_names = client_names;
    const http::Response response = endpoint_->Handle(request);
    return {response.status, response.body, response.headers};
  }

  Answered Post(std::string_view path, const std::string& body, Headers headers = {}) const {
    headers.emplace_back("Content-Type", "application/json");
    headers.emplace_back("X-Portcullis-Proxy-Secret", kSecret);
    return Deliver("POST", path, body, headers);
  }
  Answered Evaluation(const std::string& body) const { return Post("/access/v1/evaluation", body); }
  Answered Evaluations(const std::string& body) const {
    return Post("/access/v1/evaluations", body);
  }

  engine::World world_;
  std::vector<absl::Status> errors_;
  std::unique_ptr<Endpoint> endpoint_;
};

std::string Question(const std::string& user, const std::string& action,
                     const std::string& subject_properties = "{}",
                     const std::string& action_properties = "{}",
                     const std::string& resource_properties = "{}") {
  return R"({"subject":{"type":"user","id":"arn:aws:iam::111122223333:user/)" + user +
         R"(","properties":)" + subject_properties + R"(},"action":{"name":"records:)" + action +
         R"(","properties":)" + action_properties +
         R"(},"resource":{"type":"record","id":"arn:aws:records:::record-1","properties":)" +
         resource_properties + "}}";
}

// The certification's eight rules.
TEST_F(EndpointTest, DecidesTheScenario) {
  struct Case {
    std::string body;
    bool decision;
  };
  const std::string archived = R"({"status":"archived"})";
  const Case cases[] = {
      {Question("ana", "Read"), true},
      {Question("ana", "Write"), true},
      {Question("bob", "Read"), true},
      {Question("bob", "Write"), false},
      {Question("ana", "Write", "{}", "{}", archived), false},
      {Question("bob", "Write", R"({"role":"admin"})", "{}", archived), true},
      {Question("ana", "Delete", "{}", R"({"soft":true})"), true},
      {Question("ana", "Delete", "{}", R"({"soft":false})"), false},
  };
  for (const Case& row : cases) {
    const Answered answered = Evaluation(row.body);
    ASSERT_EQ(answered.status, 200) << answered.body;
    EXPECT_EQ(answered.Header("Content-Type"), "application/json");
    EXPECT_EQ(answered.json()["decision"], row.decision) << row.body;
    EXPECT_EQ(answered.json()["context"]["policy_revision"], "generation-1");
    EXPECT_EQ(answered.json()["context"]["decision_id"].get<std::string>().size(), 26u);
  }
}

TEST_F(EndpointTest, KnowsItsClients) {
  const Headers json = {{"Content-Type", "application/json"}};
  const auto with = [&json](const Headers& more) {
    Headers headers = json;
    headers.insert(headers.end(), more.begin(), more.end());
    return headers;
  };
  struct Case {
    std::string what;
    Headers headers;
    int status;
  };
  const Case cases[] = {
      {"nobody", json, 401},
      {"the header for secrets", with({{"x-portcullis-proxy-secret", kSecret}}), 200},
      {"the standard's way", with({{"Authorization", std::string("Bearer ") + kSecret}}), 200},
      {"in any case of letters", with({{"authorization", std::string("bearer ") + kSecret}}), 200},
      {"nobody's", with({{"x-portcullis-proxy-secret", "wrong"}}), 401},
      {"nobody's", with({{"Authorization", "Bearer wrong"}}), 401},
      {"nobody's", with({{"Authorization", "Basic YTpi"}}), 401},
      {"two", with({{"x-portcullis-proxy-secret", kSecret}, {"x-portcullis-proxy-secret", "b"}}),
       401},
      {"two",
       with({{"x-portcullis-proxy-secret", kSecret},
             {"Authorization", std::string("Bearer ") + kSecret}}),
       401},
  };
  for (const Case& row : cases) {
    const Answered answered = Deliver("POST", "/access/v1/evaluation", kQuestion, row.headers);
    EXPECT_EQ(answered.status, row.status) << row.what << answered.body;
    EXPECT_EQ(!answered.Header("WWW-Authenticate").empty(), row.status == 401) << row.what;
    EXPECT_EQ(answered.body.find(kSecret), std::string::npos);
  }
  const std::string_view edge[] = {"spiffe://example.org/edge"};
  const std::string_view other[] = {"spiffe://example.org/other"};
  EXPECT_EQ(Deliver("POST", "/access/v1/evaluation", kQuestion, json, edge).status, 200);
  EXPECT_EQ(Deliver("POST", "/access/v1/evaluation", kQuestion, json, other).status, 401);
  MakeEndpoint({.proxy = "edge"});
  EXPECT_EQ(Deliver("POST", "/access/v1/evaluation", kQuestion, json).status, 200);
}

TEST_F(EndpointTest, LetsAnybodyAskAboutTheirOwnSession) {
  const auto session =
      world_.Assume(engine::World::Arn("arn:aws:iam::111122223333:user/ana"),
                    engine::World::Parameters("arn:aws:iam::111122223333:role/app"));
  ASSERT_TRUE(session.ok()) << session.status();
  const auto ask = [this](const std::string& token, const std::string& context) {
    return Deliver("POST", "/access/v1/evaluation",
                   R"({"subject":{"type":"session_token","id":")" + token +
                       R"("},"action":{"name":"records:Read"},)"
                       R"("resource":{"type":"record","id":"*"},"context":)" +
                       context + "}",
                   {{"Content-Type", "application/json"}});
  };
  const std::string& token = session->credentials.session_token;
  EXPECT_EQ(ask(token, "{}").json()["decision"], true);
  const Answered bad = ask("no-token", "{}");
  EXPECT_EQ(bad.status, 200);
  EXPECT_EQ(bad.json()["decision"], false);
  EXPECT_EQ(bad.json()["context"]["reason"], "token_malformed");
  // What only whoever saw the request could know is not a stranger's to say (R-3.1).
  EXPECT_EQ(ask(token, R"({"aws:SourceIp":"192.0.2.1"})").status, 400);
  EXPECT_EQ(Evaluation(R"({"subject":{"type":"user","id":"arn:aws:iam::111122223333:user/ana"},)"
                       R"("action":{"name":"records:Read"},"resource":{"type":"r","id":"*"},)"
                       R"("context":{"aws:SourceIp":"192.0.2.1"}})")
                .status,
            200);
  world_.clock.Advance(absl::Hours(48));
  const Answered expired = ask(token, "{}");
  EXPECT_EQ(expired.json()["decision"], false);
  EXPECT_EQ(expired.json()["context"]["reason"], "token_expired");
}

// Sections 10.1 and 10.1.2.
TEST_F(EndpointTest, SaysWhatIsWrongWithARequest) {
  const Headers secret = {{"x-portcullis-proxy-secret", kSecret}};
  const auto with_type = [&secret](const std::string& type) {
    Headers headers = secret;
    headers.emplace_back("Content-Type", type);
    return headers;
  };
  struct Case {
    std::string what;
    std::string_view method;
    std::string_view path;
    std::string body;
    Headers headers;
    int status;
  };
  const Headers json = with_type("application/json");
  const Case cases[] = {
      {"charset", "POST", "/access/v1/evaluation", kQuestion,
       with_type("application/json; charset=utf-8"), 200},
      {"type", "POST", "/access/v1/evaluation", kQuestion, with_type("text/plain"), 400},
      {"no type", "POST", "/access/v1/evaluation", kQuestion, secret, 400},
      {"empty", "POST", "/access/v1/evaluation", "", json, 400},
      {"malformed", "POST", "/access/v1/evaluation", "{", json, 400},
      {"no subject", "POST", "/access/v1/evaluation", R"({"action":{"name":"a:B"}})", json, 400},
      {"no action of policies", "POST", "/access/v1/evaluation",
       R"({"subject":{"type":"user","id":"arn:aws:iam::111122223333:user/ana"},)"
       R"("action":{"name":"read"},"resource":{"type":"r","id":"*"}})",
       json, 400},
      {"a fact of the server's", "POST", "/access/v1/evaluation",
       Question("ana", "Read", R"({"aws:PrincipalArn":"arn:aws:iam::111122223333:root"})"), json,
       400},
      {"key given twice", "POST", "/access/v1/evaluation",
       Question("ana", "Read", R"({"role":"a","subject:role":"b"})"), json, 400},
      {"method", "GET", "/access/v1/evaluation", "", json, 405},
      {"method", "PUT", "/access/v1/evaluations", kQuestion, json, 405},
      {"method", "POST", "/.well-known/authzen-configuration", "{}", json, 405},
      {"search", "POST", "/access/v1/search/subject", kQuestion, json, 404},
      {"path", "POST", "/access/v1/evaluation/", kQuestion, json, 404},
  };
  for (const Case& row : cases) {
    const Answered answered = Deliver(row.method, row.path, row.body, row.headers);
    EXPECT_EQ(answered.status, row.status) << row.what << answered.body;
    if (row.status != 200) {
      EXPECT_EQ(answered.Header("Content-Type"), "text/plain; charset=utf-8") << row.what;
      EXPECT_NE(answered.body, "") << row.what;
    }
    if (row.status == 405) {
      EXPECT_NE(answered.Header("Allow"), "");
    }
  }
  EXPECT_TRUE(errors_.empty());
}

// Section 7.2: in their order, each with its own decision or error.
TEST_F(EndpointTest, AnswersABatch) {
  const Answered answered = Evaluations(
      R"({"subject":{"type":"user","id":"arn:aws:iam::111122223333:user/bob"},)"
      R"("resource":{"type":"record","id":"arn:aws:records:::record-1"},)"
      R"("evaluations":[{"action":{"name":"records:Read"}},{"action":{"name":"records:Write"}},)"
      R"({},{"action":{"name":"read"}},)"
      R"({"action":{"name":"records:Read"},"subject":{"type":"user","id":)"
      R"("arn:aws:iam::111122223333:user/nobody"}}]})");
  ASSERT_EQ(answered.status, 200) << answered.body;
  const Json decisions = answered.json()["evaluations"];
  ASSERT_EQ(decisions.size(), 5u);
  EXPECT_FALSE(answered.json().contains("decision"));
  EXPECT_EQ(decisions[0]["decision"], true);
  EXPECT_EQ(decisions[1]["decision"], false);
  EXPECT_EQ(decisions[1]["context"]["reason"], "implicit_deny");
  EXPECT_EQ(decisions[2]["decision"], false);
  EXPECT_EQ(decisions[2]["context"]["error"]["status"], 400);
  EXPECT_EQ(decisions[2]["context"]["error"]["message"], "action is missing");
  EXPECT_EQ(decisions[3]["decision"], false);
  EXPECT_EQ(decisions[3]["context"]["error"]["status"], 400);
  EXPECT_EQ(decisions[4]["decision"], false);
  EXPECT_EQ(decisions[4]["context"]["reason"], "unknown_principal");

  EXPECT_EQ(Evaluations(kQuestion).json()["decision"], true);
  // A stranger's batch is refused as a whole.
  const Answered stranger = Deliver("POST", "/access/v1/evaluations",
                                    std::string(R"({"evaluations":[)") + kQuestion + "]}",
                                    {{"Content-Type", "application/json"}});
  EXPECT_EQ(stranger.status, 401) << stranger.body;
}

// Section 7.1.2.1.
TEST_F(EndpointTest, EndsABatchWhereItsSemanticSays) {
  const auto ask = [this](const std::string& semantic, const std::vector<std::string>& actions) {
    std::string body =
        R"({"subject":{"type":"user","id":"arn:aws:iam::111122223333:user/bob"},)"
        R"("resource":{"type":"record","id":"*"},"options":{"evaluations_semantic":")" +
        semantic + R"("},"evaluations":[)";
    for (size_t i = 0; i < actions.size(); ++i) {
      body += std::string(i == 0 ? "" : ",") +
              (actions[i].empty() ? "{}" : R"({"action":{"name":"records:)" + actions[i] + "\"}}");
    }
    std::string decisions;
    const Json answer = Evaluations(body + "]}").json();
    for (const Json& decision : answer["evaluations"]) {
      decisions += decision["decision"] == true ? "+" : "-";
    }
    return decisions;
  };
  EXPECT_EQ(ask("execute_all", {"Write", "Read", "", "Read"}), "-+-+");
  EXPECT_EQ(ask("deny_on_first_deny", {"Read", "Write", "Read"}), "+-");
  EXPECT_EQ(ask("deny_on_first_deny", {"Read", "", "Read"}), "+-") << "a failure denies";
  EXPECT_EQ(ask("deny_on_first_deny", {"Read", "Read"}), "++");
  EXPECT_EQ(ask("permit_on_first_permit", {"Write", "", "Read", "Read"}), "--+");
  EXPECT_EQ(ask("permit_on_first_permit", {"Write"}), "-");
}

// Section 10.1.3.
TEST_F(EndpointTest, EchoesTheRequestsId) {
  EXPECT_EQ(Post("/access/v1/evaluation", kQuestion, {{"X-Request-ID", "bfe9eb29"}})
                .Header("X-Request-ID"),
            "bfe9eb29");
  EXPECT_EQ(
      Post("/access/v1/evaluation", "{", {{"x-request-id", "bfe9eb29"}}).Header("X-Request-ID"),
      "bfe9eb29");
  EXPECT_EQ(Post("/access/v1/evaluation", kQuestion).Header("X-Request-ID"), "");
}

TEST_F(EndpointTest, DescribesItself) {
  const auto get = [this](const std::string& host) {
    return Deliver("GET", "/.well-known/authzen-configuration", "", {{"Host", host}});
  };
  EXPECT_EQ(get("127.0.0.1:8181").json()["policy_decision_point"], "http://127.0.0.1:8181");
  EXPECT_EQ(get("a/b").status, 400);
  MakeEndpoint({.url = "https://pdp.example.com"});
  EXPECT_EQ(get("127.0.0.1:8181").json()["access_evaluation_endpoint"],
            "https://pdp.example.com/access/v1/evaluation");
}

TEST_F(EndpointTest, DecidesNothingWithoutPolicies) {
  engine::World empty;
  const Endpoint endpoint(
      empty.authorizer,
      [](const gateway::ProxyCredentials&, std::string_view) -> absl::StatusOr<gateway::Asker> {
        return engine::NotLoaded();
      },
      {});
  http::Request request;
  request.method = "POST";
  request.path = "/access/v1/evaluation";
  const http::Header headers[] = {{"Content-Type", "application/json"}};
  request.headers = headers;
  request.body = kQuestion;
  EXPECT_EQ(endpoint.Handle(request).status, 503);
}

TEST_F(EndpointTest, TellsOnlyTheOperatorOfFailures) {
  const Endpoint endpoint(
      world_.authorizer,
      [](const gateway::ProxyCredentials&, std::string_view) -> absl::StatusOr<gateway::Asker> {
        return absl::InternalError("what went wrong");
      },
      {.on_internal_error = [this](const absl::Status& status) { errors_.push_back(status); }});
  http::Request request;
  request.method = "POST";
  request.path = "/access/v1/evaluation";
  const http::Response response = endpoint.Handle(request);
  EXPECT_EQ(response.status, 500);
  EXPECT_EQ(response.body.find("what went wrong"), std::string::npos);
  ASSERT_EQ(errors_.size(), 1u);
}

TEST(Refuse, AlwaysHasASentence) {
  for (const int status : {400, 404, 405, 408, 413, 431, 500, 503}) {
    const http::Response response = Endpoint::Refuse(status);
    EXPECT_EQ(response.status, status);
    EXPECT_NE(response.body, "");
  }
}

}  // namespace
}  // namespace portcullis::authzen
