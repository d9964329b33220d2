#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/base/json_reader.h"
#include "server/base/json_writer.h"
#include "server/base/node.h"
#include "server/base/numbers.h"
#include "server/base/text.h"
#include "server/policy/simulation.h"

namespace portcullis::policy {
namespace {

constexpr std::string_view kValidationError = "ValidationError";
constexpr size_t kLineBytesMax = 1 << 20;
constexpr uint32_t kLineDepthMax = 8;
constexpr uint64_t kMaxItemsMax = 1000;
constexpr uint64_t kMarkerMax = 1000000;

// What a line asks for beside the simulation: how to name the answer, and which part of it to give.
struct LineOptions {
  const base::Node* id = nullptr;
  std::optional<uint64_t> items_max;
  uint64_t first_item = 0;
};

// Translates a line into a request. The first mistake ends it and stays in `error`.
class LineReader {
 public:
  LineReader(SimulationRequest* request, LineOptions* options)
      : request_(*request), options_(*options) {}

  // Returns whether the line is a request.
  bool Read(const base::Node& root) {
    if (!root.is_mapping()) {
      return Fail(
          base::Concat({"a request must be a mapping, not a ", base::NodeKindName(root.kind)}));
    }
    // Whatever else is wrong, the answer carries the Id.
    if (const base::Node* id = root.Find("Id"); id != nullptr && !ReadId(*id)) return false;
    return std::all_of(root.children().begin(), root.children().end(),
                       [this](const base::Node& member) { return ReadMember(member); });
  }

  const std::string& error() const { return error_; }

 private:
  using Reader = bool (LineReader::*)(const base::Node&);
  struct Member {
    std::string_view name;
    Reader reader;
  };

  bool Fail(std::string message) {
    error_ = std::move(message);
    return false;
  }

  bool FailKind(const base::Node& node, std::string_view name, std::string_view expected) {
    return Fail(
        base::Concat({name, " must be ", expected, ", not a ", base::NodeKindName(node.kind)}));
  }

  bool ReadMember(const base::Node& member) {
    static constexpr std::array<Member, 12> kMembers = {{
        {"Id", &LineReader::ReadId},
        {"PolicyInputList", &LineReader::ReadPolicies},
        {"PermissionsBoundaryPolicyInputList", &LineReader::ReadBoundaries},
        {"ActionNames", &LineReader::ReadActions},
        {"ResourceArns", &LineReader::ReadResources},
        {"ResourcePolicy", &LineReader::ReadResourcePolicy},
        {"ResourceOwner", &LineReader::ReadOwner},
        {"CallerArn", &LineReader::ReadCaller},
        {"ContextEntries", &LineReader::ReadContextEntries},
        {"ResourceHandlingOption", &LineReader::ReadHandlingOption},
        {"MaxItems", &LineReader::ReadMaxItems},
        {"Marker", &LineReader::ReadMarker},
    }};
    for (const Member& known : kMembers) {
      if (member.key == known.name) return (this->*known.reader)(member);
    }
    return Fail(base::Concat({"unknown member ", base::Quoted(member.key)}));
  }

  bool ReadString(const base::Node& node, std::string_view name, std::string* value) {
    if (node.kind != base::NodeKind::kString) return FailKind(node, name, "a string");
    value->assign(node.text);
    return true;
  }

  // Texts that are given must not be empty: an empty one would read as not given.
  bool ReadText(const base::Node& node, std::string* value) {
    if (!ReadString(node, node.key, value)) return false;
    return !value->empty() || Fail(base::Concat({node.key, " is empty"}));
  }

  bool ReadStrings(const base::Node& node, std::vector<std::string>* values) {
    if (!node.is_sequence()) return FailKind(node, node.key, "a list of strings");
    values->reserve(node.child_count);
    for (const base::Node& child : node.children()) {
      if (!ReadString(child, base::Concat({"an element of ", node.key}), &values->emplace_back())) {
        return false;
      }
    }
    return true;
  }

  bool ReadId(const base::Node& node) {
    if (node.kind != base::NodeKind::kString && node.kind != base::NodeKind::kNumber) {
      return FailKind(node, "Id", "a string");
    }
    options_.id = &node;
    return true;
  }

