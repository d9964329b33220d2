// Raw deflate (RFC 1951), bounded.
#ifndef PORTCULLIS_SERVER_SESSION_DEFLATE_INTERNAL_H_
#define PORTCULLIS_SERVER_SESSION_DEFLATE_INTERNAL_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace portcullis::session {

// nullopt only if zlib has no memory or the input exceeds 1 GiB.
std::optional<std::string> Deflate(std::string_view bytes);

// nullopt if the input is no complete deflate stream, if anything follows the stream, or if the
// output would exceed `bytes_max`; no more than `bytes_max` bytes are ever produced.
std::optional<std::string> Inflate(std::string_view deflated, size_t bytes_max);

}  // namespace portcullis::session

#endif  // PORTCULLIS_SERVER_SESSION_DEFLATE_INTERNAL_H_
