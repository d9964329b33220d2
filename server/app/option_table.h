// The rows behind --help: one for every setting.
#ifndef PORTCULLIS_SERVER_APP_OPTION_TABLE_H_
#define PORTCULLIS_SERVER_APP_OPTION_TABLE_H_

#include <string_view>

#include "absl/status/status.h"
#include "absl/types/span.h"

#include "server/app/options.h"

namespace portcullis::app {

struct OptionRow {
  std::string_view group;  // The heading in --help.
  std::string_view name;   // Without dashes; the same in the configuration file.
  std::string_view value;  // What --help calls the value; empty: a switch.
  bool repeatable = false;
  std::string_view help;  // With unit, default and range.
  // Parses `text` into its member. INVALID_ARGUMENT says what is allowed, without the option's
  // name.
  absl::Status (*set)(std::string_view text, ServerOptions* options) = nullptr;
};

absl::Span<const OptionRow> OptionTable();

// Checks what concerns several options at once.
absl::Status CheckOptions(const ServerOptions& options);

}  // namespace portcullis::app

#endif  // PORTCULLIS_SERVER_APP_OPTION_TABLE_H_
