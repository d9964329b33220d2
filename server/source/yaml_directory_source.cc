#include "server/source/yaml_directory_source.h"

#include <unistd.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/time/clock.h"

#include "server/base/status_macros.h"
#include "server/base/str_cat.h"
#include "server/base/text.h"
#include "server/source/digest.h"

namespace portcullis::source {
namespace {

constexpr std::string_view kKeyExtension = ".key";
constexpr std::string_view kActiveKeyFile = "active";
constexpr std::string_view kEnvironmentPrefix = "PORTCULLIS_SECRET_";
constexpr size_t kSecretBytesMax = 65536;
constexpr size_t kSecretFilesMax = 100'000;

DirectoryTreeOptions PolicyTree(const YamlDirectoryOptions& options) {
  DirectoryTreeOptions tree;
  tree.root = options.policy_directory;
  tree.extensions = {".yaml", ".yml", ".json", ".xml"};
  tree.file_bytes_max = options.file_bytes_max;
  tree.total_bytes_max = options.total_bytes_max;
  tree.keep_contents = false;
  return tree;
}

DirectoryTreeOptions SmallFilesTree(const std::string& root) {
  DirectoryTreeOptions tree;
  tree.root = root;
  tree.file_bytes_max = kSecretBytesMax;
  tree.files_max = kSecretFilesMax;
  return tree;
}

bool IsDefinitionName(std::string_view name) {
  return name.ends_with(".yaml") || name.ends_with(".yml");
}

// The server's own environment, as secrets of the reading.
void AddEnvironment(std::vector<SourceDocument>* secrets) {
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const size_t equals = text.find('=');
    if (!text.starts_with(kEnvironmentPrefix) || equals == std::string_view::npos) continue;
    const std::string_view value = text.substr(equals + 1);
    secrets->push_back(
        {std::make_shared<const std::string>(base::StrCat("env:", text.substr(0, equals))),
         std::make_shared<const std::string>(value), DigestOf(value)});
  }
}

std::string DigestOfReading(const SourceReading& reading) {
  DigestBuilder digest;
  digest.Add("portcullis reading 1");
  for (const auto* documents : {&reading.documents, &reading.secrets}) {
    digest.Add(base::StrCat(documents->size()));
    for (const SourceDocument& document : *documents) {
      digest.Add(*document.name);
      digest.Add(document.digest);
    }
  }
  digest.Add(reading.key_ring->fingerprint());
  return digest.Finish();
}

}  // namespace

absl::StatusOr<std::shared_ptr<const session::KeyRing>> KeyRingFromFiles(
    const std::vector<SourceDocument>& files) {
  std::vector<session::KeyRingEntry> entries;
  std::string active;
  for (const SourceDocument& file : files) {
    std::string_view name = *file.name;
    if (name == kActiveKeyFile) {
      active = std::string(absl::StripAsciiWhitespace(*file.content));
      continue;
    }
    if (!name.ends_with(kKeyExtension)) continue;
    name.remove_suffix(kKeyExtension.size());
    auto entry = session::KeyRing::ParseKeyFile(name, *file.content);
    if (!entry.ok()) {
      return absl::InvalidArgumentError(base::StrCat("key file ", base::Quoted(*file.name), ": ",
                                                     std::string(entry.status().message())));
    }
    entries.push_back(*std::move(entry));
  }
  if (entries.empty()) {
    return absl::InvalidArgumentError("the key directory holds no `*.key` file");
  }
  // Files are sorted by name, so the last one has the last id.
  std::reverse(entries.begin(), entries.end());
  if (!active.empty()) {
    const auto found = std::find_if(entries.begin(), entries.end(),
                                    [&](const auto& entry) { return entry.id == active; });
    if (found == entries.end()) {
      return absl::InvalidArgumentError(base::StrCat("the file `active` names key ",
                                                     base::Quoted(active), ", which is not there"));
    }
    std::rotate(entries.begin(), found, found + 1);
  }
  return session::KeyRing::Create(std::move(entries));
}

YamlDirectorySource::YamlDirectorySource(FileSystem& files, YamlDirectoryOptions options)
    : options_(std::move(options)),
      policies_(files, PolicyTree(options_)),
      secrets_(files, SmallFilesTree(options_.secrets_directory)),
      keys_(files, SmallFilesTree(options_.key_directory)) {}

absl::StatusOr<std::shared_ptr<const std::string>> YamlDirectorySource::ReadAgain(
    const SourceDocument& document) {
  return policies_.ReadAgain(document);
}

