#include "server/route/values_internal.h"

#include <algorithm>
#include <cstddef>
#include <optional>

#include "absl/strings/match.h"

#include "server/base/blanks.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/route/header_name.h"
#include "server/route/refusal.h"

namespace portcullis::route {
namespace {

constexpr std::string_view kQueryParameter = "the query parameter ";

// To one of the readers behind the proxy.
bool IsSameHeader(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
           return FoldedHeaderCharacter(x) == FoldedHeaderCharacter(y);
         });
}

bool IsSameParameter(std::string_view a, std::string_view b) {
  return absl::EqualsIgnoreCase(base::AbslView(a), base::AbslView(b));
}

absl::Status Missing(std::string_view kind, std::string_view name, std::string_view flaw) {
  return Refuse(Refusal::kMissingValue, base::Concat({kind, base::Quoted(name), flaw}));
}

bool MayBeOneOf(std::string_view joined, std::string_view value) {
  while (true) {
    const size_t comma = joined.find(',');
    if (base::TrimBlanks(joined.substr(0, comma)) == value) return true;
    if (comma == std::string_view::npos) return false;
    joined.remove_prefix(comma + 1);
  }
}

}  // namespace

bool HasHeader(const Request& request, std::string_view name) {
  return std::any_of(request.headers.begin(), request.headers.end(),
                     [name](const Header& header) { return IsSameHeader(header.name, name); });
}

absl::StatusOr<std::string_view> OnlyHeaderValue(const Request& request, std::string_view name) {
  constexpr std::string_view kKind = "the header ";
  const Header* found = nullptr;
  for (const Header& header : request.headers) {
    if (!IsSameHeader(header.name, name)) continue;
    if (found != nullptr) return Missing(kKind, name, " occurs several times");
    found = &header;
  }
  if (found == nullptr || found->name != name) return Missing(kKind, name, " is missing");
  const std::string_view value = base::TrimBlanks(found->value);
  if (value.empty()) return Missing(kKind, name, " is empty");
  if (request.headers_joined && value.find(',') != std::string_view::npos) {
    return Missing(kKind, name, " may be several");
  }
  if (request.headers_joined && value.find('!') != std::string_view::npos) {
    return Missing(kKind, name, " may have lost characters");
  }
  return value;
}

absl::Status CheckReading(const QueryParameter& parameter) {
  const auto refuse = [&parameter](std::string_view flaw) {
    return Missing(kQueryParameter, parameter.name, flaw);
  };
  if (parameter.has_plus) return refuse(" has a `+`, which is a blank to some");
  if (parameter.may_have_lost_bytes) return refuse(" may have lost characters");
  return absl::OkStatus();
}

absl::StatusOr<std::string_view> OnlyQueryValue(const CanonicalRequest& canonical,
                                                std::string_view name) {
  const QueryParameter* found = nullptr;
  for (const QueryParameter& parameter : canonical.query) {
    // A `;` anywhere may begin one more parameter of this name.
    if (parameter.has_semicolon) {
      return Missing(kQueryParameter, name, " is beside a `;`, which separates parameters to some");
    }
    if (!IsSameParameter(parameter.name, name)) continue;
    if (found != nullptr) return Missing(kQueryParameter, name, " occurs several times");
    found = &parameter;
  }
  if (found == nullptr || found->name != name) return Missing(kQueryParameter, name, " is missing");
  if (found->value.empty()) return Missing(kQueryParameter, name, " is empty");
  RETURN_IF_ERROR(CheckReading(*found));
  return std::string_view(found->value);
}

HeaderMatch MatchHeader(const Request& request, std::string_view name, std::string_view value) {
  HeaderMatch match;
  size_t count = 0;
  bool may_be = false;
  for (const Header& header : request.headers) {
    if (!IsSameHeader(header.name, name)) continue;
    ++count;
    const bool equal = base::TrimBlanks(header.value) == value;
    match.matches = equal && header.name == name;
    may_be = may_be || equal || (request.headers_joined && MayBeOneOf(header.value, value));
  }
  if (count == 0 || !may_be || (count == 1 && match.matches)) return match;
  return {false, true};
}

}  // namespace portcullis::route
