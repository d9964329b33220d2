#include "server/source/definition_cache.h"

#include <algorithm>
#include <atomic>
#include <string_view>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "absl/container/node_hash_map.h"
#include "absl/synchronization/mutex.h"

#include "server/base/str_cat.h"
#include "server/base/text.h"

namespace portcullis::source {
namespace {

using DocumentMap = absl::flat_hash_map<std::string_view, const SourceDocument*>;

DocumentMap IndexOf(const std::vector<SourceDocument>& documents) {
  DocumentMap index;
  index.reserve(documents.size());
  for (const SourceDocument& document : documents) index.emplace(*document.name, &document);
  return index;
}

const SourceDocument* FindIn(const DocumentMap& index, std::string_view name) {
  const auto found = index.find(name);
  return found == index.end() ? nullptr : found->second;
}

// The documents of a reading, with contents that it lacks as soon as somebody needs them.
class Documents {
 public:
  Documents(const SourceReading& reading, PolicySource* source)
      : documents_(IndexOf(reading.documents)),
        secrets_(IndexOf(reading.secrets)),
        source_(source) {}

  // nullptr: there is none of that name. Without the content.
  const SourceDocument* Find(const Dependency& dependency) const {
    return FindIn(dependency.kind == Dependency::Kind::kDocument ? documents_ : secrets_,
                  dependency.name);
  }

  const SourceDocument* FindSecret(std::string_view name) const { return FindIn(secrets_, name); }

  // The document with its content, or empty if that cannot be had: see status(). Thread-safe.
  const SourceDocument* Complete(const SourceDocument* document) {
    if (document == nullptr || document->content != nullptr) return document;
    const absl::MutexLock lock(&mutex_);
    auto [completed, added] = completed_.try_emplace(*document->name, *document);
    if (!added) return &completed->second;
    auto content = source_ == nullptr ? absl::InternalError("a document has no content")
                                      : source_->ReadAgain(*document);
    status_.Update(content.status());
    completed->second.content =
        content.ok() ? *std::move(content) : std::make_shared<const std::string>();
    return &completed->second;
  }
  const SourceDocument* CompleteByName(std::string_view name) {
    return Complete(FindIn(documents_, name));
  }

  // Not OK: what was made of these documents is worth nothing.
  absl::Status status() const {
    const absl::MutexLock lock(&mutex_);
    return status_;
  }

 private:
  const DocumentMap documents_;
  const DocumentMap secrets_;
  PolicySource* const source_;

  mutable absl::Mutex mutex_;
  absl::node_hash_map<std::string, SourceDocument> completed_ ABSL_GUARDED_BY(mutex_);
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
};

bool IsCurrent(const Dependency& dependency, const Documents& documents) {
  const SourceDocument* document = documents.Find(dependency);
  return dependency.digest == (document == nullptr ? std::string() : document->digest);
}

bool HasError(const std::vector<store::SourceDiagnostic>& diagnostics) {
  return std::any_of(diagnostics.begin(), diagnostics.end(), [](const auto& item) {
    return item.diagnostic.severity == policy::Severity::kError;
  });
}

// Runs `work(0)` to `work(count - 1)` on up to `threads_max` threads.
template <typename Work>
void InParallel(size_t count, size_t threads_max, const Work& work) {
  std::atomic<size_t> next = 0;
  const auto run = [&] {
    for (size_t i = next.fetch_add(1); i < count; i = next.fetch_add(1)) work(i);
  };
  std::vector<std::thread> threads;
  for (size_t i = 1; i < std::min(count, threads_max); ++i) threads.emplace_back(run);
  run();
  for (std::thread& thread : threads) thread.join();
}

bool IsDefinitionFile(const SourceDocument& document) {
  return document.name->ends_with(".yaml") || document.name->ends_with(".yml");
}

// Other files nobody refers to: most likely a reference was forgotten.
void WarnUnused(const SourceReading& reading, const absl::flat_hash_set<std::string_view>& used,
                std::vector<store::SourceDiagnostic>* diagnostics) {
  for (const SourceDocument& document : reading.documents) {
    if (IsDefinitionFile(document) || used.contains(*document.name)) continue;
    policy::Diagnostic diagnostic;
    diagnostic.severity = policy::Severity::kWarning;
    diagnostic.position = {1, 1};
    diagnostic.message = "no definition refers to this file";
    diagnostics->push_back({*document.name, std::move(diagnostic)});
  }
}

}  // namespace

DefinitionCache::DefinitionCache(const ParseLimits& limits, size_t threads_max)
    : limits_(limits), threads_max_(std::max<size_t>(threads_max, 1)) {}

DefinitionCache::Result DefinitionCache::Parse(const SourceReading& reading, PolicySource* source) {
  Documents documents(reading, source);
  References references;
  references.document = [&](std::string_view name) { return documents.CompleteByName(name); };
  references.secret = [&](std::string_view name) { return documents.FindSecret(name); };

  // What is known is taken over; what is not is parsed.
  absl::flat_hash_map<std::string, Entry> entries;
  entries.reserve(reading.documents.size());
  std::vector<std::pair<const SourceDocument*, ParsedFile>> unknown;
  for (const SourceDocument& document : reading.documents) {
    if (!IsDefinitionFile(document)) continue;
    const auto known = entries_.find(*document.name);
    if (known != entries_.end() && known->second.digest == document.digest &&
        std::all_of(known->second.file.dependencies.begin(), known->second.file.dependencies.end(),
                    [&](const Dependency& item) { return IsCurrent(item, documents); })) {
      entries.emplace(*document.name, std::move(known->second));
    } else {
      unknown.emplace_back(&document, ParsedFile());
    }
  }
  InParallel(unknown.size(), threads_max_, [&](size_t i) {
    const SourceDocument* const document = documents.Complete(unknown[i].first);
    unknown[i].second = ParseDefinitions(*document, references, limits_);
  });
  Result result;
  result.readable = documents.status();
  if (result.readable.ok()) {
    for (auto& [document, file] : unknown) {
      entries.emplace(*document->name, Entry{document->digest, std::move(file)});
    }
  }
  entries_ = std::move(entries);
  if (!result.readable.ok()) return result;

  // A YAML file that others refer to as a policy document is that, and no definition file.
  absl::flat_hash_set<std::string_view> referenced;
  for (const auto& [name, entry] : entries_) {
    for (const Dependency& dependency : entry.file.dependencies) {
      if (dependency.kind == Dependency::Kind::kDocument) referenced.insert(dependency.name);
    }
  }
  result.parsed = unknown.size();
  for (const SourceDocument& document : reading.documents) {
    const auto entry = entries_.find(*document.name);
    if (entry == entries_.end() || referenced.contains(*document.name)) continue;
    const ParsedFile& file = entry->second.file;
    result.diagnostics.insert(result.diagnostics.end(), file.diagnostics.begin(),
                              file.diagnostics.end());
    if (file.definitions != nullptr) result.files.push_back(file.definitions);
  }
  WarnUnused(reading, referenced, &result.diagnostics);
  result.ok = !HasError(result.diagnostics);
  return result;
}

}  // namespace portcullis::source
