// One conformance case: a question about a policy, and the answer the language reference demands.
#ifndef PORTCULLIS_TESTS_CONFORMANCE_CASE_H_
#define PORTCULLIS_TESTS_CONFORMANCE_CASE_H_

#include <optional>
#include <string>
#include <vector>

namespace portcullis::conformance {

// What a document is saved as; the words of the case files' `type` and `in`.
enum class DocumentType { kInline, kManaged, kBoundary, kSession, kResource, kTrust, kScp, kRcp };

enum class CallerKind {
  kAnonymous,
  kRoot,
  kUser,
  kRoleSession,
  kFederatedUser,
  kService,
  kWebIdentity,
};

struct Caller {
  CallerKind kind = CallerKind::kAnonymous;
  std::string arn;
  std::string account;
  std::string role_arn;     // Role session: with its path.
  std::string creator_arn;  // Federated user.
  std::string unique_id;
  std::string federated_provider;  // Web identity.
};

// A document in JSON.
struct Document {
  std::string id;
  DocumentType type = DocumentType::kInline;
  std::string json;
};

struct ContextEntry {
  std::string name;
  std::vector<std::string> values;
  bool list = false;  // Written as a list: multivalued.
};

struct Question {
  Caller caller;
  std::string action;
  std::string resource;
  std::string resource_owner;  // Empty: not known.
  std::vector<ContextEntry> context;
  std::vector<std::string> ambiguous;  // Tag keys of which a second spelling exists.
  std::vector<Document> identity;
  bool identity_is_all = false;
  std::optional<Document> boundary;
  std::optional<std::vector<Document>> session;
  std::optional<Document> resource_policy;
  bool requires_resource_policy = false;
  std::vector<std::vector<Document>> scp;
  std::vector<std::vector<Document>> rcp;
};

enum class Want { kAllow, kImplicitDeny, kExplicitDeny, kInvalid, kValid };

// The evaluators' answers in the case files' words.
struct Answer {
  Want effect = Want::kImplicitDeny;
  std::vector<std::string> by;  // Sids of the determining statements, sorted.
  std::string limited_by;       // Empty: this evaluator does not say.
};

// Exactly one of `question`, `document` and `supply` is set.
struct Case {
  std::string file;  // As opened: "tests/conformance/keys/session.yaml".
  int line = 0;
  std::string suite;  // "keys/session".
  std::string group;  // The mapping key above the case; empty for a plain list.
  std::string
      name;  // Unique in its group; "/allow" or "/deny" appended where a case stands for two.
  std::vector<std::string> rules;

  std::optional<Question> question;
  Want want = Want::kImplicitDeny;
  std::optional<std::vector<std::string>> by;
  std::string limited_by;  // Empty: not asked.

  std::optional<Document> document;
  std::string error;  // kInvalid: part of the first diagnostic; empty: any.

  std::string supply;  // A condition key, and who may put it into a request.
  bool by_caller = false;
  std::optional<bool> by_trusted;
};

// Reads every *.yaml below `directory`, in the order of their paths. Throws std::runtime_error with
// `file:line: what` for whatever is not understood: an unknown field is an error.
std::vector<Case> LoadCases(const std::string& directory);

}  // namespace portcullis::conformance

#endif  // PORTCULLIS_TESTS_CONFORMANCE_CASE_H_
