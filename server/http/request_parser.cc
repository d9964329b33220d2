#include "server/http/request_parser.h"

#include <algorithm>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

#include "server/base/text.h"

namespace portcullis::http {
namespace {

namespace beast_http = boost::beast::http;

constexpr std::string_view kLineEnd = "\r\n";
constexpr size_t kChunkDigitsMax = 16;  // Leading zeros included.

bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  return absl::EqualsIgnoreCase(base::AbslView(a), base::AbslView(b));
}

bool IsDigits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool IsHexDigit(char c) {
  return absl::ascii_isxdigit(static_cast<unsigned char>(c));
}

bool IsControl(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t') || byte == 0x7f;
}

}  // namespace

RequestParser::RequestParser(const ParserLimits& limits) : limits_(limits) {
  header_limit(static_cast<uint32_t>(std::min<size_t>(limits.header_bytes_max, UINT32_MAX)));
  body_limit(limits.body_bytes_max);
}

void RequestParser::Refuse(int status) {
  state_ = State::kRefused;
  refusal_ = status;
}

size_t RequestParser::Put(std::string_view bytes) {
  size_t taken = 0;
  if (state_ == State::kHead) taken = PutHead(bytes);
  if (state_ == State::kBody) taken += PutBody(bytes.substr(taken));
  return taken;
}

// Moves on over lines that end as they must. True when the blank line at the end of the head has
// been reached: then `scanned_` is the size of the head.
bool RequestParser::ScanHead(std::string_view bytes) {
  while (scanned_ < bytes.size()) {
    const char c = bytes[scanned_];
    const bool line_start = scanned_ == 0 || bytes[scanned_ - 1] == '\n';
    if (c == '\r') {
      if (scanned_ + 1 == bytes.size()) return false;  // Its line feed is on the way.
      if (bytes[scanned_ + 1] != '\n') break;
      scanned_ += kLineEnd.size();
      if (line_start) return true;
      continue;
    }
    // A line that starts with a blank continues the one before, for some readers.
    if (IsControl(c) || (line_start && (c == ' ' || c == '\t'))) break;
    ++scanned_;
  }
  if (scanned_ < bytes.size()) Refuse(400);
  return false;
}

size_t RequestParser::PutHead(std::string_view bytes) {
  size_t skipped = 0;
  if (scanned_ == 0 && !skipped_line_end_ && bytes.starts_with(kLineEnd)) {
    skipped_line_end_ = true;
    skipped = kLineEnd.size();
    bytes.remove_prefix(skipped);
  }
  const bool whole = ScanHead(bytes.substr(0, limits_.header_bytes_max));
  if (state_ == State::kRefused) return skipped;
  if (!whole) {
    if (bytes.size() >= limits_.header_bytes_max) Refuse(431);
    return skipped;
  }
  text_.reserve(scanned_);
  ErrorCode error;
  const size_t taken = put(boost::asio::buffer(bytes.data(), scanned_), error);
  if (error == beast_http::error::body_limit) {
    Refuse(413);
  } else if (error && error != beast_http::error::need_more) {
    Refuse(headers_.size() > limits_.headers_max ? 431 : 400);
  } else if (!is_header_done() || taken != scanned_) {
    Refuse(400);
  } else {
    CheckHead();
  }
  return skipped + taken;
}

// What Beast does not ask of a head that it could read.
void RequestParser::CheckHead() {
  const Request request = this->request();
  const size_t lengths = request.CountHeaders("Content-Length");
  const size_t codings = request.CountHeaders("Transfer-Encoding");
  const size_t hosts = request.CountHeaders("Host");
  const size_t expectations = request.CountHeaders("Expect");
  const bool length_good =
      lengths == 0 || (lengths == 1 && IsDigits(request.FindHeader("Content-Length")));
  const bool coding_good =
      codings == 0 || (codings == 1 && lengths == 0 && !is_http_1_0() && chunked() &&
                       EqualsIgnoringCase(request.FindHeader("Transfer-Encoding"), "chunked"));
  const bool host_good = hosts == 1 || (hosts == 0 && is_http_1_0());
  expects_continue_ = expectations > 0 && !is_http_1_0();
  const bool expectation_good =
      !expects_continue_ ||
      (expectations == 1 && EqualsIgnoringCase(request.FindHeader("Expect"), "100-continue"));
  // The forms of the target for proxies ("http://host/path", "host:port", "*") mean nothing here,
  // and the first names a second host.
  const bool target_good = target_.starts_with('/');
  if (!length_good || !coding_good || !host_good || !expectation_good || !target_good) {
    Refuse(400);
    return;
  }
  state_ = is_done() ? State::kComplete : State::kBody;
}

