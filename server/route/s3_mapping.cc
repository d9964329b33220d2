#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"

#include "server/base/percent.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/route/mapping_internal.h"
#include "server/route/path_internal.h"
#include "server/route/refusal.h"
#include "server/route/s3_operations_internal.h"

namespace portcullis::route {
namespace {

using base::Concat;
using base::Quoted;

constexpr size_t kParametersMax = 32;  // Far more than any operation has.
constexpr size_t kTagsMax = 10;        // Of one object.
constexpr size_t kBucketBytesMin = 3;
constexpr size_t kBucketBytesMax = 63;
constexpr std::string_view kArnPrefix = "arn:aws:s3:::";
constexpr std::string_view kCopySource = "x-amz-copy-source";
constexpr std::string_view kTagging = "x-amz-tagging";

absl::Status Unmappable(std::string_view detail) {
  return Refuse(Refusal::kUnmappable, detail);
}

bool IsBucketName(std::string_view text) {
  return text.size() >= kBucketBytesMin && text.size() <= kBucketBytesMax &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
         });
}

S3Scope ScopeOf(const CanonicalRequest& canonical) {
  if (canonical.segments.empty()) return S3Scope::kService;
  return canonical.segments.size() == 1 ? S3Scope::kBucket : S3Scope::kObject;
}

// "arn:aws:s3:::bucket/key" for "/bucket/key", "arn:aws:s3:::bucket" for "/bucket/".
std::string ArnOf(std::string_view path, S3Scope scope) {
  // The only resource of that permission, whichever buckets there are.
  if (scope == S3Scope::kService) return Concat({kArnPrefix, "*"});
  path.remove_prefix(1);
  if (scope == S3Scope::kBucket && path.ends_with('/')) path.remove_suffix(1);
  return Concat({kArnPrefix, path});
}

bool IsOperation(const S3Operation& operation, const CanonicalRequest& canonical, S3Scope scope) {
  if (operation.scope != scope || operation.method != canonical.method) return false;
  bool found = operation.subresource.empty();
  for (const QueryParameter& parameter : canonical.query) {
    if (!operation.subresource.empty() && parameter.name == operation.subresource) {
      found = true;
    } else if (!IsWordOf(operation.parameters, parameter.name) &&
               !IsS3CommonParameter(parameter.name)) {
      return false;
    }
  }
  return found;
}

const S3Operation* FindOperation(const CanonicalRequest& canonical, S3Scope scope) {
  const auto operations = S3Operations();
  const auto* const found = std::find_if(
      operations.begin(), operations.end(),
      [&](const S3Operation& operation) { return IsOperation(operation, canonical, scope); });
  return found == operations.end() ? nullptr : found;
}

// Two of one name, or names that differ in case only, mean different things to different readers.
absl::Status CheckQuery(const CanonicalRequest& canonical) {
  const std::vector<QueryParameter>& query = canonical.query;
  if (query.size() > kParametersMax) return Unmappable("no operation has so many parameters");
  for (size_t i = 0; i < query.size(); ++i) {
    if (query[i].has_semicolon) {
      return Refuse(Refusal::kMissingValue, "a `;` in the query separates parameters to some");
    }
    for (size_t j = 0; j < i; ++j) {
      if (!absl::EqualsIgnoreCase(query[i].name, query[j].name)) continue;
      return Refuse(Refusal::kMissingValue, Concat({"the query parameter ", Quoted(query[i].name),
                                                    " occurs several times"}));
    }
  }
  return absl::OkStatus();
}

bool HasControl(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\x7F'; });
}

absl::Status AddKey(std::string_view key, std::vector<std::string> values, Question* question) {
  const bool valid = std::none_of(values.begin(), values.end(), [](const std::string& value) {
    return HasControl(value) || !base::IsValidUtf8(value);
  });
  if (!valid) {
    return Refuse(Refusal::kMalformed,
                  Concat({"the value of ", Quoted(key), " has control characters or no UTF-8"}));
  }
  question->context.push_back({std::string(key), std::move(values)});
  return absl::OkStatus();
}

absl::Status AddParameterKeys(const CanonicalRequest& canonical, Question* question) {
  for (const S3Key& row : S3ParameterKeys()) {
    const QueryParameter* const parameter = canonical.FindQuery(row.source);
    if (parameter == nullptr) continue;
    RETURN_IF_ERROR(CheckReading(*parameter));
    RETURN_IF_ERROR(AddKey(row.key, {parameter->value}, question));
  }
  return absl::OkStatus();
}

