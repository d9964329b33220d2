#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "yaml-cpp/yaml.h"

#include "tests/conformance/case.h"
#include "tests/conformance/case_json.h"

namespace portcullis::conformance {
namespace {

constexpr std::string_view kCaller = "arn:aws:iam::111122223333:user/ana";
constexpr std::string_view kForeignAccount = "999999999999";
constexpr std::string_view kVersion = "2012-10-17";

constexpr std::string_view kFields[] = {
    "name",
    "rule",
    "want",
    "by",
    "limited_by",
    "error",
    "caller",
    "action",
    "resource",
    "resource_owner",
    "context",
    "ambiguous",
    "identity",
    "boundary",
    "session",
    "scp",
    "rcp",
    "trust",
    "version",
    "resource_policy",
    "policies",
    "condition",
    "holds",
    "statement",
    "matches",
    "in",
    "without",
    "effects",
    "document",
    "type",
    "supply",
    "by_caller",
    "by_trusted",
    "identity_is_all",
    "requires_resource_policy",
};

// A statement that allows everything, for the policies around the one in question.
std::string AllowAll(bool principal) {
  return StatementJson(YAML::Node(YAML::NodeType::Map),
                       {.effect = "Allow", .principal = principal, .without = {"Sid"}});
}

std::string AccountOf(const std::string& arn) {
  std::istringstream fields(arn);
  std::string field;
  for (int i = 0; i < 5; ++i) {
    if (!std::getline(fields, field, ':')) return "";
  }
  return field;
}

DocumentType TypeNamed(const std::string& name) {
  static const auto* const kNames = new std::map<std::string, DocumentType>{
      {"identity", DocumentType::kInline}, {"inline", DocumentType::kInline},
      {"managed", DocumentType::kManaged}, {"boundary", DocumentType::kBoundary},
      {"session", DocumentType::kSession}, {"resource", DocumentType::kResource},
      {"trust", DocumentType::kTrust},     {"scp", DocumentType::kScp},
      {"rcp", DocumentType::kRcp},
  };
  return kNames->at(name);
}

bool NamesPrincipals(DocumentType type) {
  return type == DocumentType::kResource || type == DocumentType::kTrust ||
         type == DocumentType::kRcp;
}

Want WantNamed(const std::string& name) {
  static const auto* const kNames = new std::map<std::string, Want>{
      {"ALLOW", Want::kAllow},
      {"IMPLICIT_DENY", Want::kImplicitDeny},
      {"EXPLICIT_DENY", Want::kExplicitDeny},
      {"INVALID", Want::kInvalid},
      {"VALID", Want::kValid},
  };
  return kNames->at(name);
}

CallerKind KindOfArn(const std::string& arn) {
  if (arn == "anonymous") return CallerKind::kAnonymous;
  if (!arn.starts_with("arn:")) return CallerKind::kService;
  if (arn.ends_with(":root")) return CallerKind::kRoot;
  if (arn.find(":assumed-role/") != std::string::npos) return CallerKind::kRoleSession;
  if (arn.find(":federated-user/") != std::string::npos) return CallerKind::kFederatedUser;
  if (arn.find(":user/") != std::string::npos) return CallerKind::kUser;
  throw std::runtime_error("not a caller: " + arn);
}

// The ARN of a session's role, if that role has no path.
std::string RoleOfSession(const std::string& arn) {
  const std::string marker = ":assumed-role/";
  const size_t begin = arn.find(marker) + marker.size();
  return "arn:aws:iam::" + AccountOf(arn) + ":role/" +
         arn.substr(begin, arn.find('/', begin) - begin);
}

Caller ReadCaller(const YAML::Node& node) {
  Caller caller;
  const YAML::Node map = node.IsMap() ? node : YAML::Node(YAML::NodeType::Map);
  const auto text = [&map](const char* field) {
    return map[field] ? map[field].Scalar() : std::string();
  };
  if (text("kind") == "web-identity") {
    caller.kind = CallerKind::kWebIdentity;
    caller.federated_provider = text("federated_provider");
    return caller;
  }
  caller.arn = node.IsMap() ? text("arn") : node.Scalar();
  caller.kind = KindOfArn(caller.arn);
  if (caller.kind == CallerKind::kAnonymous) {
    caller.arn.clear();
    return caller;
  }
  if (caller.kind != CallerKind::kService) caller.account = AccountOf(caller.arn);
  caller.role_arn = text("role_arn");
  if (caller.kind == CallerKind::kRoleSession && caller.role_arn.empty()) {
    caller.role_arn = RoleOfSession(caller.arn);
  }
  caller.creator_arn = text("creator_arn");
  caller.unique_id = text("unique_id");
  return caller;
}

std::vector<std::string> ReadList(const YAML::Node& node) {
  if (node.IsScalar()) return {node.Scalar()};
  std::vector<std::string> list;
  for (const YAML::Node& child : node) list.push_back(child.Scalar());
  return list;
}

// Makes the cases of one file.
class FileLoader {
 public:
  FileLoader(std::string path, std::string suite)
      : path_(std::move(path)), suite_(std::move(suite)) {}

