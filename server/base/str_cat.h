// absl::StrCat for std::string_view.
#ifndef PORTCULLIS_SERVER_BASE_STR_CAT_H_
#define PORTCULLIS_SERVER_BASE_STR_CAT_H_

#include <string>
#include <string_view>
#include <type_traits>

#include "absl/strings/str_cat.h"

#include "server/base/text.h"

namespace portcullis::base {

// Turns a std::string_view into what absl::StrCat takes, and leaves everything else alone.
template <typename T>
decltype(auto) StrCatArgument(const T& argument) {
  if constexpr (std::is_same_v<T, std::string_view>) {
    return AbslView(argument);
  } else {
    return (argument);
  }
}

// Texts and numbers one after another, in any mixture (see AbslView).
template <typename... Parts>
std::string StrCat(const Parts&... parts) {
  return absl::StrCat(StrCatArgument(parts)...);
}

}  // namespace portcullis::base

#endif  // PORTCULLIS_SERVER_BASE_STR_CAT_H_
