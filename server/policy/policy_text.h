// Which characters a policy document may consist of.
#ifndef PORTCULLIS_SERVER_POLICY_POLICY_TEXT_H_
#define PORTCULLIS_SERVER_POLICY_POLICY_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "server/base/position.h"
#include "server/policy/diagnostic.h"

namespace portcullis::policy {

// Where the first character of valid UTF-8 `text` stands, from byte `begin`, that is none of
// U+0009, U+000A, U+000D and U+0020 to U+00FF; npos if there is none. Such a character can be
// written as an escape, which consists of others.
size_t FindForbiddenCharacter(std::string_view text, size_t begin = 0);

// What to tell about the forbidden character that `text` begins with.
Diagnostic ForbiddenCharacter(std::string_view text, base::Position position);

// Checks the text of a document as it was written: one error for each line that has forbidden
// characters, about the first of them. `origin` and `later_line_column` as in
// base::JsonReaderOptions. Returns whether there is none.
bool CheckPolicyText(std::string_view text, base::Position origin, uint32_t later_line_column,
                     std::vector<Diagnostic>* diagnostics);

}  // namespace portcullis::policy

#endif  // PORTCULLIS_SERVER_POLICY_POLICY_TEXT_H_
