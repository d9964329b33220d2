// What an operator can set, and how.
#ifndef PORTCULLIS_SERVER_APP_OPTIONS_H_
#define PORTCULLIS_SERVER_APP_OPTIONS_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"

#include "server/app/listener_options.h"
#include "server/app/log.h"

namespace portcullis::app {

// What happens to an answer whose audit record finds the queue full.
enum class AuditOnFull : uint8_t { kDrop, kBlock, kFailClosed };

// Every setting of portcullisd, parsed once and then const. Ranges and meanings: options.cc, which
// is also what --help prints.
struct ServerOptions {
  std::string policies;
  std::string session_keys;
  std::string secrets;  // Empty: none.
  bool create_session_key = false;
  absl::Duration poll_interval = absl::Seconds(10);
  bool allow_wildcard_trust = false;
  std::string state;          // A file; empty: nothing is remembered across restarts.
  std::string saml_endpoint;  // Empty: AWS's.
  std::string identity_ca;    // A file in PEM; empty: the system's authorities.
  bool start_closed = false;
  bool check = false;

  std::vector<ListenerOptions> listen;
  std::vector<ListenerOptions> query_listen;
  size_t query_threads = 8;
  std::vector<ListenerOptions> gateway_listen;
  size_t gateway_threads = 8;
  std::string region = "us-east-1";
  // A role for the processes beside the server.
  std::optional<ListenerOptions> container_credentials_listen;
  std::string container_credentials_role;
  std::string container_credentials_token_file;
  std::string container_credentials_task_id;  // Empty: made of the host's name.
  std::optional<ListenerOptions> instance_metadata_listen;
  std::string instance_metadata_role;
  std::string instance_metadata_id;  // Empty: made of the host's name.
  size_t instance_metadata_hop_limit = 1;
  std::optional<HostPort> admin_listen;
  std::string port_file;
  size_t queues = 0;  // 0: by the number of processors.
  size_t in_flight_max = 1000;
  size_t request_bytes_max = 4 << 20;
  size_t concurrent_streams_max = 1000;
  absl::Duration connection_age_max = absl::ZeroDuration();  // Zero: unlimited.
  absl::Duration certificate_interval = absl::Seconds(60);

  std::string audit_log = "none";  // A file, "stdout" or "none".
  AuditOnFull audit_on_full = AuditOnFull::kDrop;
  uint64_t audit_rotate_bytes = 0;
  int audit_rotated_files = 10;

  absl::Duration drain_delay = absl::Seconds(5);
  absl::Duration shutdown_timeout = absl::Seconds(15);
  LogFormat log_format = LogFormat::kText;
  LogLevel log_level = LogLevel::kInfo;
};

// What came of a command line: options, or a text to print and the code to exit with.
struct ParsedOptions {
  ServerOptions options;
  std::optional<int> exit_code;  // 0 after --help and --version; 2: the text says what is wrong.
  std::string text;
};

// The value of an environment variable; nullptr if it is not set.
using Environment = std::function<const char*(const char* name)>;

// Parses a command line (without the program's name). A setting is taken from the first of: command
// line, environment (PORTCULLIS_ and the option's name in capitals, `_` for `-`), configuration
// file
// (--config, YAML with the options' names), default. Whatever is wrong anywhere is reported at
// once; unknown names are errors everywhere but in the environment. Never throws.
ParsedOptions ParseOptions(const std::vector<std::string>& arguments,
                           const Environment& environment);

}  // namespace portcullis::app

#endif  // PORTCULLIS_SERVER_APP_OPTIONS_H_
