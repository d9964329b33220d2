#include "server/signature/canonical_internal.h"

#include <algorithm>
#include <cstddef>

#include "absl/container/inlined_vector.h"

#include "server/base/blanks.h"
#include "server/base/percent.h"
#include "server/base/text.h"
#include "server/signature/authentication.h"
#include "server/signature/crypto_internal.h"
#include "server/signature/text_internal.h"

namespace portcullis::signature {
namespace {

std::optional<std::string_view>* PlaceOf(std::string_view name, KnownHeaders* known) {
  switch (name.size()) {
    case 4:
      if (EqualsLower(name, "host")) return &known->host;
      if (EqualsLower(name, "date")) return &known->date;
      return nullptr;
    case 10:
      if (EqualsLower(name, "x-amz-date")) return &known->amz_date;
      if (EqualsLower(name, ":authority")) return &known->authority;
      return nullptr;
    case 13:
      return EqualsLower(name, "authorization") ? &known->authorization : nullptr;
    case 20:
      if (EqualsLower(name, "x-amz-security-token")) return &known->amz_security_token;
      return EqualsLower(name, "x-amz-content-sha256") ? &known->amz_content_sha256 : nullptr;
  }
  return nullptr;
}

void AppendStandardPath(std::string_view path, std::string* output) {
  absl::InlinedVector<std::string_view, 16> segments;
  for (size_t start = 0; start < path.size();) {
    const size_t end = std::min(path.find('/', start), path.size());
    const std::string_view segment = path.substr(start, end - start);
    start = end + 1;
    if (segment == "..") {
      if (!segments.empty()) segments.pop_back();
    } else if (!segment.empty() && segment != ".") {
      segments.push_back(segment);
    }
  }
  for (const std::string_view segment : segments) {
    output->push_back('/');
    base::AppendPercentEncoded(segment, /*slash_stays=*/false, output);
  }
  if (segments.empty() || path.back() == '/') output->push_back('/');
}

// The byte that the escape at `position` stands for; nullopt if there is no escape.
std::optional<char> EscapedByte(std::string_view text, size_t position) {
  if (text[position] != '%' || text.size() - position < 3) return std::nullopt;
  const int high = base::HexDigitValue(text[position + 1]);
  const int low = base::HexDigitValue(text[position + 2]);
  if (high < 0 || low < 0) return std::nullopt;
  return static_cast<char>(high * 16 + low);
}

void AppendS3Path(std::string_view path, std::string* output) {
  if (path.empty()) output->push_back('/');
  for (size_t i = 0; i < path.size(); ++i) {
    const std::optional<char> byte = EscapedByte(path, i);
    if (byte.has_value()) {
      base::AppendPercentEncoded({&*byte, 1}, /*slash_stays=*/false, output);
      i += 2;
    } else {
      base::AppendPercentEncoded(path.substr(i, 1), /*slash_stays=*/true, output);
    }
  }
}

bool AppendCanonicalValue(std::string_view value, std::string* output) {
  value = base::TrimBlanks(value);
  if (!IsHeaderValue(value)) return false;
  // As it nearly always is, and values can be as long as a session token.
  const bool canonical =
      value.find('\t') == std::string_view::npos && value.find("  ") == std::string_view::npos;
  if (canonical) {
    output->append(value);
    return true;
  }
  bool after_blank = false;
  for (const char c : value) {
    const bool blank = base::IsBlank(c);
    if (!blank) {
      output->push_back(c);
    } else if (!after_blank) {
      output->push_back(' ');
    }
    after_blank = blank;
  }
  return true;
}

// Appends the values of all headers of this name, joined by commas; false as the caller does.
bool AppendCanonicalValues(absl::Span<const HeaderField> headers, std::string_view name,
                           std::string* output) {
  bool found = false;
  for (const HeaderField& header : headers) {
    if (!EqualsLower(header.name, name)) continue;
    if (found) output->push_back(',');
    if (!AppendCanonicalValue(header.value, output)) return false;
    found = true;
  }
  return found;
}

// What stands in for a missing host header, and the other way round.
std::string_view OtherName(std::string_view name) {
  if (name == "host") return ":authority";
  if (name == ":authority") return "host";
  return "";
}

}  // namespace

absl::StatusOr<KnownHeaders> FindKnownHeaders(absl::Span<const HeaderField> headers) {
  KnownHeaders known;
  for (const HeaderField& header : headers) {
    std::optional<std::string_view>* const place = PlaceOf(header.name, &known);
    if (place == nullptr) continue;
    if (place->has_value()) {
      return IncompleteSignature(
          base::Concat({"Header '", header.name, "' must not occur more than once."}));
    }
    *place = base::TrimBlanks(header.value);
  }
  if (known.host.has_value() && known.authority.has_value() && *known.host != *known.authority) {
    return IncompleteSignature("'Host' and ':authority' must not differ.");
  }
  return known;
}

std::string_view TakeName(std::string_view* signed_headers) {
  const size_t end = std::min(signed_headers->find(';'), signed_headers->size());
  const std::string_view name = signed_headers->substr(0, end);
  signed_headers->remove_prefix(std::min(end + 1, signed_headers->size()));
  return name;
}

bool IsSigned(std::string_view signed_headers, std::string_view name) {
  while (!signed_headers.empty()) {
    if (EqualsLower(name, TakeName(&signed_headers))) return true;
  }
  return false;
}

void AppendCanonicalPath(std::string_view path, PathRule rule, std::string* output) {
  switch (rule) {
    case PathRule::kStandard:
      return AppendStandardPath(path, output);
    case PathRule::kS3:
      return AppendS3Path(path, output);
  }
}

bool AppendCanonicalHeaders(absl::Span<const HeaderField> headers, std::string_view signed_headers,
                            std::string* output) {
  while (!signed_headers.empty()) {
    const std::string_view name = TakeName(&signed_headers);
    output->append(name).push_back(':');
    const size_t start = output->size();
    if (!AppendCanonicalValues(headers, name, output)) {
      output->resize(start);
      const std::string_view other = OtherName(name);
      if (other.empty() || !AppendCanonicalValues(headers, other, output)) return false;
    }
    output->push_back('\n');
  }
  return true;
}

std::optional<std::string> StringToSign(std::string_view date, std::string_view scope,
                                        std::string_view canonical_request) {
  HexDigest hash;
  if (!Sha256Hex(canonical_request, &hash)) return std::nullopt;
  return base::Concat({kAlgorithm, "\n", date, "\n", scope, "\n", TextOf(hash)});
}

}  // namespace portcullis::signature
