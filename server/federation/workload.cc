#include "server/federation/workload.h"

#include <algorithm>

#include "absl/status/status.h"
#include "server/base/spiffe.h"
#include "server/base/str_cat.h"
#include "server/base/text.h"

namespace portcullis::federation {
namespace {

bool IsTrustDomainCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
}

bool IsSegmentCharacter(char c) {
  return IsTrustDomainCharacter(c) || (c >= 'A' && c <= 'Z');
}

// "" if `segment` may stand in a path, otherwise what is wrong.
std::string_view SegmentProblem(std::string_view segment) {
  if (segment.empty()) return "its path has an empty segment";
  if (segment == "." || segment == "..") return "its path has a segment `.` or `..`";
  if (!std::all_of(segment.begin(), segment.end(), IsSegmentCharacter)) {
    return "its path may hold letters, digits, `.`, `-` and `_` only";
  }
  return "";
}

// `path` is empty or begins with `/`.
std::string_view PathProblem(std::string_view path) {
  while (!path.empty()) {
    path.remove_prefix(1);
    const size_t end = std::min(path.find('/'), path.size());
    if (const std::string_view problem = SegmentProblem(path.substr(0, end)); !problem.empty()) {
      return problem;
    }
    path.remove_prefix(end);
  }
  return "";
}

std::string_view TrustDomainProblem(std::string_view name) {
  if (name.empty()) return "it has no trust domain";
  if (name.size() > kTrustDomainBytesMax) return "its trust domain has more than 255 bytes";
  if (!std::all_of(name.begin(), name.end(), IsTrustDomainCharacter)) {
    return "its trust domain may hold lower-case letters, digits, `.`, `-` and `_` only";
  }
  return "";
}

}  // namespace

absl::StatusOr<SpiffeId> ParseSpiffeId(std::string_view text) {
  const auto refuse = [&](std::string_view problem) {
    return absl::InvalidArgumentError(
        base::StrCat(base::Quoted(text), " is not a SPIFFE ID: ", problem));
  };
  if (text.size() > kSpiffeIdBytesMax) return refuse("it has more than 2048 bytes");
  if (text.substr(0, base::kSpiffeScheme.size()) != base::kSpiffeScheme)
    return refuse("it does not begin with spiffe://");
  const std::string_view rest = text.substr(base::kSpiffeScheme.size());
  const size_t slash = std::min(rest.find('/'), rest.size());
  const std::string_view trust_domain = rest.substr(0, slash);
  const std::string_view path = rest.substr(slash);
  std::string_view problem = TrustDomainProblem(trust_domain);
  if (problem.empty()) problem = PathProblem(path);
  if (!problem.empty()) return refuse(problem);
  return SpiffeId{std::string(trust_domain), std::string(path)};
}

std::string SpiffeIdText(const SpiffeId& id) {
  return base::StrCat(base::kSpiffeScheme, id.trust_domain, id.path);
}

}  // namespace portcullis::federation