  bool ReadPolicies(const base::Node& node) {
    return ReadStrings(node, &request_.policy_input_list);
  }
  bool ReadBoundaries(const base::Node& node) {
    return ReadStrings(node, &request_.permissions_boundary_policy_input_list);
  }
  bool ReadActions(const base::Node& node) { return ReadStrings(node, &request_.action_names); }
  bool ReadResources(const base::Node& node) { return ReadStrings(node, &request_.resource_arns); }
  bool ReadResourcePolicy(const base::Node& node) {
    return ReadText(node, &request_.resource_policy);
  }
  bool ReadOwner(const base::Node& node) { return ReadText(node, &request_.resource_owner); }
  bool ReadCaller(const base::Node& node) { return ReadText(node, &request_.caller_arn); }
  bool ReadHandlingOption(const base::Node& node) {
    return ReadText(node, &request_.resource_handling_option);
  }

  bool ReadContextEntries(const base::Node& node) {
    if (!node.is_sequence()) return FailKind(node, node.key, "a list of mappings");
    request_.context_entries.reserve(node.child_count);
    return std::all_of(node.children().begin(), node.children().end(),
                       [this](const base::Node& entry) { return ReadContextEntry(entry); });
  }

  bool ReadContextEntry(const base::Node& node) {
    if (!node.is_mapping()) return FailKind(node, "an element of ContextEntries", "a mapping");
    SimulationContextEntry& entry = request_.context_entries.emplace_back();
    for (const base::Node& member : node.children()) {
      bool valid = false;
      if (member.key == "ContextKeyName") {
        valid = ReadText(member, &entry.name);
      } else if (member.key == "ContextKeyType") {
        valid = ReadText(member, &entry.type);
      } else if (member.key == "ContextKeyValues") {
        valid = ReadStrings(member, &entry.values);
      } else {
        return Fail(
            base::Concat({"unknown member ", base::Quoted(member.key), " in ContextEntries"}));
      }
      if (!valid) return false;
    }
    if (!entry.name.empty() && !entry.type.empty()) return true;
    return Fail("an element of ContextEntries needs ContextKeyName and ContextKeyType");
  }

  bool ReadMaxItems(const base::Node& node) {
    if (node.kind != base::NodeKind::kNumber) return FailKind(node, "MaxItems", "a number");
    options_.items_max = base::ParseUnsigned(node.text, kMaxItemsMax);
    if (options_.items_max.value_or(0) > 0) return true;
    return Fail("MaxItems must be a whole number from 1 to 1000");
  }

  bool ReadMarker(const base::Node& node) {
    if (node.kind != base::NodeKind::kString) return FailKind(node, "Marker", "a string");
    const std::optional<uint64_t> first = base::ParseUnsigned(node.text, kMarkerMax);
    if (!first.has_value()) return Fail("Marker is not one that was returned");
    options_.first_item = *first;
    return true;
  }

  SimulationRequest& request_;
  LineOptions& options_;
  std::string error_;
};

// Writes results in the shape of AWS's answers.
class ResultWriter {
 public:
  // `specific`: resources were named, so that each result repeats itself under its resource.
  ResultWriter(base::JsonWriter* writer, bool specific) : writer_(*writer), specific_(specific) {}

  void Write(const SimulationResult& result) {
    writer_.BeginObject();
    writer_.Member("EvalActionName", result.action_name);
    writer_.Member("EvalResourceName", result.resource_name);
    writer_.Member("EvalDecision", EffectName(result.effect));
    WriteStatements(result.matched_statements);
    WriteMissingKeys(result.missing_context_values);
    if (result.allowed_by_organizations.has_value()) {
      writer_.Key("OrganizationsDecisionDetail").BeginObject();
      writer_.Member("AllowedByOrganizations", *result.allowed_by_organizations).EndObject();
    }
    WriteBoundaryDetail(result);
    WriteDecisionDetails(result);
    if (specific_) WriteSpecificResult(result);
    writer_.EndObject();
  }

 private:
  void WritePosition(std::string_view name, base::Position position) {
    writer_.Key(name).BeginObject();
    writer_.Member("Line", int64_t{position.line}).Member("Column", int64_t{position.column});
    writer_.EndObject();
  }

