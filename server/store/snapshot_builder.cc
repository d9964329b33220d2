#include "server/store/snapshot_builder.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "server/store/build_internal.h"

namespace portcullis::store {

struct SnapshotBuilder::State {
  BuildContext context;
  std::unique_ptr<SnapshotTables> tables = std::make_unique<SnapshotTables>();
};

SnapshotBuilder::SnapshotBuilder(const Quotas& quotas) : state_(std::make_unique<State>()) {
  state_->context.quotas = quotas;
  state_->context.partition = "aws";
  state_->context.tables = state_->tables.get();
}

SnapshotBuilder::~SnapshotBuilder() = default;

void SnapshotBuilder::Add(std::shared_ptr<const FileDefinitions> file) {
  state_->context.files.push_back(std::move(file));
}

void SnapshotBuilder::SetPartition(std::string partition) {
  state_->context.partition = std::move(partition);
}

void SnapshotBuilder::SetKeyRing(std::shared_ptr<const session::KeyRing> ring) {
  state_->tables->key_ring = std::move(ring);
}

void SnapshotBuilder::SetDigest(std::string digest) {
  state_->tables->digest = std::move(digest);
}

namespace {

// Sorts by file and place, and removes repetitions: a file's account, for instance, is checked for
// every entity in it.
void Tidy(std::vector<SourceDiagnostic>* diagnostics) {
  const auto key = [](const SourceDiagnostic& item) {
    return std::tie(item.file, item.diagnostic.position, item.diagnostic.message);
  };
  std::stable_sort(diagnostics->begin(), diagnostics->end(),
                   [&](const auto& a, const auto& b) { return key(a) < key(b); });
  diagnostics->erase(std::unique(diagnostics->begin(), diagnostics->end(),
                                 [&](const auto& a, const auto& b) { return key(a) == key(b); }),
                     diagnostics->end());
}

bool HasErrors(const std::vector<SourceDiagnostic>& diagnostics) {
  return std::any_of(diagnostics.begin(), diagnostics.end(), [](const SourceDiagnostic& item) {
    return item.diagnostic.severity == policy::Severity::kError;
  });
}

}  // namespace

std::shared_ptr<const Snapshot> SnapshotBuilder::Build(std::vector<SourceDiagnostic>* diagnostics) {
  BuildContext& context = state_->context;
  std::vector<SourceDiagnostic> found;
  context.diagnostics = &found;
  std::stable_sort(context.files.begin(), context.files.end(),
                   [](const auto& a, const auto& b) { return *a->file < *b->file; });

  BuildAccounts(context);
  BuildManagedPolicies(context);
  BuildGroups(context);
  BuildUsers(context);
  BuildRoles(context);
  BuildInstanceProfiles(context);
  BuildProviders(context);
  BuildResources(context);
  BuildRevocations(context);
  BuildOrganizations(context);
  BuildGateways(context);
  CheckPrincipals(context);

  Tidy(&found);
  const bool failed = HasErrors(found);
  std::move(found.begin(), found.end(), std::back_inserter(*diagnostics));
  if (failed) return nullptr;
  state_->tables->listings = MakeListings(*state_->tables);
  return std::shared_ptr<const Snapshot>(new Snapshot(std::move(state_->tables)));
}

}  // namespace portcullis::store
