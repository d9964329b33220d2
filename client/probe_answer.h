// What comes back from a proxy, read from the bytes of the connection.
#ifndef PORTCULLIS_CLIENT_PROBE_ANSWER_H_
#define PORTCULLIS_CLIENT_PROBE_ANSWER_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace portcullis::client {

// One response.
struct ProbeAnswer {
  int status = 0;  // 0: bytes that are no HTTP response; they are the body.
  std::vector<std::pair<std::string, std::string>> headers;  // Names in lower case.
  std::string body;  // Out of its chunks; what there is of it, if it broke off.

  // The first value of `name`, which is in lower case; empty if there is none.
  std::string_view Header(std::string_view name) const;
};

// How an exchange ended.
enum class ProbeEnd {
  kClosed,    // The proxy closed the connection.
  kComplete,  // Every response that was waited for is here.
  kTimeout,   // Time was up, or more came than is read.
};

struct ProbeReply {
  std::vector<ProbeAnswer> answers;  // Without interim ones (100, 103).
  ProbeEnd end = ProbeEnd::kClosed;
};

// What is to be sent, and how to read what comes back.
struct ProbeBytes {
  std::string bytes;
  bool bodiless = false;  // Responses have no body, whatever their headers say: HEAD, CONNECT.
  size_t answers = 1;     // So many are waited for.
};

// Reads the responses in `received`, at most `sent.answers`. One that is not complete yet is left
// out, unless `is_all`: nothing more will come. Pure; takes any bytes.
std::vector<ProbeAnswer> ParseAnswers(std::string_view received, const ProbeBytes& sent,
                                      bool is_all);

// How answers are told apart in reports: "403", "no HTTP".
std::string StatusText(const ProbeAnswer& answer);

}  // namespace portcullis::client

#endif  // PORTCULLIS_CLIENT_PROBE_ANSWER_H_
