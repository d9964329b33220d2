#include "client/probe_answer.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace portcullis::client {
namespace {

struct AnswerCase {
  const char* name;
  std::string received;
  bool is_all;
  std::vector<int> statuses;
  std::vector<std::string> bodies;
  ProbeBytes sent = {};
};

std::vector<AnswerCase> Cases() {
  const ProbeBytes head = {"", true, 1};
  const ProbeBytes two = {"", false, 2};
  return {
      {"nothing yet", "", false, {}, {}},
      {"nothing at all", "", true, {}, {}},
      {"length", "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno", false, {403}, {"no"}},
      {"not whole yet", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nno", false, {}, {}},
      {"broken off", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nno", true, {200}, {"no"}},
      {"broken off in its head", "HTTP/1.1 200 OK\r\nContent-", true, {200}, {""}},
      {"half a head", "HTTP/1.1 200 OK\r\nA: b\r\n", false, {}, {}},
      {"to the end", "HTTP/1.1 200 OK\r\n\r\nall of it", true, {200}, {"all of it"}},
      {"to an end that is not there", "HTTP/1.1 200 OK\r\n\r\nall of it", false, {}, {}},
      {"no content", "HTTP/1.1 204 No Content\r\n\r\n", false, {204}, {""}},
      {"head", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", false, {200}, {""}, head},
      {"chunks",
       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nab\r\n1\r\nc\r\n0\r\n\r\n",
       false,
       {200},
       {"abc"}},
      {"chunks without an end",
       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n",
       false,
       {},
       {}},
      {"chunks that are none",
       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nprobe\r\n",
       true,
       {200},
       {""}},
      {"interim",
       "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n",
       false,
       {401},
       {""}},
      {"switch",
       "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n",
       false,
       {101},
       {""}},
      {"two",
       "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\naHTTP/1.1 401 No\r\nContent-Length: 1\r\n\r\nb",
       false,
       {200, 401},
       {"a", "b"},
       two},
      {"one of two", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na", false, {200}, {"a"}, two},
      {"line feeds", "HTTP/1.0 200 OK\nContent-Length: 1\n\na", false, {200}, {"a"}},
      {"no HTTP", "the protected page", true, {0}, {"the protected page"}},
      {"bad status", "HTTP/1.1 twohundred\r\n\r\n", true, {0}, {""}},
      {"length that is none", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\na", true, {200}, {"a"}},
  };
}

TEST(ProbeAnswerTest, AnswersAreReadFromBytes) {
  for (const AnswerCase& c : Cases()) {
    const auto answers = ParseAnswers(c.received, c.sent, c.is_all);
    ASSERT_EQ(answers.size(), c.statuses.size()) << c.name;
    for (size_t i = 0; i < answers.size(); ++i) {
      EXPECT_EQ(answers[i].status, c.statuses[i]) << c.name;
      EXPECT_EQ(answers[i].body, c.bodies[i]) << c.name;
    }
  }
}

TEST(ProbeAnswerTest, HeadersAreFoundByTheirNameInLowerCase) {
  const auto answers = ParseAnswers(
      "HTTP/1.1 200 OK\r\nGRPC-Status:  7 \r\nContent-Length: 0\r\ngrpc-status: 0\r\n\r\n", {},
      false);
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].Header("grpc-status"), "7");
  EXPECT_EQ(answers[0].Header("x-other"), "");
}

}  // namespace
}  // namespace portcullis::client