  std::vector<Case> Load();

 private:
  [[noreturn]] void Fail(const YAML::Node& node, const std::string& what) const {
    throw std::runtime_error(path_ + ":" + std::to_string(node.Mark().line + 1) + ": " + what);
  }

  YAML::Node Field(const char* name) const {
    const YAML::Node own = case_[name];
    return own.IsDefined() ? own : defaults_[name];
  }
  bool Has(const char* name) const { return Field(name).IsDefined(); }
  std::string Text(const char* name, std::string_view fallback) const {
    const YAML::Node field = Field(name);
    return field.IsDefined() ? field.Scalar() : std::string(fallback);
  }
  bool Flag(const char* name) const { return Has(name) && Field(name).as<bool>(); }

  Document Policy(const YAML::Node& node, DocumentType type) const;
  std::vector<Document> Policies(const YAML::Node& node, DocumentType type) const;
  std::vector<std::vector<Document>> Levels(const char* field, DocumentType type) const;

  void ReadCase(const YAML::Node& node, const std::string& group);
  Case Common() const;
  Question BaseQuestion() const;
  void AddDecision(Case base);
  void AddDocument(Case base);
  void AddStatement(Case base, const YAML::Node& statement, bool applies);
  Question StatementQuestion(DocumentType type, const std::vector<std::string>& statements) const;
  StatementOptions OptionsFor(DocumentType type, const std::string& effect) const;

