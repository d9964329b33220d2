// One request, from bytes: Beast's parser, and refusals of what it lets pass.
#ifndef PORTCULLIS_SERVER_HTTP_REQUEST_PARSER_H_
#define PORTCULLIS_SERVER_HTTP_REQUEST_PARSER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/beast/http/basic_parser.hpp>
#include <boost/system/error_code.hpp>

#include "server/http/message.h"

namespace portcullis::http {

struct ParserLimits {
  size_t header_bytes_max = 0;
  size_t headers_max = 0;
  size_t body_bytes_max = 0;
};

// Takes the bytes of one request, however they are cut, and stops behind its end. What comes out
// can be read in one way only: every line ends in CRLF, there is one length or one `chunked` or no
// body, headers have their order, and the text of the target is untouched.
//
// Beast divides a request into its parts and undoes the chunks. It joins folded lines, accepts
// lists of equal lengths, codings it does not know, extensions of chunks and trailers; all these
// are refused here.
class RequestParser : private boost::beast::http::basic_parser<true> {
 public:
  enum class State {
    kHead,      // Wants more of the request line and headers.
    kBody,      // Has the head, wants more of the body.
    kComplete,  // Has all.
    kRefused,   // See refusal().
  };

  explicit RequestParser(const ParserLimits& limits);
  RequestParser(const RequestParser&) = delete;
  RequestParser& operator=(const RequestParser&) = delete;

  // Takes what it can from the front of `bytes` and returns how much that was; the caller presents
  // the rest again, with more behind it.
  size_t Put(std::string_view bytes);

  State state() const { return state_; }
  // REQUIRES: kRefused. 400, 413 or 431.
  int refusal() const { return refusal_; }

  // REQUIRES for all below: the head is complete.
  // Whether the client keeps the connection, by version and Connection.
  bool wants_keep_alive() const { return keep_alive(); }
  bool is_http_1_0() const { return version_ < 11; }
  // Whether the client waits for "100 Continue" before it sends the body.
  bool expects_continue() const { return expects_continue_; }
  size_t body_size() const { return body_.size(); }

  // Views of this object. peer_address and secure are left to the caller.
  Request request() const;

 private:
  // What Beast's parser reports.
  using ErrorCode = boost::system::error_code;
  using Field = boost::beast::http::field;
  using Text = boost::beast::string_view;
  void on_request_impl(boost::beast::http::verb, Text method, Text target, int version,
                       ErrorCode& error) override;
  void on_field_impl(Field field, Text name, Text value, ErrorCode& error) override;
  void on_header_impl(ErrorCode& error) override;
  size_t on_body_impl(Text bytes, ErrorCode& error) override;
  void on_chunk_header_impl(uint64_t size, Text extensions, ErrorCode& error) override;
  size_t on_chunk_body_impl(uint64_t remain, Text bytes, ErrorCode& error) override;
  void on_body_init_impl(const boost::optional<uint64_t>&, ErrorCode&) override {}
  void on_response_impl(int, Text, int, ErrorCode&) override {}
  void on_finish_impl(ErrorCode&) override {}

  size_t PutHead(std::string_view bytes);
  size_t PutBody(std::string_view bytes);
  std::optional<std::string_view> ScanChunkLine(std::string_view bytes);
  bool ScanHead(std::string_view bytes);
  void CheckHead();
  void Refuse(int status);
  std::string_view Keep(Text text);

  const ParserLimits limits_;
  State state_ = State::kHead;
  int refusal_ = 0;

  size_t scanned_ = 0;  // So much of the head has been looked at.
  bool skipped_line_end_ =
      false;  // A blank line in front of the request, of which one is forgiven.

  int version_ = 0;
  bool head_done_ = false;
  bool expects_continue_ = false;
  bool chunk_seen_ = false;
  uint64_t chunk_left_ = 0;
  std::string text_;  // What the views below look into; never reallocated.
  std::string_view method_;
  std::string_view target_;
  std::vector<Header> headers_;
  std::string body_;
};

}  // namespace portcullis::http

#endif  // PORTCULLIS_SERVER_HTTP_REQUEST_PARSER_H_