// "Project=x&Class=y" of the header x-amz-tagging.
absl::Status AddTagKeys(std::string_view tags, Question* question) {
  std::vector<std::string> names;
  while (!tags.empty()) {
    const size_t end = std::min(tags.find('&'), tags.size());
    const std::string_view tag = tags.substr(0, end);
    tags.remove_prefix(std::min(end + 1, tags.size()));
    const size_t equals = std::min(tag.find('='), tag.size());
    std::string name;
    std::string value;
    if (!base::DecodeFormInto(tag.substr(0, equals), &name) ||
        !base::DecodeFormInto(tag.substr(std::min(equals + 1, tag.size())), &value) ||
        name.empty() || HasControl(name) || !base::IsValidUtf8(name) ||
        std::find(names.begin(), names.end(), name) != names.end() || names.size() >= kTagsMax) {
      return Unmappable("the tags of the object are not clear");
    }
    RETURN_IF_ERROR(AddKey(Concat({"s3:RequestObjectTag/", name}), {std::move(value)}, question));
    names.push_back(std::move(name));
  }
  return AddKey("s3:RequestObjectTagKeys", std::move(names), question);
}

absl::Status AddHeaderKeys(const Request& request, Question* question) {
  for (const S3Key& row : S3HeaderKeys()) {
    if (!HasHeader(request, row.source)) continue;
    ASSIGN_OR_RETURN(const std::string_view value, OnlyHeaderValue(request, row.source));
    RETURN_IF_ERROR(AddKey(row.key, {std::string(value)}, question));
  }
  if (!HasHeader(request, kTagging)) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::string_view tags, OnlyHeaderValue(request, kTagging));
  return AddTagKeys(tags, question);
}

void AddItem(std::string_view action, const std::string& resource, Question* question) {
  std::string name = Concat({"s3:", action});
  const bool again = std::any_of(
      question->items.begin(), question->items.end(),
      [&](const QuestionItem& item) { return item.action == name && item.resource == resource; });
  if (!again) question->items.push_back({std::move(name), resource});
}

// The source of a copy is read: "[/]bucket/key[?versionId=v]", encoded as in a path.
absl::Status AddCopySource(const Values& values, Question* question) {
  ASSIGN_OR_RETURN(std::string_view source, OnlyHeaderValue(values.request, kCopySource));
  constexpr std::string_view kVersionId = "versionId=";
  if (source.find('+') != std::string_view::npos) {
    return Unmappable("the source of the copy has a `+`, which is a blank to some");
  }
  const size_t mark = source.find('?');
  std::string_view version;
  if (mark != std::string_view::npos) {
    version = source.substr(mark + 1);
    if (!version.starts_with(kVersionId) || version.size() == kVersionId.size() ||
        version.find('&') != std::string_view::npos) {
      return Unmappable("the source of the copy has parameters that are not known");
    }
  }
  source = source.substr(0, mark);
  const std::string path = Concat({source.starts_with('/') ? "" : "/", source});
  DecodedPath decoded;
  if (!DecodePath(path, values.gateway.paths, &decoded).ok() || decoded.segments.size() < 2 ||
      !IsBucketName(decoded.segments[0])) {
    return Unmappable("the source of the copy is no bucket and key");
  }
  AddItem(version.empty() ? "GetObject" : "GetObjectVersion", ArnOf(decoded.path, S3Scope::kObject),
          question);
  return AddKey("s3:x-amz-copy-source", {decoded.path.substr(1)}, question);
}

absl::Status AddItems(const S3Operation& operation, const Values& values, std::string_view action,
                      bool versioned, Question* question) {
  const Request& request = values.request;
  const std::string resource = ArnOf(values.canonical.path, operation.scope);
  if (HasHeader(request, kCopySource)) {
    const bool copies = operation.method == "PUT" && operation.action == "PutObject";
    if (!copies) return Unmappable("the operation copies nothing, but has the source of a copy");
    RETURN_IF_ERROR(AddCopySource(values, question));
  }
  AddItem(action, resource, question);
  // Attributes are shown to those who may read the object.
  if (operation.subresource == "attributes") {
    AddItem(versioned ? "GetObjectVersion" : "GetObject", resource, question);
  }
  for (const S3HeaderAction& row : S3HeaderActions()) {
    if (row.action == action && HasHeader(request, row.header)) {
      AddItem(row.further_action, resource, question);
    }
  }
  return absl::OkStatus();
}

}  // namespace

// Path style: "/bucket/key". What is no row of s3_operations_internal.cc is not asked about.
absl::Status AskS3(const MappingTarget&, const Values& values, Question* question) {
  const CanonicalRequest& canonical = values.canonical;
  const S3Scope scope = ScopeOf(canonical);
  if (scope != S3Scope::kService && !IsBucketName(canonical.segments[0])) {
    return Unmappable("the path begins with no name of a bucket");
  }
  RETURN_IF_ERROR(CheckQuery(canonical));
  const S3Operation* const operation = FindOperation(canonical, scope);
  if (operation == nullptr) return Unmappable("no operation of S3 has this method and query");
  const QueryParameter* const version = canonical.FindQuery("versionId");
  if (version != nullptr && version->value.empty()) return Unmappable("the versionId is empty");
  const bool versioned = version != nullptr && !operation->version_action.empty();
  const std::string_view action = versioned ? operation->version_action : operation->action;
  RETURN_IF_ERROR(AddItems(*operation, values, action, versioned, question));
  RETURN_IF_ERROR(AddParameterKeys(canonical, question));
  return AddHeaderKeys(values.request, question);
}

}  // namespace portcullis::route