  void WriteStatements(const std::vector<SimulatedStatement>& statements) {
    writer_.Key("MatchedStatements").BeginArray();
    for (const SimulatedStatement& statement : statements) {
      writer_.BeginObject();
      writer_.Member("SourcePolicyId", statement.source_policy_id);
      writer_.Member("SourcePolicyType", statement.source_policy_type);
      WritePosition("StartPosition", statement.start);
      WritePosition("EndPosition", statement.end);
      writer_.EndObject();
    }
    writer_.EndArray();
  }

  void WriteMissingKeys(const std::vector<std::string>& names) {
    writer_.Key("MissingContextValues").BeginArray();
    for (const std::string& name : names) writer_.String(name);
    writer_.EndArray();
  }

  void WriteBoundaryDetail(const SimulationResult& result) {
    if (!result.allowed_by_permissions_boundary.has_value()) return;
    writer_.Key("PermissionsBoundaryDecisionDetail").BeginObject();
    writer_.Member("AllowedByPermissionsBoundary", *result.allowed_by_permissions_boundary);
    writer_.EndObject();
  }

  // absent for `*` and where an organization's policies decide.
  void WriteDecisionDetails(const SimulationResult& result) {
    if (result.resource_name == "*" || !result.allowed_by_organizations.value_or(true)) return;
    writer_.Key("EvalDecisionDetails").BeginObject();
    if (result.identity_decision.has_value()) {
      writer_.Member("IAM Policy", EffectName(*result.identity_decision));
    }
    if (result.resource_decision.has_value()) {
      writer_.Member("Resource Policy", EffectName(*result.resource_decision));
    }
    writer_.EndObject();
  }

  void WriteSpecificResult(const SimulationResult& result) {
    writer_.Key("ResourceSpecificResults").BeginArray().BeginObject();
    writer_.Member("EvalResourceName", result.resource_name);
    writer_.Member("EvalResourceDecision", EffectName(result.effect));
    WriteStatements(result.matched_statements);
    WriteMissingKeys(result.missing_context_values);
    WriteDecisionDetails(result);
    WriteBoundaryDetail(result);
    writer_.EndObject().EndArray();
  }

  base::JsonWriter& writer_;
  const bool specific_;
};

void WriteError(const LineOptions& options, const SimulationError& error,
                base::JsonWriter* writer) {
  writer->BeginObject();
  if (options.id != nullptr) writer->Key("Id").Value(*options.id);
  writer->Key("Error").BeginObject();
  writer->Member("Code", error.code).Member("Message", error.message);
  writer->EndObject().EndObject();
}

void WriteResults(const LineOptions& options, bool specific,
                  const std::vector<SimulationResult>& results, base::JsonWriter* writer) {
  const uint64_t first = std::min<uint64_t>(options.first_item, results.size());
  const uint64_t count =
      std::min<uint64_t>(options.items_max.value_or(results.size()), results.size() - first);
  writer->BeginObject();
  if (options.id != nullptr) writer->Key("Id").Value(*options.id);
  writer->Key("EvaluationResults").BeginArray();
  ResultWriter result_writer(writer, specific);
  for (uint64_t i = first; i < first + count; ++i) result_writer.Write(results[i]);
  writer->EndArray();
  const bool truncated = first + count < results.size();
  writer->Member("IsTruncated", truncated);
  if (truncated) writer->Member("Marker", std::to_string(first + count));
  writer->EndObject();
}

}  // namespace

void SimulateJsonLine(std::string_view line, base::JsonWriter* writer) {
  writer->Clear();
  base::NodeTree tree;
  std::vector<base::TextError> errors;
  LineOptions options;
  if (!base::ReadJson(line, {.bytes_max = kLineBytesMax, .depth_max = kLineDepthMax}, &tree,
                      &errors)) {
    const base::TextError& first = errors.front();
    WriteError(
        options,
        {std::string(kValidationError),
         base::Concat({"column ", std::to_string(first.position.column), ": ", first.message})},
        writer);
    return;
  }
  SimulationRequest request;
  LineReader reader(&request, &options);
  if (!reader.Read(tree.root())) {
    WriteError(options, {std::string(kValidationError), reader.error()}, writer);
    return;
  }
  std::vector<SimulationResult> results;
  const SimulationError error = Simulate(request, {}, &results);
  if (!error.code.empty()) {
    WriteError(options, error, writer);
  } else {
    WriteResults(options, !request.resource_arns.empty(), results, writer);
  }
}

}  // namespace portcullis::policy
