#include "tests/bench/rpc/servers.h"

#include <map>
#include <utility>

#include "server/base/text.h"
#include "tests/bench/door_requests.h"
#include "tests/integration/test_certificates.h"

namespace portcullis::bench {
namespace {

using base::Concat;

// A certificate for this machine's own address, in files as servers want it.
class Certificates {
 public:
  explicit Certificates(const TemporaryDirectory& directory)
      : authority_("bench"),
        certificate_file_(directory.Path("tls.pem")),
        key_file_(directory.Path("tls.key")) {
    const TestCertificate leaf = authority_.Issue("IP:127.0.0.1", 24 * 3600);
    directory.Write("tls.pem", leaf.certificate);
    directory.Write("tls.key", leaf.key);
  }

  std::string authority() const { return authority_.certificate(); }
  const std::string& certificate_file() const { return certificate_file_; }
  const std::string& key_file() const { return key_file_; }

 private:
  TestAuthority authority_;
  std::string certificate_file_;
  std::string key_file_;
};

struct Servers {
  TemporaryDirectory directory;
  std::map<std::string, std::unique_ptr<Server>, std::less<>> by_name;
};

std::unique_ptr<Servers> servers;

Servers& All() {
  if (servers == nullptr) servers = std::make_unique<Servers>();
  return *servers;
}

const Certificates& TheCertificates() {
  static const auto* const directory = new TemporaryDirectory;
  static const auto* const certificates = new Certificates(*directory);
  return *certificates;
}

// Where clients find a server that wrote this port file.
Endpoint EndpointOf(const Process& process, const std::string& port_file, Transport transport) {
  Endpoint endpoint;
  process.WaitUntil([&] {
    const std::vector<std::string> addresses = ReadPortFile(port_file);
    if (!addresses.empty()) endpoint.address = addresses.front();
    return !addresses.empty();
  });
  if (transport == Transport::kTls) endpoint.authority = TheCertificates().authority();
  return endpoint;
}

std::string ListenOption(Transport transport, const std::string& socket) {
  const std::string parameters = Concat({"?trusted=true&proxy=", kDoorProxy});
  switch (transport) {
    case Transport::kTcp:
      return Concat({"tcp://127.0.0.1:0", parameters});
    case Transport::kUnixSocket:
      return Concat({"unix://", socket, parameters});
    case Transport::kTls:
      return Concat({"tls://127.0.0.1:0", parameters, "&cert=",
                     TheCertificates().certificate_file(), "&key=", TheCertificates().key_file()});
  }
  Die("no such transport");
}

std::unique_ptr<Server> StartReference(const TemporaryDirectory& directory, Transport transport) {
  const std::string self = std::filesystem::read_symlink("/proc/self/exe").string();
  const std::string stem = directory.Path(Concat({"reference-", NameOf(transport)}));
  const std::string port_file = stem + ".json";
  std::vector<std::string> arguments = {self, std::string(kServeReference), port_file};
  switch (transport) {
    case Transport::kTcp:
      arguments.emplace_back("127.0.0.1:0");
      break;
    case Transport::kUnixSocket:
      arguments.push_back(Concat({"unix:", stem, ".socket"}));
      break;
    case Transport::kTls:
      arguments.insert(arguments.end(), {"127.0.0.1:0", TheCertificates().certificate_file(),
                                         TheCertificates().key_file()});
      break;
  }
  auto process = std::make_unique<Process>(arguments);
  Endpoint endpoint = EndpointOf(*process, port_file, transport);
  return std::make_unique<Server>(std::move(process), std::move(endpoint));
}

}  // namespace

std::string_view NameOf(Transport transport) {
  switch (transport) {
    case Transport::kTcp:
      return "tcp";
    case Transport::kUnixSocket:
      return "unix";
    case Transport::kTls:
      return "tls";
  }
  Die("no such transport");
}

const Server& ReferenceServer(Transport transport) {
  std::unique_ptr<Server>& server = All().by_name[Concat({"reference ", NameOf(transport)})];
  if (server == nullptr) server = StartReference(All().directory, transport);
  return *server;
}

const Server& Portcullis(const PortcullisOptions& options) {
  std::unique_ptr<Server>& server = All().by_name[std::string(options.name)];
  if (server == nullptr) server = StartPortcullis(All().directory, options);
  return *server;
}

std::unique_ptr<Server> StartPortcullis(const TemporaryDirectory& directory,
                                        const PortcullisOptions& options) {
  for (const PolicyFile& file : options.policies) {
    directory.Write(Concat({options.name, "/policies/", file.name}), file.text);
  }
  const auto path = [&](std::string_view file) {
    return directory.Path(Concat({options.name, "/", file}));
  };
  const std::string port_file = path("ports.json");
  std::filesystem::remove(port_file);  // Of an earlier one.
  auto process = std::make_unique<Process>(
      std::vector<std::string>{
          (ProgramDirectory() / "portcullisd").string(), "--policies", path("policies"),
          "--session-keys", path("keys"), "--create-session-key", "--listen",
          ListenOption(options.transport, path("socket")), "--queues",
          std::to_string(options.queues), "--log-level", "warning", "--audit-log",
          options.audit_log ? path("audit.log") : "none", "--port-file", port_file},
      path("log"));
  Endpoint endpoint = EndpointOf(*process, port_file, options.transport);
  return std::make_unique<Server>(std::move(process), std::move(endpoint));
}

void EndServers() {
  servers.reset();
}

}  // namespace portcullis::bench