// The line in front of a chunk, with the end of the chunk before it and, if it is the last one, the
// end of the body. nullopt: it is not whole. Beast sees no other, and none in parts, at which it
// counts a chunk twice: a size of nothing but digits, no extensions, no trailers.
std::optional<std::string_view> RequestParser::ScanChunkLine(std::string_view bytes) {
  size_t at = 0;
  const auto take_line_end = [&] {
    const std::string_view end = bytes.substr(at, kLineEnd.size());
    if (!kLineEnd.starts_with(end)) Refuse(400);
    at += kLineEnd.size();
    return end == kLineEnd;
  };
  if (chunk_seen_ && !take_line_end()) return std::nullopt;
  const size_t start = at;
  while (at < bytes.size() && IsHexDigit(bytes[at])) ++at;
  const std::string_view digits = bytes.substr(start, at - start);
  if (digits.size() > kChunkDigitsMax || (digits.empty() && at < bytes.size())) Refuse(400);
  if (digits.empty() || !take_line_end()) return std::nullopt;
  const bool last = digits.find_first_not_of('0') == std::string_view::npos;
  if (last && !take_line_end()) return std::nullopt;
  return bytes.substr(0, at);
}

size_t RequestParser::PutBody(std::string_view bytes) {
  size_t taken = 0;
  while (state_ == State::kBody && taken < bytes.size()) {
    std::string_view part = bytes.substr(taken);
    if (chunked() && chunk_left_ == 0) {
      const std::optional<std::string_view> line = ScanChunkLine(part);
      if (state_ == State::kRefused || !line.has_value()) break;
      part = *line;
    }
    ErrorCode error;
    taken += put(boost::asio::buffer(part.data(), part.size()), error);
    if (error == beast_http::error::body_limit) {
      Refuse(413);
    } else if (error && error != beast_http::error::need_more) {
      Refuse(400);
    } else if (is_done()) {
      state_ = State::kComplete;
    }
  }
  return taken;
}

Request RequestParser::request() const {
  Request request;
  request.method = method_;
  request.target = target_;
  const size_t mark = target_.find('?');
  request.path = target_.substr(0, mark);
  if (mark != std::string_view::npos) request.query = target_.substr(mark + 1);
  request.headers = headers_;
  request.body = body_;
  return request;
}

std::string_view RequestParser::Keep(Text text) {
  const size_t start = text_.size();
  text_.append(text.data(), text.size());
  return std::string_view(text_).substr(start);
}

void RequestParser::on_request_impl(beast_http::verb, Text method, Text target, int version,
                                    ErrorCode&) {
  method_ = Keep(method);
  target_ = Keep(target);
  version_ = version;
}

void RequestParser::on_field_impl(Field, Text name, Text value, ErrorCode& error) {
  if (head_done_) {  // A trailer: nobody would look at it, or somebody would only there.
    error = beast_http::error::bad_field;
    return;
  }
  headers_.push_back({Keep(name), Keep(value)});
  if (headers_.size() > limits_.headers_max) error = beast_http::error::header_limit;
}

void RequestParser::on_header_impl(ErrorCode&) {
  head_done_ = true;
}

size_t RequestParser::on_body_impl(Text bytes, ErrorCode&) {
  body_.append(bytes.data(), bytes.size());
  return bytes.size();
}

void RequestParser::on_chunk_header_impl(uint64_t size, Text extensions, ErrorCode& error) {
  if (!extensions.empty()) error = beast_http::error::bad_chunk_extension;
  chunk_seen_ = true;
  chunk_left_ = size;
}

size_t RequestParser::on_chunk_body_impl(uint64_t remain, Text bytes, ErrorCode&) {
  body_.append(bytes.data(), bytes.size());
  chunk_left_ = remain - bytes.size();
  return bytes.size();
}

}  // namespace portcullis::http
