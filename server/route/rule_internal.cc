#include "server/route/rule_internal.h"

#include <algorithm>

namespace portcullis::route {
namespace {

constexpr std::string_view kConnect = "CONNECT";

bool Has(const std::vector<std::string>& methods, std::string_view method) {
  return std::find(methods.begin(), methods.end(), method) != methods.end();
}

bool MethodsCover(const std::vector<std::string>& mine, const std::vector<std::string>& theirs) {
  if (mine.empty()) return !Has(theirs, kConnect);
  return !theirs.empty() && std::all_of(theirs.begin(), theirs.end(),
                                        [&](const auto& method) { return Has(mine, method); });
}

bool PartCovers(const std::string& mine, const std::string& theirs) {
  return mine.empty() || mine == theirs;
}

bool GrpcCovers(const std::optional<GrpcPattern>& mine, const std::optional<GrpcPattern>& theirs) {
  if (!mine.has_value()) return true;
  return theirs.has_value() && PartCovers(mine->service, theirs->service) &&
         PartCovers(mine->method, theirs->method);
}

// Without a template everything matches.
bool PathCovers(const std::optional<PathTemplate>& mine,
                const std::optional<PathTemplate>& theirs) {
  if (!mine.has_value()) return true;
  if (theirs.has_value()) return mine->Covers(*theirs);
  return mine->CoversEverything();
}

bool Implies(const HeaderCondition& condition, const HeaderCondition& other) {
  return condition.name == other.name && (other.value == "*" || condition.value == other.value);
}

}  // namespace

bool Matcher::Covers(const Matcher& other) const {
  if (connection || other.connection) return connection == other.connection;
  if (!MethodsCover(methods, other.methods) || !PathCovers(path, other.path) ||
      !GrpcCovers(grpc, other.grpc)) {
    return false;
  }
  return std::all_of(headers.begin(), headers.end(), [&](const HeaderCondition& mine) {
    return std::any_of(other.headers.begin(), other.headers.end(),
                       [&](const HeaderCondition& theirs) { return Implies(theirs, mine); });
  });
}

}  // namespace portcullis::route
