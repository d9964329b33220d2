#include "server/route/override_internal.h"

#include <algorithm>
#include <iterator>
#include <string_view>

#include "absl/strings/match.h"

#include "server/base/blanks.h"
#include "server/base/text.h"
#include "server/route/header_name.h"
#include "server/route/refusal.h"

namespace portcullis::route {
namespace {

struct Override {
  std::string_view name;
  // Whether the value says what the request is anyway.
  bool (*agrees)(const Request& request, std::string_view value);
};

bool IsMethod(const Request& request, std::string_view value) {
  return absl::EqualsIgnoreCase(base::AbslView(value), base::AbslView(request.method));
}

// The target, or a URL with it.
bool IsTarget(const Request& request, std::string_view value) {
  if (value == request.target) return true;
  const size_t authority = value.find("://");
  if (authority == std::string_view::npos) return false;
  const size_t path = value.find('/', authority + 3);
  return path != std::string_view::npos && value.substr(path) == request.target;
}

constexpr Override kOverrides[] = {
    {"x-http-method", &IsMethod},     {"x-http-method-override", &IsMethod},
    {"x-method-override", &IsMethod}, {"x-original-url", &IsTarget},
    {"x-rewrite-url", &IsTarget},
};

const Override* FindOverride(std::string_view name) {
  if (!name.starts_with('x')) return nullptr;
  const auto* const found =
      std::find_if(std::begin(kOverrides), std::end(kOverrides), [name](const Override& row) {
        return row.name.size() == name.size() &&
               std::equal(name.begin(), name.end(), row.name.begin(),
                          [](char c, char of_row) { return FoldedHeaderCharacter(c) == of_row; });
      });
  return found == std::end(kOverrides) ? nullptr : found;
}

}  // namespace

absl::Status CheckOverrides(const Request& request) {
  for (const Header& header : request.headers) {
    const Override* const row = FindOverride(header.name);
    if (row == nullptr || row->agrees(request, base::TrimBlanks(header.value))) continue;
    return Refuse(Refusal::kAmbiguousPath,
                  base::Concat({"the header ", base::Quoted(header.name),
                                " makes another request of it for some readers"}));
  }
  return absl::OkStatus();
}

}  // namespace portcullis::route
