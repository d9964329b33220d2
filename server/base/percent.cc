#include "server/base/percent.h"

namespace portcullis::base {

void AppendPercentEncoded(std::string_view text, bool slash_stays, std::string* output) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  for (const char c : text) {
    if (IsUriUnreserved(c) || (slash_stays && c == '/')) {
      output->push_back(c);
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    output->push_back('%');
    output->push_back(kDigits[byte >> 4]);
    output->push_back(kDigits[byte & 0x0f]);
  }
}

bool DecodeFormInto(std::string_view text, std::string* decoded) {
  decoded->clear();
  return DecodeForm(text, [decoded](char c) { decoded->push_back(c); });
}

}  // namespace portcullis::base
