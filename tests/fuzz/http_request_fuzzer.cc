// An HTTP request from a client means one thing, however the network cuts it.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "server/http/request_parser.h"

namespace {

using portcullis::http::Header;
using portcullis::http::ParserLimits;
using portcullis::http::Request;
using portcullis::http::RequestParser;
using State = RequestParser::State;

constexpr ParserLimits kLimits = {
    .header_bytes_max = 2048, .headers_max = 20, .body_bytes_max = 1000};

void Require(bool condition) {
  if (!condition) std::abort();
}

// What is left of `bytes` when the parser wants no more; it gets `step` of them at a time.
std::string Feed(RequestParser* parser, std::string_view bytes, size_t step) {
  std::string buffer;
  while (!bytes.empty() && (parser->state() == State::kHead || parser->state() == State::kBody)) {
    buffer.append(bytes.substr(0, step));
    bytes.remove_prefix(std::min(step, bytes.size()));
    const size_t taken = parser->Put(buffer);
    Require(taken <= buffer.size());
    buffer.erase(0, taken);
  }
  return buffer.append(bytes);
}

bool IsPlain(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7f;
  });
}

void CheckComplete(const Request& request) {
  Require(!request.method.empty() && request.target.starts_with('/'));
  Require(IsPlain(request.target) && request.target.find(' ') == std::string_view::npos);
  Require(request.path.size() <= request.target.size());
  Require(request.headers.size() <= kLimits.headers_max);
  Require(request.body.size() <= kLimits.body_bytes_max);
  Require(request.CountHeaders("Host") <= 1);
  Require(request.CountHeaders("Content-Length") + request.CountHeaders("Transfer-Encoding") <= 1);
  for (const Header& header : request.headers) {
    Require(!header.name.empty() && IsPlain(header.name) && IsPlain(header.value));
  }
}

void RequireSame(const Request& a, const Request& b) {
  Require(a.method == b.method && a.target == b.target && a.body == b.body);
  Require(a.headers.size() == b.headers.size());
  for (size_t i = 0; i < a.headers.size(); ++i) {
    Require(a.headers[i].name == b.headers[i].name && a.headers[i].value == b.headers[i].value);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  RequestParser whole(kLimits), cut(kLimits);
  const std::string rest = Feed(&whole, bytes, std::max<size_t>(size, 1));
  const std::string rest_of_cut = Feed(&cut, bytes, 1);
  // Which of two limits is passed first may depend on the cut, whether one is passed may not.
  Require(whole.state() == cut.state());
  if (whole.state() != State::kComplete) return 0;
  Require(rest == rest_of_cut);
  CheckComplete(whole.request());
  RequireSame(whole.request(), cut.request());
  return 0;
}
