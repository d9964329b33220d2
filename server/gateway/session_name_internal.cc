#include "server/gateway/session_name_internal.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/ascii.h"

#include "server/base/text.h"
#include "server/signature/canonical_request.h"

namespace portcullis::gateway {
namespace {

constexpr size_t kBytesMin = 2;
constexpr size_t kBytesMax = 64;
constexpr size_t kDigestDigits = 16;

bool IsLegal(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
         std::string_view("_+=,.@-").find(c) != std::string_view::npos;
}

// Whether a name could be one that stands for another subject: whoever may choose their subject at
// a provider could otherwise take somebody else's name.
bool EndsLikeADigest(std::string_view name) {
  if (name.size() <= kDigestDigits) return false;
  name.remove_prefix(name.size() - kDigestDigits - 1);
  return name.front() == '-' && std::all_of(name.begin() + 1, name.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

}  // namespace

std::string SessionNameFor(std::string_view subject) {
  const bool legal = subject.size() >= kBytesMin && subject.size() <= kBytesMax &&
                     std::all_of(subject.begin(), subject.end(), IsLegal) &&
                     !EndsLikeADigest(subject);
  if (legal) return std::string(subject);
  const std::string digest = signature::BodySha256(subject);
  if (digest.size() < kDigestDigits) return {};
  std::string name(subject.substr(0, kBytesMax - kDigestDigits - 1));
  std::replace_if(
      name.begin(), name.end(), [](char c) { return !IsLegal(c); }, '-');
  return base::Concat({name, "-", std::string_view(digest).substr(0, kDigestDigits)});
}

std::string SessionNameForWorkload(std::string_view spiffe_path) {
  if (!spiffe_path.empty()) spiffe_path.remove_prefix(1);
  std::string name(spiffe_path);
  std::replace(name.begin(), name.end(), '/', ',');
  return SessionNameFor(name);
}

}  // namespace portcullis::gateway
