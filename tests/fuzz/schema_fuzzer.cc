// A definition file as a whole: YAML, fields, policies in it, and a document it may refer to.
// Whatever it is, it is understood or refused with at least one error.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "server/source/schema.h"
#include "server/store/snapshot_builder.h"

namespace {

using portcullis::source::SourceDocument;

SourceDocument MakeDocument(std::string_view name, std::string_view content) {
  return {std::make_shared<const std::string>(name), std::make_shared<const std::string>(content),
          "digest"};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const SourceDocument file = MakeDocument("a.yaml", text);
  const SourceDocument json = MakeDocument("p.json", text);
  const SourceDocument xml =
      MakeDocument("p.xml", "<EntityDescriptor/>" + std::string(text) + std::string(1000, ' '));
  const SourceDocument secret = MakeDocument("s", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
  portcullis::source::References references;
  references.document = [&](std::string_view name) {
    return name == "p.json" ? &json : name == "p.xml" ? &xml : nullptr;
  };
  references.secret = [&](std::string_view) { return &secret; };
  portcullis::source::ParseLimits limits;
  limits.yaml.bytes_max = 65536;
  const auto parsed = portcullis::source::ParseDefinitions(file, references, limits);
  const bool has_error =
      std::any_of(parsed.diagnostics.begin(), parsed.diagnostics.end(), [](const auto& item) {
        return item.diagnostic.severity == portcullis::policy::Severity::kError;
      });
  if ((parsed.definitions == nullptr) != has_error) std::abort();
  if (parsed.definitions == nullptr) return 0;
  portcullis::store::SnapshotBuilder builder{portcullis::store::Quotas()};
  builder.SetDigest("digest");
  builder.Add(parsed.definitions);
  std::vector<portcullis::store::SourceDiagnostic> diagnostics;
  builder.Build(&diagnostics);
  return 0;
}
