// Runs the oracle over decision vectors: lines of {"request", "expect", "tags"} on stdin, where a
// request has the shape of SimulateCustomPolicy. Prints every mismatch and a final count; exits
// with 1 unless every line passed.

#include <exception>
#include <iostream>
#include <string>

#include <nlohmann/json.hpp>

#include "tests/oracle/oracle.h"
#include "tests/oracle/oracle_parts.h"

namespace portcullis::oracle {
namespace {

using Json = nlohmann::json;

// What the caller is follows from the ARN. The path of a role is not in it and stays unknown.
Caller ReadCaller(const Json& request) {
  Caller caller;
  caller.kind = CallerKind::kUnnamed;
  if (!request.contains("CallerArn")) {
    return caller;
  }
  caller.arn = request["CallerArn"].get<std::string>();
  const std::vector<std::string> fields = SplitArn(caller.arn);
  if (fields.size() < 6) {
    caller.kind = CallerKind::kService;
    return caller;
  }
  caller.account = fields[4];
  const std::string type = fields[5].substr(0, fields[5].find('/'));
  caller.kind = type == "root"             ? CallerKind::kRoot
                : type == "assumed-role"   ? CallerKind::kRoleSession
                : type == "federated-user" ? CallerKind::kFederatedUser
                                           : CallerKind::kUser;
  return caller;
}

PolicySet ReadPolicies(const Json& request, const std::string& name) {
  PolicySet policies;
  for (const Json& text : request.value(name, Json::array())) {
    policies.push_back({name + "." + std::to_string(policies.size() + 1), text.get<std::string>()});
  }
  return policies;
}

// The account in the resource's ARN, else ResourceOwner, else nothing (the caller's).
std::string ReadResourceAccount(const Json& request, const std::string& resource) {
  const std::vector<std::string> fields = SplitArn(resource);
  if (fields.size() == 6 && !fields[4].empty()) {
    return fields[4];
  }
  const std::string owner = request.value("ResourceOwner", "");
  const std::vector<std::string> owner_fields = SplitArn(owner);
  return owner_fields.size() == 6 ? owner_fields[4] : owner;
}

Question ReadQuestion(const Json& request) {
  Question question;
  question.caller = ReadCaller(request);
  question.action = request["ActionNames"][0].get<std::string>();
  question.resource = "*";
  if (request.contains("ResourceArns")) {
    question.resource = request["ResourceArns"][0].get<std::string>();
  }
  question.resource_account = ReadResourceAccount(request, question.resource);
  if (question.caller.kind == CallerKind::kUnnamed) {
    question.caller.account = question.resource_account;
  }
  for (const Json& entry : request.value("ContextEntries", Json::array())) {
    const std::string type = entry["ContextKeyType"].get<std::string>();
    Values& values = question.context[entry["ContextKeyName"].get<std::string>()];
    values.values = entry["ContextKeyValues"].get<std::vector<std::string>>();
    values.multivalued = type.size() > 4 && type.substr(type.size() - 4) == "List";
  }
  question.identity = ReadPolicies(request, "PolicyInputList");
  question.federation_requires_session = false;
  const std::string boundary = "PermissionsBoundaryPolicyInputList";
  if (request.contains(boundary)) {
    question.boundary = ReadPolicies(request, boundary);
  }
  if (request.contains("ResourcePolicy")) {
    question.resource_policy =
        PolicyText{"ResourcePolicy", request["ResourcePolicy"].get<std::string>()};
  }
  AddCallerKeys(question);
  return question;
}

int Run() {
  int passed = 0;
  int failed = 0;
  std::string line;
  while (std::getline(std::cin, line)) {
    const Json vector = Json::parse(line);
    const std::string expected = vector["expect"].get<std::string>();
    std::string answer;
    try {
      answer = EffectName(Decide(ReadQuestion(vector["request"])).effect);
    } catch (const std::exception& error) {
      answer = error.what();
    }
    if (answer == expected) {
      ++passed;
      continue;
    }
    ++failed;
    std::cout << vector["request"].value("Id", "?") << ": expected " << expected << ", got "
              << answer << "; tags " << vector["tags"].dump() << "\n";
  }
  std::cout << passed << " passed, " << failed << " failed\n";
  return passed > 0 && failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace portcullis::oracle

int main() {
  return portcullis::oracle::Run();
}
