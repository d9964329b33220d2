#include "server/engine/authorization_message.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "server/base/error_reason.h"
#include "server/base/json_writer.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/policy/statement_text.h"
#include "server/session/sealed_message.h"

namespace portcullis::engine {
namespace {

using base::JsonWriter;

struct ContextItem {
  std::string_view key;
  policy::ContextValues values;
  size_t bytes = 0;
};

std::vector<ContextItem> ContextItems(const policy::RequestContext& context) {
  std::vector<ContextItem> items;
  context.ForEach([&](std::string_view key, const policy::ContextValues& values) {
    ContextItem item{key, values, key.size()};
    for (const std::string_view value : values.values) item.bytes += value.size();
    items.push_back(item);
  });
  return items;
}

void WriteItems(std::string_view name, const std::vector<std::string>& values, JsonWriter* json) {
  json->Key(name).BeginObject().Key("items").BeginArray();
  for (const std::string& value : values) {
    json->BeginObject().Member("value", value).EndObject();
  }
  json->EndArray().EndObject();
}

std::vector<std::string> ConditionLines(const policy::StatementText& text) {
  std::vector<std::string> lines;
  for (const policy::StatementText::Condition& condition : text.conditions) {
    std::string line = base::Concat({condition.op, " ", condition.key, ":"});
    for (const std::string& value : condition.values) line.append(" ").append(value);
    lines.push_back(std::move(line));
  }
  return lines;
}

// Empty for an implicit denial: nothing matched that could be named.
void WriteStatements(const policy::Decision& decision, JsonWriter* json) {
  json->Key("matchedStatements").BeginObject().Key("items").BeginArray();
  for (const policy::StatementRef& ref : decision.determining) {
    const policy::StatementText text = policy::DescribeStatement(*ref.statement);
    const bool allow = ref.statement->effect == policy::StatementEffect::kAllow;
    json->BeginObject();
    json->Member("statementId", ref.statement->sid);
    json->Member("effect", allow ? "ALLOW" : "DENY");
    WriteItems("principals", text.principals, json);
    WriteItems("principalGroups", {}, json);
    WriteItems("actions", text.actions, json);
    WriteItems("resources", text.resources, json);
    WriteItems("conditions", ConditionLines(text), json);
    json->EndObject();
  }
  json->EndArray().EndObject();
}

void WriteContext(const Caller& caller, const policy::AuthorizationRequest& request,
                  const std::vector<ContextItem>& items, bool truncated, JsonWriter* json) {
  json->Key("context").BeginObject();
  json->Key("principal").BeginObject();
  json->Member("id", caller.user_id);
  json->Member("arn", caller.principal.arn);
  json->EndObject();
  json->Member("action", request.action);
  json->Member("resource", request.resource);
  json->Key("conditions").BeginObject().Key("items").BeginArray();
  for (const ContextItem& item : items) {
    json->BeginObject().Member("key", item.key);
    std::vector<std::string> values(item.values.values.begin(), item.values.values.end());
    WriteItems("values", values, json);
    json->EndObject();
  }
  json->EndArray().EndObject();
  if (truncated) json->Member("truncated", true);
  json->EndObject();
}

std::string Describe(const Caller& caller, const policy::Decision& decision,
                     const policy::AuthorizationRequest& request,
                     const std::vector<ContextItem>& items, bool truncated) {
  JsonWriter json;
  json.BeginObject();
  json.Member("allowed", decision.effect == policy::Effect::kAllow);
  json.Member("explicitDeny", decision.effect == policy::Effect::kExplicitDeny);
  WriteStatements(decision, &json);
  json.Key("failures").BeginObject().Key("items").BeginArray().EndArray().EndObject();
  WriteContext(caller, request, items, truncated, &json);
  json.EndObject();
  return std::string(json.text());
}

constexpr size_t kAccountDigits = 12;

}  // namespace

std::string DescribeDecision(const Caller& caller, const policy::Decision& decision,
                             const policy::AuthorizationRequest& request) {
  return Describe(caller, decision, request, ContextItems(*request.context), false);
}

absl::StatusOr<std::string> SealDecision(const Caller& caller, const policy::Decision& decision,
                                         const policy::AuthorizationRequest& request,
                                         const session::KeyRing& ring) {
  // Service principals belong to no account; then nobody can open it, which is as good as no
  // message.
  std::string account(caller.principal.account);
  account.resize(kAccountDigits, '-');
  std::vector<ContextItem> items = ContextItems(*request.context);
  std::stable_sort(items.begin(), items.end(),
                   [](const ContextItem& a, const ContextItem& b) { return a.bytes < b.bytes; });
  const size_t all = items.size();
  while (true) {
    absl::StatusOr<std::string> sealed = session::SealMessage(
        session::MessagePurpose::kAuthorizationMessage,
        base::Concat({account, Describe(caller, decision, request, items, items.size() < all)}),
        ring);
    if (sealed.ok() || items.empty()) return sealed;
    items.resize(items.size() / 2);
  }
}

absl::StatusOr<std::string> OpenDecision(std::string_view sealed, std::string_view account,
                                         const session::KeyRing& ring) {
  absl::StatusOr<std::string> text =
      session::OpenMessage(session::MessagePurpose::kAuthorizationMessage, sealed, ring);
  if (!text.ok() || text->size() < kAccountDigits ||
      std::string_view(*text).substr(0, kAccountDigits) != account) {
    return base::ErrorWithReason(absl::StatusCode::kInvalidArgument,
                                 "InvalidAuthorizationMessageException", "Message is not valid");
  }
  return text->substr(kAccountDigits);
}

}  // namespace portcullis::engine
