#include "tests/bench/rpc/servers.h"

#include <map>
#include <memory>
#include <utility>

#include "server/base/text.h"
#include "tests/bench/door_requests.h"

namespace portcullis::bench {
namespace {

using base::Concat;

struct Servers {
  TemporaryDirectory directory;
  std::unique_ptr<ServerProcess> reference;
  std::map<std::string, std::unique_ptr<ServerProcess>, std::less<>> portcullis;
};

std::unique_ptr<Servers> servers;

Servers& All() {
  if (servers == nullptr) servers = std::make_unique<Servers>();
  return *servers;
}

}  // namespace

const ServerProcess& ReferenceServer() {
  Servers& all = All();
  if (all.reference == nullptr) {
    const std::string self = std::filesystem::read_symlink("/proc/self/exe").string();
    const std::string port_file = all.directory.Path("reference.json");
    all.reference = std::make_unique<ServerProcess>(
        std::vector<std::string>{self, std::string(kServeReference), port_file}, port_file);
  }
  return *all.reference;
}

const ServerProcess& Portcullis(const PortcullisOptions& options) {
  Servers& all = All();
  const std::string name(options.name);
  std::unique_ptr<ServerProcess>& process = all.portcullis[name];
  if (process != nullptr) return *process;
  for (const auto& [file, contents] : options.policies) {
    all.directory.Write(Concat({name, "/policies/", file}), contents);
  }
  const auto path = [&](std::string_view file) {
    return all.directory.Path(Concat({name, "/", file}));
  };
  process = std::make_unique<ServerProcess>(
      std::vector<std::string>{
          (ProgramDirectory() / "portcullisd").string(), "--policies", path("policies"),
          "--session-keys", path("keys"), "--create-session-key", "--listen",
          Concat({"tcp://127.0.0.1:0?trusted=true&proxy=", kDoorProxy}), "--queues", "1",
          "--log-level", "warning", "--audit-log", options.audit_log ? path("audit.log") : "none",
          "--port-file", path("ports.json")},
      path("ports.json"));
  return *process;
}

void EndServers() {
  servers.reset();
}

}  // namespace portcullis::bench
