// A server for one test, and waiting with an end.
#ifndef PORTCULLIS_TESTS_UNIT_HTTP_TEST_SERVER_H_
#define PORTCULLIS_TESTS_UNIT_HTTP_TEST_SERVER_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/time/clock.h"
#include "gtest/gtest.h"

#include "server/http/server.h"

namespace portcullis::http {

inline Response TextResponse(std::string body) {
  Response response;
  response.body = std::move(body);
  return response;
}

inline Response Refusal(int status) {
  return TextResponse("refused " + std::to_string(status));
}

// Answers with the target and the body.
inline Response Echo(const Request& request) {
  return TextResponse(std::string(request.target) + std::string(request.body));
}

inline std::unique_ptr<Server> Serve(const ServerOptions& options, Handler handler = &Echo) {
  absl::StatusOr<std::unique_ptr<Server>> server =
      Server::Start(options, std::move(handler), &Refusal);
  EXPECT_TRUE(server.ok()) << server.status();
  return server.ok() ? *std::move(server) : nullptr;
}

// Waits, but not for ever, until `condition` holds.
template <typename Condition>
bool Eventually(Condition condition) {
  const absl::Time deadline = absl::Now() + absl::Seconds(10);
  while (!condition()) {  // Once true is enough: asking may change the answer.
    if (absl::Now() >= deadline) return false;
    absl::SleepFor(absl::Milliseconds(5));
  }
  return true;
}

}  // namespace portcullis::http

#endif  // PORTCULLIS_TESTS_UNIT_HTTP_TEST_SERVER_H_
