#include "server/app/option_table.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

#include "server/base/numbers.h"
#include "server/base/status_macros.h"
#include "server/policy/arn.h"

namespace portcullis::app {
namespace {

constexpr std::string_view kPolicyGroup = "Policies and keys";
constexpr std::string_view kServingGroup = "Serving";
constexpr std::string_view kMetadataGroup = "A role for the processes beside the server";
constexpr std::string_view kAuditGroup = "Audit log";
constexpr std::string_view kOperatingGroup = "Operating";

absl::Status SetNumber(std::string_view text, uint64_t min, uint64_t max, size_t* member) {
  const std::optional<uint64_t> value = base::ParseUnsigned(text, max);
  if (!value || *value < min) {
    return absl::InvalidArgumentError(absl::StrCat("must be a number, ", min, " to ", max));
  }
  *member = static_cast<size_t>(*value);
  return absl::OkStatus();
}

absl::Status SetDuration(std::string_view text, absl::Duration min, absl::Duration max,
                         absl::Duration* member) {
  const std::optional<int64_t> value = base::ParseDurationMilliseconds(text);
  if (!value || absl::Milliseconds(*value) < min || absl::Milliseconds(*value) > max) {
    return absl::InvalidArgumentError(absl::StrCat("must be a duration with its unit, ",
                                                   absl::FormatDuration(min), " to ",
                                                   absl::FormatDuration(max)));
  }
  *member = absl::Milliseconds(*value);
  return absl::OkStatus();
}

absl::Status SetSwitch(std::string_view text, bool* member) {
  if (text != "true" && text != "false") {
    return absl::InvalidArgumentError("must be `true` or `false`");
  }
  *member = text == "true";
  return absl::OkStatus();
}

absl::Status SetText(std::string_view text, std::string* member) {
  if (text.empty()) return absl::InvalidArgumentError("must not be empty");
  *member = text;
  return absl::OkStatus();
}

template <typename Choice>
absl::Status SetChoice(std::string_view text,
                       std::initializer_list<std::pair<std::string_view, Choice>> choices,
                       Choice* member) {
  std::string names;
  for (const auto& [name, choice] : choices) {
    if (text == name) {
      *member = choice;
      return absl::OkStatus();
    }
    names.append(names.empty() ? "" : ", ").append(name);
  }
  return absl::InvalidArgumentError(absl::StrCat("must be one of ", names));
}

absl::Status AddListener(std::string_view text, ServerOptions* options) {
  ASSIGN_OR_RETURN(ListenerOptions listener, ParseListener(text));
  options->listen.push_back(std::move(listener));
  return absl::OkStatus();
}

absl::Status AddQueryListener(std::string_view text, ServerOptions* options) {
  ASSIGN_OR_RETURN(ListenerOptions listener, ParseQueryListener(text));
  options->query_listen.push_back(std::move(listener));
  return absl::OkStatus();
}

absl::Status AddGatewayListener(std::string_view text, ServerOptions* options) {
  ASSIGN_OR_RETURN(ListenerOptions listener, ParseGatewayListener(text));
  options->gateway_listen.push_back(std::move(listener));
  return absl::OkStatus();
}

absl::Status SetContainerListen(std::string_view text, ServerOptions* options) {
  ASSIGN_OR_RETURN(options->container_credentials_listen,
                   ParseMetadataListener(text, /*with_path=*/true));
  return absl::OkStatus();
}

absl::Status SetInstanceListen(std::string_view text, ServerOptions* options) {
  ASSIGN_OR_RETURN(options->instance_metadata_listen,
                   ParseMetadataListener(text, /*with_path=*/false));
  return absl::OkStatus();
}

absl::Status SetRoleArn(std::string_view text, std::string* member) {
  const std::optional<policy::ArnView> arn = policy::ArnView::Parse(text);
  if (!arn || policy::ClassifyPrincipalArn(*arn) != policy::PrincipalArnKind::kRole) {
    return absl::InvalidArgumentError(
        "must be the ARN of a role, such as arn:aws:iam::111122223333:role/app");
  }
  *member = text;
  return absl::OkStatus();
}

// What also serves as a session's name.
absl::Status SetSessionName(std::string_view text, std::string* member) {
  constexpr std::string_view kSigns = "_+=,.@-";
  const bool allowed = std::all_of(text.begin(), text.end(), [&](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
           kSigns.find(c) != std::string_view::npos;
  });
  if (text.size() < 2 || text.size() > 64 || !allowed) {
    return absl::InvalidArgumentError("must be 2 to 64 letters, digits and _+=,.@-");
  }
  *member = text;
  return absl::OkStatus();
}

absl::Status SetRegion(std::string_view text, std::string* member) {
  const bool allowed = std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_islower(static_cast<unsigned char>(c)) ||
           absl::ascii_isdigit(static_cast<unsigned char>(c)) || c == '-';
  });
  if (text.empty() || text.size() > 32 || !allowed) {
    return absl::InvalidArgumentError("must be the name of a region, such as eu-west-1");
  }
  *member = text;
  return absl::OkStatus();
}