  const std::string path_;
  const std::string suite_;
  YAML::Node policies_{YAML::NodeType::Map};
  YAML::Node defaults_{YAML::NodeType::Map};
  YAML::Node case_{YAML::NodeType::Map};
  std::string group_;
  std::vector<Case> cases_;
};

Document FileLoader::Policy(const YAML::Node& node, DocumentType type) const {
  Document document{.id = "", .type = type, .json = ""};
  if (node.IsMap()) {
    document.id = "unnamed";
    document.json = ToJson(node);
    return document;
  }
  document.id = node.Scalar();
  const YAML::Node own = case_["policies"].IsDefined() ? case_["policies"][document.id]
                                                       : YAML::Node(YAML::NodeType::Undefined);
  const YAML::Node named = own.IsDefined() ? own : policies_[document.id];
  if (!named.IsDefined()) Fail(node, "no policy is named `" + document.id + "`");
  document.json = ToJson(named);
  return document;
}

std::vector<Document> FileLoader::Policies(const YAML::Node& node, DocumentType type) const {
  std::vector<Document> documents;
  for (const YAML::Node& child : node) {
    documents.push_back(Policy(child, type));
    // The same policy may be attached twice; answers name statements by policy.
    documents.back().id += "#" + std::to_string(documents.size());
  }
  return documents;
}

std::vector<std::vector<Document>> FileLoader::Levels(const char* field, DocumentType type) const {
  std::vector<std::vector<Document>> levels;
  if (!Has(field)) return levels;
  for (const YAML::Node& level : Field(field)) {
    levels.push_back(Policies(level, type));
    for (Document& document : levels.back()) document.id += "@" + std::to_string(levels.size());
  }
  return levels;
}

Case FileLoader::Common() const {
  Case made;
  made.file = path_;
  made.line = case_.Mark().line + 1;
  made.suite = suite_;
  made.group = group_;
  made.name = case_["name"].Scalar();
  made.rules = ReadList(case_["rule"]);
  for (const std::string& rule : made.rules) {
    if (!rule.starts_with("R-") && !rule.starts_with("A-")) Fail(case_, "not a rule: " + rule);
  }
  made.error = Text("error", "");
  return made;
}

Question FileLoader::BaseQuestion() const {
  Question question;
  question.caller = ReadCaller(Has("caller") ? Field("caller") : YAML::Node(std::string(kCaller)));
  question.action = Text("action", "queue:Send");
  question.resource = Text("resource", "arn:aws:queue:eu-west-1:111122223333:q1");
  question.resource_owner = Text("resource_owner", AccountOf(question.resource));
  if (question.resource_owner == "none") question.resource_owner.clear();
  if (Has("context")) {
    for (const auto& member : Field("context")) {
      question.context.push_back({.name = member.first.Scalar(),
                                  .values = ReadList(member.second),
                                  .list = member.second.IsSequence()});
    }
  }
  if (Has("ambiguous")) question.ambiguous = ReadList(Field("ambiguous"));
  if (Has("identity")) question.identity = Policies(Field("identity"), DocumentType::kInline);
  question.identity_is_all = Flag("identity_is_all") || question.caller.kind == CallerKind::kRoot;
  if (Has("boundary")) question.boundary = Policy(Field("boundary"), DocumentType::kBoundary);
  if (Has("session")) question.session = Policies(Field("session"), DocumentType::kSession);
  if (Has("resource_policy")) {
    question.resource_policy = Policy(Field("resource_policy"), DocumentType::kResource);
  }
  if (Has("trust")) question.resource_policy = Policy(Field("trust"), DocumentType::kTrust);
  question.requires_resource_policy = Flag("requires_resource_policy") || Has("trust");
  question.scp = Levels("scp", DocumentType::kScp);
  question.rcp = Levels("rcp", DocumentType::kRcp);
  return question;
}

void FileLoader::AddDecision(Case base) {
  base.want = WantNamed(Text("want", ""));
  base.question = BaseQuestion();
  if (Has("by")) {
    base.by = ReadList(Field("by"));
    std::sort(base.by->begin(), base.by->end());
  }
  base.limited_by = Text("limited_by", "");
  cases_.push_back(std::move(base));
}

void FileLoader::AddDocument(Case base) {
  base.want = WantNamed(Text("want", ""));
  const YAML::Node document = Field("document");
  base.document = Document{.id = "document", .type = TypeNamed(Text("type", "")), .json = ""};
  if (document.Tag() == "tag:yaml.org,2002:binary") {
    const auto bytes = document.as<YAML::Binary>();
    base.document->json.assign(bytes.data(), bytes.data() + bytes.size());
  } else if (document.IsScalar()) {
    base.document->json = document.Scalar();  // JSON text as it stands.
  } else {
    base.document->json = ToJson(document);
  }
  cases_.push_back(std::move(base));
}

StatementOptions FileLoader::OptionsFor(DocumentType type, const std::string& effect) const {
  StatementOptions options;
  options.effect = effect;
  options.principal = NamesPrincipals(type);
  options.resource = type != DocumentType::kTrust;
  if (Has("without")) options.without = ReadList(Field("without"));
  return options;
}

// The question whose answer turns on one policy of the given type, everything around it allowing.
Question FileLoader::StatementQuestion(DocumentType type,
                                       const std::vector<std::string>& statements) const {
  Question question = BaseQuestion();
  const auto document = [](DocumentType of, const std::string& json) {
    return Document{
        .id = of == DocumentType::kInline ? "identity" : "other", .type = of, .json = json};
  };
  const std::string all = DocumentJson(kVersion, {AllowAll(/*principal=*/false)});
  const Document asked = document(type, DocumentJson(Text("version", kVersion), statements));
  question.identity = {document(DocumentType::kInline, all)};
  question.resource_owner = question.caller.account;
  if (question.caller.kind == CallerKind::kFederatedUser) {
    question.session = {document(DocumentType::kSession, all)};
  }
  switch (type) {
    case DocumentType::kInline:
    case DocumentType::kManaged:
      question.identity = {asked};
      break;
    case DocumentType::kBoundary:
      question.boundary = asked;
      break;
    case DocumentType::kSession:
      question.session = {asked};
      break;
    case DocumentType::kResource:
    case DocumentType::kTrust:
      // Across accounts any match of Principal counts, whatever its class (R-4.39).
      question.resource_owner = kForeignAccount;
      question.resource_policy = asked;
      break;
    case DocumentType::kScp:
      question.scp = {{asked}};
      break;
    case DocumentType::kRcp:
      question.rcp = {{asked}};
      break;
  }
  return question;
}

// A statement is asked about twice: as an Allow that is the only grant, and as a Deny beside a
// grant of everything. Whether it applies shows in both answers.
void FileLoader::AddStatement(Case base, const YAML::Node& statement, bool applies) {
  const DocumentType type = TypeNamed(Text("in", "identity"));
  const std::vector<std::string> effects =
      Has("effects") ? ReadList(Field("effects")) : std::vector<std::string>{"Allow", "Deny"};
  for (const std::string& effect : effects) {
    Case made = base;
    std::vector<std::string> statements;
    if (effect == "Deny" && type != DocumentType::kRcp) {
      statements.push_back(AllowAll(NamesPrincipals(type)));
    }
    statements.push_back(StatementJson(statement, OptionsFor(type, effect)));
    made.question = StatementQuestion(type, statements);
    if (effect == "Deny") {
      made.name += "/deny";
      made.want = applies ? Want::kExplicitDeny : Want::kAllow;
      if (applies) made.by = {"S"};
    } else {
      made.name += "/allow";
      made.want = applies ? Want::kAllow : Want::kImplicitDeny;
      if (applies && type == DocumentType::kInline) made.by = {"S"};
    }
    cases_.push_back(std::move(made));
  }
}

void FileLoader::ReadCase(const YAML::Node& node, const std::string& group) {
  case_.reset(node);
  group_ = group;
  for (const auto& member : node) {
    const std::string field = member.first.Scalar();
    if (std::find(std::begin(kFields), std::end(kFields), field) == std::end(kFields)) {
      Fail(node, "unknown field `" + field + "`");
    }
  }
  if (!case_["name"] || !case_["rule"]) Fail(node, "a case has a name and a rule");
  Case base = Common();
  if (Has("supply")) {
    base.supply = Text("supply", "");
    base.by_caller = Flag("by_caller");
    if (Has("by_trusted")) base.by_trusted = Flag("by_trusted");
    cases_.push_back(std::move(base));
    return;
  }
  if (Has("document")) return AddDocument(std::move(base));
  if (!Has("condition") && !Has("statement")) return AddDecision(std::move(base));

  YAML::Node statement =
      Has("statement") ? YAML::Clone(Field("statement")) : YAML::Node(YAML::NodeType::Map);
  if (Has("condition")) statement["Condition"] = Field("condition");
  if (Text("want", "") == "INVALID") {
    const DocumentType type = TypeNamed(Text("in", "identity"));
    const std::string json = StatementJson(statement, OptionsFor(type, "Allow"));
    base.want = Want::kInvalid;
    base.document = Document{
        .id = "document", .type = type, .json = DocumentJson(Text("version", kVersion), {json})};
    cases_.push_back(std::move(base));
    return;
  }
  const char* outcome = Has("condition") ? "holds" : "matches";
  if (!Has(outcome)) Fail(node, std::string("`") + outcome + "` is missing");
  AddStatement(std::move(base), statement, Field(outcome).as<bool>());
}

std::vector<Case> FileLoader::Load() {
  const YAML::Node file = YAML::LoadFile(path_);
  if (file["policies"]) policies_ = file["policies"];
  if (file["defaults"]) defaults_ = file["defaults"];
  const YAML::Node cases = file["cases"];
  if (cases.IsSequence()) {
    for (const YAML::Node& node : cases) ReadCase(node, "");
  } else {
    for (const auto& group : cases) {
      for (const YAML::Node& node : group.second) ReadCase(node, group.first.Scalar());
    }
  }
  return std::move(cases_);
}

}  // namespace

std::vector<Case> LoadCases(const std::string& directory) {
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    if (entry.path().extension() == ".yaml") paths.push_back(entry.path().string());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<Case> cases;
  std::set<std::string> names;
  for (const std::string& path : paths) {
    std::string suite = std::filesystem::relative(path, directory).replace_extension().string();
    for (Case& made : FileLoader(path, suite).Load()) {
      if (!names.insert(made.suite + "/" + made.group + "/" + made.name).second) {
        throw std::runtime_error(made.file + ":" + std::to_string(made.line) + ": case `" +
                                 made.name + "` occurs twice");
      }
      cases.push_back(std::move(made));
    }
  }
  return cases;
}

}  // namespace portcullis::conformance