absl::StatusOr<YamlDirectorySource::Listings> YamlDirectorySource::ListAll() {
  Listings listings;
  ASSIGN_OR_RETURN(listings.policies, policies_.List());
  if (!options_.secrets_directory.empty()) {
    ASSIGN_OR_RETURN(listings.secrets, secrets_.List());
  }
  if (!options_.key_directory.empty()) {
    ASSIGN_OR_RETURN(listings.keys, keys_.List());
  }
  const auto& files = listings.policies.files;
  if (std::none_of(files.begin(), files.end(),
                   [](const TreeListing::File& file) { return IsDefinitionName(file.name); })) {
    return absl::FailedPreconditionError(
        base::StrCat(options_.policy_directory, " holds no `*.yaml` and no `*.yml` file"));
  }
  return listings;
}

absl::StatusOr<SourceReading> YamlDirectorySource::ReadAll(const Listings& listings) {
  SourceReading reading;
  ASSIGN_OR_RETURN(reading.documents, policies_.Read(listings.policies));
  reading.directories = listings.policies.directories;
  if (!options_.secrets_directory.empty()) {
    ASSIGN_OR_RETURN(reading.secrets, secrets_.Read(listings.secrets));
    const auto& directories = listings.secrets.directories;
    reading.directories.insert(reading.directories.end(), directories.begin(), directories.end());
  }
  AddEnvironment(&reading.secrets);
  std::sort(reading.secrets.begin(), reading.secrets.end(),
            [](const auto& a, const auto& b) { return *a.name < *b.name; });
  reading.key_ring = options_.fixed_key_ring;
  if (!options_.key_directory.empty()) {
    ASSIGN_OR_RETURN(const std::vector<SourceDocument> files, keys_.Read(listings.keys));
    auto key_ring = KeyRingFromFiles(files);
    if (!key_ring.ok() && TimeUntilQuiet(listings.keys) > absl::ZeroDuration()) {
      return absl::UnavailableError(key_ring.status().message());  // It may still be written.
    }
    ASSIGN_OR_RETURN(reading.key_ring, std::move(key_ring));
    const auto& directories = listings.keys.directories;
    reading.directories.insert(reading.directories.end(), directories.begin(), directories.end());
  }
  if (reading.key_ring == nullptr) {
    return absl::InvalidArgumentError("neither a key directory nor a key ring is configured");
  }
  reading.digest = DigestOfReading(reading);
  return reading;
}

absl::Status YamlDirectorySource::CheckUnchanged(const Listings& before) {
  ASSIGN_OR_RETURN(const Listings after, ListAll());
  if (after == before) return absl::OkStatus();
  return absl::UnavailableError("changed while it was being read");
}

// At most the period: the times are another machine's on a network, whose clock may be ahead.
absl::Duration YamlDirectorySource::TimeUntilQuiet(const TreeListing& listing) const {
  if (!listing.data_link.empty()) return absl::ZeroDuration();
  const absl::Time newest = absl::FromUnixNanos(NewestChangeNanoseconds(listing));
  const absl::Duration left = newest + options_.quiet_period - absl::Now();
  return std::clamp(left, absl::ZeroDuration(), options_.quiet_period);
}

absl::StatusOr<SourceReading> YamlDirectorySource::Load() {
  absl::Status last = absl::UnavailableError("was not read");
  for (int attempt = 0; attempt < options_.attempts_max; ++attempt) {
    if (attempt > 0) absl::SleepFor(options_.quiet_period);
    const auto listings = ListAll();
    if (!listings.ok() && !absl::IsUnavailable(listings.status())) return listings.status();
    if (!listings.ok()) {
      last = listings.status();
      continue;
    }
    // Waiting once is enough: what stays the same for so long is quiet, whatever its times say.
    absl::SleepFor(std::max(TimeUntilQuiet(listings->policies), TimeUntilQuiet(listings->secrets)));
    auto reading = ReadAll(*listings);
    if (!reading.ok() && !absl::IsUnavailable(reading.status())) return reading.status();
    last = reading.ok() ? CheckUnchanged(*listings) : reading.status();
    if (last.ok()) return reading;
    if (!absl::IsUnavailable(last)) return last;
  }
  return absl::UnavailableError(base::StrCat(options_.policy_directory, " ",
                                             std::string(last.message()), " (",
                                             options_.attempts_max, " times)"));
}

}  // namespace portcullis::source