absl::Status SetAdminListen(std::string_view text, ServerOptions* options) {
  ASSIGN_OR_RETURN(options->admin_listen, ParseHostPort(text));
  return absl::OkStatus();
}

const OptionRow kRows[] = {
    {kPolicyGroup, "policies", "DIR", false, "The directory of the policies, in YAML. Required.",
     [](std::string_view text, ServerOptions* options) {
       return SetText(text, &options->policies);
     }},
    {kPolicyGroup, "session-keys", "DIR", false,
     "The directory of the keys that seal session tokens, ID.key. A file named `active` names the "
     "key "
     "that seals, otherwise the last id does; all open. Required.",
     [](std::string_view text, ServerOptions* options) {
       return SetText(text, &options->session_keys);
     }},
    {kPolicyGroup, "secrets", "DIR", false,
     "The directory of the files that policies refer to as secrets. Default: none.",
     [](std::string_view text, ServerOptions* options) {
       return SetText(text, &options->secrets);
     }},
    {kPolicyGroup, "create-session-key", "", false,
     "Make a first session key if the directory has none. For trying things out: replicas must "
     "share "
     "their keys.",
     [](std::string_view text, ServerOptions* options) {
       return SetSwitch(text, &options->create_session_key);
     }},
    {kPolicyGroup, "poll-interval", "DURATION", false,
     "How often to look for changes that the system did not announce. 100ms to 1h, default 10s.",
     [](std::string_view text, ServerOptions* options) {
       return SetDuration(text, absl::Milliseconds(100), absl::Hours(1), &options->poll_interval);
     }},
    {kPolicyGroup, "allow-wildcard-trust", "", false,
     "Accept trust policies that allow every principal, {\"AWS\": \"*\"}, in statements that have "
     "a "
     "Condition. Each is a warning.",
     [](std::string_view text, ServerOptions* options) {
       return SetSwitch(text, &options->allow_wildcard_trust);
     }},
    {kPolicyGroup, "state", "FILE", false,
     "A file to remember in, across restarts: which MFA codes were used, sessions revoked by hand, "
     "who used what last, reports. Made if it is not there; one server each. Default: none.",
     [](std::string_view text, ServerOptions* options) { return SetText(text, &options->state); }},
    {kPolicyGroup, "saml-endpoint", "URL", false,
     "The recipient and audience that SAML responses must be for. Default "
     "https://signin.aws.amazon.com/saml.",
     [](std::string_view text, ServerOptions* options) {
       return SetText(text, &options->saml_endpoint);
     }},
    {kPolicyGroup, "identity-ca", "FILE", false,
     "The certificate authorities, in PEM, of identity providers whose keys are fetched. Default: "
     "the system's.",
     [](std::string_view text, ServerOptions* options) {
       return SetText(text, &options->identity_ca);
     }},
    {kPolicyGroup, "start-closed", "", false,
     "If the policies cannot be loaded at start, answer UNAVAILABLE until they can, instead of "
     "exiting.",
     [](std::string_view text, ServerOptions* options) {
       return SetSwitch(text, &options->start_closed);
     }},
    {kPolicyGroup, "check", "", false,
     "Load the policies, print what is wrong with them, and exit: 0 if they would be served, 2 if "
     "not.",
     [](std::string_view text, ServerOptions* options) {
       return SetSwitch(text, &options->check);
     }},

    {kServingGroup, "listen", "ADDRESS", true,
     "An address to serve gRPC on; may be repeated. tcp://HOST:PORT, tls://HOST:PORT?cert=F&key=F "
     "or "
     "unix://PATH?mode=0660, port 0 for any. Parameters: trusted=true lets every client assert "
     "principals; assert=spiffe://... (with client-ca=F) those of that identity; proxy=NAME takes "
     "every client for that one of the policies' Proxies (Envoy's ext_authz); reflection=true. "
     "Required unless --check.",
     AddListener},
    {kServingGroup, "query-listen", "ADDRESS", true,
     "An address to serve the AWS Query protocol of STS and IAM on, for the aws command and the "
     "SDKs; may be repeated. tcp://HOST:PORT or tls://HOST:PORT?cert=F&key=F. Parameters: "
     "path=/PREFIX, client-ca=F; insecure=true for plain TCP beyond this host. Default: none.",
     AddQueryListener},
    {kServingGroup, "query-threads", "NUMBER", false,
     "Threads of each --query-listen address. 1 to 64, default 8.",
     [](std::string_view text, ServerOptions* options) {
       return SetNumber(text, 1, 64, &options->query_threads);
     }},
    {kServingGroup, "gateway-listen", "ADDRESS", true,
     "An address for proxies that ask over HTTP (nginx, Traefik, Caddy, Envoy's HTTP service) and "
     "for OpenID AuthZEN; may be repeated. tcp://HOST:PORT or tls://HOST:PORT?cert=F&key=F. "
     "Parameters: proxy=NAME takes every client for that one of the policies' Proxies, otherwise "
     "a certificate (with client-ca=F) or a secret tells; url=URL where AuthZEN clients find it; "
     "insecure=true for plain TCP beyond this host. Default: none.",
     AddGatewayListener},
    {kServingGroup, "gateway-threads", "NUMBER", false,
     "Threads of each --gateway-listen address. 1 to 64, default 8.",
     [](std::string_view text, ServerOptions* options) {
       return SetNumber(text, 1, 64, &options->gateway_threads);
     }},
    {kServingGroup, "region", "NAME", false,
     "The region that --query-listen addresses are in: aws:RequestedRegion, and what reports of "
     "last uses and instance metadata say. Clients may sign for any. Default us-east-1.",
     [](std::string_view text, ServerOptions* options) {
       return SetRegion(text, &options->region);
     }},
    {kServingGroup, "admin-listen", "HOST:PORT", false,
     "An address for HTTP: /metrics, /livez, /readyz. No authentication: keep it private. Default: "
     "none.",
     SetAdminListen},
    {kServingGroup, "port-file", "FILE", false,
     "Write the bound addresses to this file as JSON once they are served.",
     [](std::string_view text, ServerOptions* options) {
       return SetText(text, &options->port_file);
     }},
    {kServingGroup, "queues", "NUMBER", false,
     "Completion queues per address, each with one thread. 1 to 256, or 0 (the default) for the "
     "processors available, less one if there are several.",
     [](std::string_view text, ServerOptions* options) {
       return SetNumber(text, 0, 256, &options->queues);
     }},
    {kServingGroup, "in-flight-max", "NUMBER", false,
     "Calls of one method on one queue before more are refused with RESOURCE_EXHAUSTED. 1 to "
     "100000, "
     "default 1000.",
     [](std::string_view text, ServerOptions* options) {
       return SetNumber(text, 1, 100000, &options->in_flight_max);
     }},
    {kServingGroup, "request-bytes-max", "BYTES", false,
     "The largest request. 1024 to 67108864, default 4194304.",
     [](std::string_view text, ServerOptions* options) {
       return SetNumber(text, 1024, 64 << 20, &options->request_bytes_max);
     }},
    {kServingGroup, "concurrent-streams-max", "NUMBER", false,
     "Calls at once on one connection. 1 to 100000, default 1000.",
     [](std::string_view text, ServerOptions* options) {
       return SetNumber(text, 1, 100000, &options->concurrent_streams_max);
     }},
    {kServingGroup, "connection-age-max", "DURATION", false,
     "Ask clients to connect anew after this time, so that they find new replicas. 1s to 24h, or "
     "0s "
     "(the default) for never.",
     [](std::string_view text, ServerOptions* options) {
       return SetDuration(text, absl::ZeroDuration(), absl::Hours(24),
                          &options->connection_age_max);
     }},
    {kServingGroup, "certificate-interval", "DURATION", false,
     "How often to look whether certificate files changed. 100ms to 24h, default 60s.",
     [](std::string_view text, ServerOptions* options) {
       return SetDuration(text, absl::Milliseconds(100), absl::Hours(24),
                          &options->certificate_interval);
     }},

    {kMetadataGroup, "container-credentials-listen", "ADDRESS", false,
     "An address for container credentials: what AWS_CONTAINER_CREDENTIALS_FULL_URI points at, and "
     "`credential_source = EcsContainer` uses. tcp://HOST:PORT. Parameters: path=/PATH; "
     "insecure=true beyond this host. Default: none.",
     SetContainerListen},
    {kMetadataGroup, "container-credentials-role", "ARN", false,
     "The role whose credentials are handed out there. It must trust ecs-tasks.amazonaws.com.",
     [](std::string_view text, ServerOptions* options) {
       return SetRoleArn(text, &options->container_credentials_role);
     }},
    {kMetadataGroup, "container-credentials-token-file", "FILE", false,
     "What clients show: AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE, at least 16 characters. Read at "
     "every use. Clients want no line end in it.",
     [](std::string_view text, ServerOptions* options) {
       return SetText(text, &options->container_credentials_token_file);
     }},
    {kMetadataGroup, "container-credentials-task-id", "ID", false,
     "The name of its sessions. Default: 32 digits made of the host's name.",
     [](std::string_view text, ServerOptions* options) {
       return SetSessionName(text, &options->container_credentials_task_id);
     }},
    {kMetadataGroup, "instance-metadata-listen", "ADDRESS", false,
     "An address for instance metadata, version 2: what AWS_EC2_METADATA_SERVICE_ENDPOINT points "
     "at, "
     "and `credential_source = Ec2InstanceMetadata` uses. Everyone on this host can have the role. "
     "tcp://HOST:PORT; insecure=true beyond this host. Default: none.",
     SetInstanceListen},
    {kMetadataGroup, "instance-metadata-role", "ARN", false,
     "The role whose credentials are handed out there. It must trust ec2.amazonaws.com.",
     [](std::string_view text, ServerOptions* options) {
       return SetRoleArn(text, &options->instance_metadata_role);
     }},
    {kMetadataGroup, "instance-metadata-id", "ID", false,
     "The instance's id, and the name of its sessions. Default: i- and 17 digits made of the "
     "host's "
     "name.",
     [](std::string_view text, ServerOptions* options) {
       return SetSessionName(text, &options->instance_metadata_id);
     }},
    {kMetadataGroup, "instance-metadata-hop-limit", "NUMBER", false,
     "How many hosts an answer may pass. 1 to 64; the default 1 keeps it on this host, containers "
     "in "
     "a bridged network need 2.",
     [](std::string_view text, ServerOptions* options) {
       return SetNumber(text, 1, 64, &options->instance_metadata_hop_limit);
     }},

    {kAuditGroup, "audit-log", "FILE", false,
     "Where every decision is recorded, one JSON object per line: a file, `stdout` or `none`. "
     "Default none.",
     [](std::string_view text, ServerOptions* options) {
       return SetText(text, &options->audit_log);
     }},
    {kAuditGroup, "audit-on-full", "CHOICE", false,
     "If records come faster than they can be written: `drop` allowed decisions' records and wait "
     "a "
     "little for others, `block` for a little, or `fail_closed`: no record, no answer. Default "
     "drop.",
     [](std::string_view text, ServerOptions* options) {
       return SetChoice<AuditOnFull>(text,
                                     {{"drop", AuditOnFull::kDrop},
                                      {"block", AuditOnFull::kBlock},
                                      {"fail_closed", AuditOnFull::kFailClosed}},
                                     &options->audit_on_full);
     }},
    {kAuditGroup, "audit-rotate-bytes", "BYTES", false,
     "Begin a new file at this size. 65536 and up, or 0 (the default) for never.",
     [](std::string_view text, ServerOptions* options) {
       if (text == "0") return SetNumber(text, 0, 0, &options->audit_rotate_bytes);
       return SetNumber(text, 65536, std::numeric_limits<int64_t>::max(),
                        &options->audit_rotate_bytes);
     }},
    {kAuditGroup, "audit-rotated-files", "NUMBER", false,
     "How many earlier files to keep. 1 to 10000, default 10.",
     [](std::string_view text, ServerOptions* options) {
       size_t number = 0;
       RETURN_IF_ERROR(SetNumber(text, 1, 10000, &number));
       options->audit_rotated_files = static_cast<int>(number);
       return absl::OkStatus();
     }},

    {kOperatingGroup, "drain-delay", "DURATION", false,
     "After SIGTERM: how long to go on serving, not ready, until nobody is sent here any more. 0s "
     "to "
     "10m, default 5s.",
     [](std::string_view text, ServerOptions* options) {
       return SetDuration(text, absl::ZeroDuration(), absl::Minutes(10), &options->drain_delay);
     }},
    {kOperatingGroup, "shutdown-timeout", "DURATION", false,
     "After the drain delay: how long running calls may take before they are cancelled. 0s to 10m, "
     "default 15s.",
     [](std::string_view text, ServerOptions* options) {
       return SetDuration(text, absl::ZeroDuration(), absl::Minutes(10),
                          &options->shutdown_timeout);
     }},
    {kOperatingGroup, "log-format", "CHOICE", false,
     "The log on standard error: `text` or `json`. Default text.",
     [](std::string_view text, ServerOptions* options) {
       return SetChoice<LogFormat>(text, {{"text", LogFormat::kText}, {"json", LogFormat::kJson}},
                                   &options->log_format);
     }},
    {kOperatingGroup, "log-level", "CHOICE", false,
     "The least important events to log: `debug`, `info`, `warning` or `error`. Default info.",
     [](std::string_view text, ServerOptions* options) {
       return SetChoice<LogLevel>(text,
                                  {{"debug", LogLevel::kDebug},
                                   {"info", LogLevel::kInfo},
                                   {"warning", LogLevel::kWarning},
                                   {"error", LogLevel::kError}},
                                  &options->log_level);
     }},
};

}  // namespace

