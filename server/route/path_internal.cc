#include "server/route/path_internal.h"

#include <cstddef>
#include <utility>

#include "server/base/percent.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/route/refusal.h"
#include "server/route/request.h"

namespace portcullis::route {
namespace {

bool IsControl(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7F;
}

// A second decoding would find something: "%2f", or "%u002f" where that is known.
bool IsEncodedAgain(std::string_view text, size_t percent) {
  if (text.size() - percent < 3) return false;
  const char first = text[percent + 1];
  const int second = base::HexDigitValue(text[percent + 2]);
  return second >= 0 && (base::HexDigitValue(first) >= 0 || first == 'u' || first == 'U');
}

std::string_view FlawOfCharacter(std::string_view segment, size_t at) {
  const char c = segment[at];
  if (IsControl(c)) return "has a control character";
  if (c == '/') return "has an encoded slash";
  if (c == '\\') return "has a backslash";
  if (c == '%' && IsEncodedAgain(segment, at)) return "is encoded twice";
  // U+0080 to U+009F, which are control characters to whoever reads code points.
  if (c == '\xC2' && at + 1 < segment.size() &&
      static_cast<unsigned char>(segment[at + 1]) < 0xA0) {
    return "has a control character";
  }
  return {};
}

absl::Status Ambiguous(std::string_view flaw) {
  return Refuse(Refusal::kAmbiguousPath, base::Concat({"the path ", flaw}));
}

// Appends what one segment says, decoded once.
absl::Status DecodeSegment(std::string_view raw, std::string* decoded) {
  for (size_t i = 0; i < raw.size(); ++i) {
    const char c = raw[i];
    if (c == '#') return Ambiguous("has a fragment");
    if (c == ' ') return Ambiguous("has a blank that is not encoded");
    if (static_cast<unsigned char>(c) >= 0x80) {
      return Ambiguous("has a character outside ASCII that is not encoded");
    }
    if (c != '%') {
      decoded->push_back(c);
      continue;
    }
    const int high = raw.size() - i < 3 ? -1 : base::HexDigitValue(raw[i + 1]);
    const int low = high < 0 ? -1 : base::HexDigitValue(raw[i + 2]);
    if (low < 0) return Ambiguous("has a `%` that encodes nothing");
    const char byte = static_cast<char>(high * 16 + low);
    if (byte == '.') return Ambiguous("has an encoded dot");
    if (base::IsUriUnreserved(byte)) {
      return Ambiguous("has an encoded character that needs no encoding");
    }
    decoded->push_back(byte);
    i += 2;
  }
  return absl::OkStatus();
}

absl::Status TakeSegment(std::string_view raw, bool last, const PathOptions& options,
                         DecodedPath* decoded) {
  if (decoded->segments.size() >= kPathSegmentsMax) {
    return Refuse(Refusal::kMalformed, "the path has too many segments");
  }
  decoded->path.push_back('/');
  if (raw.empty()) {
    if (last) {
      decoded->trailing_slash = !decoded->segments.empty();
      return absl::OkStatus();
    }
    // A reader of URLs takes what follows two slashes at the start for a host.
    if (decoded->segments.empty() || !options.empty_segments) {
      return Ambiguous("has an empty segment");
    }
  }
  std::string segment;
  segment.reserve(raw.size());
  RETURN_IF_ERROR(DecodeSegment(raw, &segment));
  if (const std::string_view flaw = FlawOfSegment(segment, options); !flaw.empty()) {
    return Ambiguous(flaw);
  }
  decoded->path += segment;
  decoded->segments.push_back(std::move(segment));
  return absl::OkStatus();
}

}  // namespace

std::string_view FlawOfSegment(std::string_view segment, const PathOptions& options) {
  for (size_t i = 0; i < segment.size(); ++i) {
    if (const std::string_view flaw = FlawOfCharacter(segment, i); !flaw.empty()) return flaw;
  }
  // Readers who know path parameters take them off before they look at dots: "/a/..;/b".
  const size_t semicolon = segment.find(';');
  if (semicolon != std::string_view::npos && !options.semicolons) return "has a semicolon";
  const std::string_view name = segment.substr(0, semicolon);
  if (name == "." || name == "..") return "has a dot segment";
  if (name.empty() && semicolon != std::string_view::npos && !options.empty_segments) {
    return "has a segment of parameters only";
  }
  for (const std::string_view part : {name, segment}) {
    if (part.ends_with('.') || part.ends_with(' ')) {
      return "has a segment that ends in a dot or a blank";
    }
  }
  return {};
}

absl::Status DecodePath(std::string_view raw, const PathOptions& options, DecodedPath* decoded) {
  decoded->path.reserve(raw.size());
  size_t begin = 1;
  while (true) {
    const size_t slash = raw.find('/', begin);
    const bool last = slash == std::string_view::npos;
    const std::string_view segment = raw.substr(begin, last ? slash : slash - begin);
    RETURN_IF_ERROR(TakeSegment(segment, last, options, decoded));
    if (last) break;
    begin = slash + 1;
  }
  if (!base::IsValidUtf8(decoded->path)) return Ambiguous("is not UTF-8");
  return absl::OkStatus();
}

}  // namespace portcullis::route
