#include "server/app/check.h"

#include <utility>
#include <vector>

#include "server/app/server.h"
#include "server/session/key_ring.h"
#include "server/source/file_system.h"
#include "server/source/snapshot_loader.h"
#include "server/source/yaml_directory_source.h"

namespace portcullis::app {
namespace {

constexpr int kExitGood = 0;
constexpr int kExitBad = 2;

// Only so that a snapshot can be built: nothing is sealed with it.
absl::StatusOr<std::shared_ptr<const session::KeyRing>> PassingKeyRing() {
  absl::StatusOr<session::KeyRingEntry> entry =
      session::KeyRing::ParseKeyFile("check", session::KeyRing::GenerateKeyFile());
  if (!entry.ok()) return entry.status();
  std::vector<session::KeyRingEntry> entries;
  entries.push_back(*std::move(entry));
  return session::KeyRing::Create(std::move(entries));
}

}  // namespace

int CheckPolicies(const ServerOptions& options, std::ostream& output) {
  source::YamlDirectoryOptions directories = ToSourceOptions(options);
  if (directories.key_directory.empty()) {
    const auto ring = PassingKeyRing();
    if (!ring.ok()) {
      output << "error: " << ring.status().message() << "\n";
      return kExitBad;
    }
    directories.fixed_key_ring = *ring;
  }
  source::YamlDirectorySource source(source::FileSystem::System(), directories);
  const absl::StatusOr<source::SourceReading> reading = source.Load();
  if (!reading.ok()) {
    output << "error: " << reading.status().message() << "\n";
    return kExitBad;
  }
  source::SnapshotLoader loader(ToLoaderOptions(options));
  const source::SnapshotLoader::Result result = loader.Load(*reading);
  for (const store::SourceDiagnostic& diagnostic : result.diagnostics) {
    output << store::FormatSourceDiagnostic(diagnostic) << "\n";
  }
  if (result.snapshot == nullptr) return kExitBad;
  output << "ok: " << result.snapshot->users().size() << " users, "
         << result.snapshot->roles().size() << " roles, " << result.snapshot->statement_count()
         << " statements, revision " << result.snapshot->digest() << "\n";
  return kExitGood;
}

}  // namespace portcullis::app