absl::Span<const OptionRow> OptionTable() {
  return kRows;
}

namespace {

absl::Status CheckMetadataOptions(const ServerOptions& options) {
  if (options.container_credentials_listen.has_value()) {
    if (options.container_credentials_role.empty()) {
      return absl::InvalidArgumentError(
          "container-credentials-role is missing: whose credentials are handed out?");
    }
    if (options.container_credentials_token_file.empty()) {
      return absl::InvalidArgumentError(
          "container-credentials-token-file is missing: without a token every process on this host "
          "could have the role");
    }
  }
  if (options.instance_metadata_listen.has_value() && options.instance_metadata_role.empty()) {
    return absl::InvalidArgumentError(
        "instance-metadata-role is missing: whose credentials are handed out?");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckOptions(const ServerOptions& options) {
  if (options.policies.empty()) return absl::InvalidArgumentError("policies is missing");
  if (options.session_keys.empty() && !options.check) {
    return absl::InvalidArgumentError("session-keys is missing");
  }
  if (options.listen.empty() && !options.check) {
    return absl::InvalidArgumentError(
        "listen is missing; for example "
        "--listen tcp://127.0.0.1:7443?trusted=true");
  }
  std::set<std::string> names;
  for (const ListenerOptions& listener : options.listen) {
    if (!names.insert(listener.Name()).second && (listener.unix_socket || listener.port != 0)) {
      return absl::InvalidArgumentError(
          absl::StrCat("listen: ", listener.Name(), " is given twice"));
    }
  }
  for (const ListenerOptions& listener : options.query_listen) {
    if (!names.insert(listener.Name()).second && listener.port != 0) {
      return absl::InvalidArgumentError(
          absl::StrCat("query-listen: ", listener.Name(), " is given twice"));
    }
  }
  for (const ListenerOptions& listener : options.gateway_listen) {
    if (!names.insert(listener.Name()).second && listener.port != 0) {
      return absl::InvalidArgumentError(
          absl::StrCat("gateway-listen: ", listener.Name(), " is given twice"));
    }
  }
  return CheckMetadataOptions(options);
}

}  // namespace portcullis::app
