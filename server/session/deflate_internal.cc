#include "server/session/deflate_internal.h"

#include <zlib.h>

#include <algorithm>

namespace portcullis::session {
namespace {

constexpr int kRawWindowBits = -15;  // Negative: no zlib header and no checksum.
constexpr size_t kInputBytesMax = 1u << 30;

Bytef* Input(std::string_view bytes) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
}

// Expands into `bytes` up to its present size; true if the stream ended exactly with the input.
bool InflateInto(std::string_view deflated, size_t bytes_max, std::string* bytes) {
  z_stream stream{};
  if (inflateInit2(&stream, kRawWindowBits) != Z_OK) return false;
  stream.next_in = Input(deflated);
  stream.avail_in = static_cast<uInt>(deflated.size());
  int result = Z_OK;
  while (result == Z_OK) {
    const size_t done = stream.total_out;
    // One byte more than allowed tells "exactly at the limit" from "beyond it".
    if (done > bytes_max) break;
    bytes->resize(std::min(bytes_max + 1, std::max<size_t>(1024, done * 2)));
    stream.next_out = reinterpret_cast<Bytef*>(bytes->data()) + done;
    stream.avail_out = static_cast<uInt>(bytes->size() - done);
    result = inflate(&stream, Z_NO_FLUSH);
  }
  const bool complete =
      result == Z_STREAM_END && stream.avail_in == 0 && stream.total_out <= bytes_max;
  bytes->resize(std::min<size_t>(stream.total_out, bytes->size()));
  inflateEnd(&stream);
  return complete;
}

}  // namespace

std::optional<std::string> Deflate(std::string_view bytes) {
  if (bytes.size() > kInputBytesMax) return std::nullopt;
  z_stream stream{};
  if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, kRawWindowBits, 8,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    return std::nullopt;
  }
  std::string deflated(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = Input(bytes);
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(deflated.data());
  stream.avail_out = static_cast<uInt>(deflated.size());
  const int result = deflate(&stream, Z_FINISH);
  deflated.resize(stream.total_out);
  deflateEnd(&stream);
  if (result != Z_STREAM_END) return std::nullopt;
  return deflated;
}

std::optional<std::string> Inflate(std::string_view deflated, size_t bytes_max) {
  if (deflated.size() > kInputBytesMax || bytes_max > kInputBytesMax) return std::nullopt;
  std::string bytes;
  if (!InflateInto(deflated, bytes_max, &bytes)) return std::nullopt;
  return bytes;
}

}  // namespace portcullis::session
