#include <algorithm>

#include "tests/oracle/oracle_parts.h"

namespace portcullis::oracle {
namespace {

bool IsAccountId(std::string_view text) {
  return text.size() == 12 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string AfterLastSlash(std::string_view text) {
  return std::string(text.substr(text.rfind('/') + 1));
}

//
bool ActionEntryMatches(const std::string& entry, const std::string& action) {
  if (entry.find_first_of(" \t\r\n,") != std::string::npos) {
    return false;
  }
  if (entry != "*" && std::count(entry.begin(), entry.end(), ':') != 1) {
    return false;
  }
  return PatternMatches(WildcardPattern(LowerCase(entry)), Decode(LowerCase(action)));
}

// Whether a pattern with fewer than six fields stands for one filled up with `*` fields.
bool ShortArnIsPadded(const std::string& entry, PolicyKind kind) {
  switch (kind) {
    case PolicyKind::kIdentity:
    case PolicyKind::kBoundary:
    case PolicyKind::kSession:
      return true;
    case PolicyKind::kResource:
      return entry.find_first_of("*?") != std::string::npos;
    case PolicyKind::kScp:
      return entry.back() == '*';
    case PolicyKind::kRcp:
      return false;
  }
  return false;
}

// ..2.42.
bool ResourceEntryMatches(const std::string& entry, const Scope& scope) {
  const std::string& resource = scope.question->resource;
  if (entry == "*") {
    return true;
  }
  if (resource == "*" || !IsArn(resource)) {
    return false;
  }
  std::vector<std::string> fields = SplitArn(entry);
  if (fields[0] != "arn") {
    return false;
  }
  if (fields.size() < 6) {
    if (!ShortArnIsPadded(entry, scope.kind)) {
      return false;
    }
    fields.resize(6, "*");
  }
  const std::vector<std::string> request = SplitArn(resource);
  for (int i = 1; i < 5; ++i) {
    if (!PatternMatches(WildcardPattern(fields[i]), Decode(request[i]))) {
      return false;
    }
  }
  const std::optional<Pattern> last = Expand(fields[5], scope);  // field 6 only
  return last.has_value() && PatternMatches(*last, Decode(request[5]));
}

// entries that name the entity behind the request, not the request ARN.
Grant EntityGrant(const std::string& entry, const Caller& caller) {
  const bool id_matches = !caller.unique_id.empty() && entry == caller.unique_id;
  switch (caller.kind) {
    case CallerKind::kUser:
      return id_matches ? Grant::kDirect : Grant::kNone;
    case CallerKind::kFederatedUser:
      return id_matches || (!caller.creator_arn.empty() && entry == caller.creator_arn)
                 ? Grant::kLimited
                 : Grant::kNone;
    case CallerKind::kRoleSession: {
      if (id_matches || (!caller.role_arn.empty() && entry == caller.role_arn)) {
        return Grant::kLimited;
      }
      const std::vector<std::string> fields = SplitArn(entry);
      const std::vector<std::string> session = SplitArn(caller.arn);
      const bool path_unknown = caller.role_arn.empty();
      if (!path_unknown || fields.size() < 6 || session.size() < 6 ||
          fields[5].compare(0, 5, "role/") != 0) {
        return Grant::kNone;
      }
      // assumed-role/NAME/SESSION
      const size_t begin = session[5].find('/') + 1;
      const std::string name = session[5].substr(begin, session[5].find('/', begin) - begin);
      const bool same_role = fields[1] == session[1] && fields[2] == "iam" &&
                             fields[4] == caller.account && AfterLastSlash(fields[5]) == name;
      return same_role ? Grant::kLimited : Grant::kNone;
    }
    case CallerKind::kAnonymous:
    case CallerKind::kUnnamed:
    case CallerKind::kRoot:
    case CallerKind::kService:
    case CallerKind::kWebIdentity:
      return Grant::kNone;
  }
  return Grant::kNone;
}

bool HasAccount(const Caller& caller) {
  return caller.kind == CallerKind::kUser || caller.kind == CallerKind::kRoleSession ||
         caller.kind == CallerKind::kFederatedUser || caller.kind == CallerKind::kRoot;
}

bool NamesAccount(const std::string& entry, const Caller& caller) {
  if (!HasAccount(caller)) {
    return false;
  }
  if (IsAccountId(entry)) {
    return entry == caller.account;
  }
  const std::string partition = SplitArn(caller.arn).at(1);
  return entry == "arn:" + partition + ":iam::" + caller.account + ":root";
}

// The table of part 2.2.
Grant EntryGrant(const std::string& type, const std::string& entry, const Caller& caller) {
  if (type == "Service") {
    return caller.kind == CallerKind::kService && entry == caller.arn ? Grant::kDirect
                                                                      : Grant::kNone;
  }
  if (type == "Federated") {
    return caller.kind == CallerKind::kWebIdentity && entry == caller.federated_provider
               ? Grant::kDirect
               : Grant::kNone;
  }
  if (type != "AWS") {
    return Grant::kNone;  // CanonicalUser is stored as an account ARN
  }
  if (entry == "*") {
    return Grant::kDirect;
  }
  if (NamesAccount(entry, caller)) {
    return Grant::kAccount;
  }
  const bool has_own_arn = HasAccount(caller) && caller.kind != CallerKind::kRoot;
  if (has_own_arn && entry == caller.arn) {
    return Grant::kDirect;
  }
  return EntityGrant(entry, caller);
}

// whether every member of the caller's identity chain is listed.
bool WholeChainListed(const Node& not_principal, const Caller& caller) {
  bool account = false;
  bool entity = false;
  bool session = false;
  bool service = false;
  for (const auto& [type, node] : not_principal.Members()) {
    for (const std::string& entry : node->Texts()) {
      if (entry == "*") {
        continue;  // names no member of the chain
      }
      const Grant grant = EntryGrant(type, entry, caller);
      account = account || grant == Grant::kAccount;
      session = session || grant == Grant::kDirect;
      entity = entity || (type == "AWS" && EntityGrant(entry, caller) != Grant::kNone);
      service = service || (type == "Service" && grant == Grant::kDirect);
    }
  }
  switch (caller.kind) {
    case CallerKind::kUser:
    case CallerKind::kFederatedUser:
      return session && account;
    case CallerKind::kRoleSession:
      return session && entity && account;
    case CallerKind::kRoot:
      return account;
    case CallerKind::kService:
      return service;
    case CallerKind::kAnonymous:
    case CallerKind::kUnnamed:
    case CallerKind::kWebIdentity:
      return false;
  }
  return false;
}

}  // namespace

std::u32string Decode(std::string_view utf8) {
  std::u32string text;
  for (size_t i = 0; i < utf8.size();) {
    const unsigned char lead = static_cast<unsigned char>(utf8[i++]);
    int following = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC0 ? 1 : 0;
    char32_t point = following == 0 ? lead : lead & (0x3F >> following);
    for (; following > 0 && i < utf8.size(); --following) {
      point = point << 6 | (static_cast<unsigned char>(utf8[i++]) & 0x3F);
    }
    text.push_back(point);
  }
  return text;
}

Pattern WildcardPattern(std::string_view text) {
  Pattern pattern;
  for (const char32_t c : Decode(text)) {
    const Symbol::Type type = c == U'*'   ? Symbol::Type::kAnySequence
                              : c == U'?' ? Symbol::Type::kAnyOne
                                          : Symbol::Type::kCharacter;
    pattern.push_back({type, c});
  }
  return pattern;
}

bool PatternMatches(const Pattern& pattern, const std::u32string& text) {
  // reached[i]: the symbols so far match exactly the first i characters.
  std::vector<bool> reached(text.size() + 1, false);
  reached[0] = true;
  for (const Symbol& symbol : pattern) {
    std::vector<bool> next(text.size() + 1, false);
    for (size_t i = 0; i <= text.size(); ++i) {
      if (symbol.type == Symbol::Type::kAnySequence) {
        next[i] = reached[i] || (i > 0 && next[i - 1]);
      } else if (i > 0) {
        next[i] = reached[i - 1] &&
                  (symbol.type == Symbol::Type::kAnyOne || symbol.character == text[i - 1]);
      }
    }
    reached = next;
  }
  return reached[text.size()];
}

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') {
      c = static_cast<char>(c - 'A' + 'a');
    }
  }
  return lower;
}

std::vector<std::string> SplitArn(std::string_view text) {
  std::vector<std::string> fields;
  while (fields.size() < 5) {
    const size_t colon = text.find(':');
    if (colon == std::string_view::npos) {
      break;
    }
    fields.emplace_back(text.substr(0, colon));
    text.remove_prefix(colon + 1);
  }
  fields.emplace_back(text);
  return fields;
}

bool IsArn(std::string_view text) {
  const std::vector<std::string> fields = SplitArn(text);
  return fields.size() == 6 && fields[0] == "arn";
}

bool ActionPartMatches(const Node& statement, const std::string& action) {
  const Node* entries = statement.Find("Action");
  const bool negated = entries == nullptr;
  if (negated) {
    entries = statement.Find("NotAction");
  }
  if (entries == nullptr) {
    return false;
  }
  for (const std::string& entry : entries->Texts()) {
    if (ActionEntryMatches(entry, action)) {
      return !negated;
    }
  }
  return negated;
}

bool ResourcePartMatches(const Node& statement, const Scope& scope) {
  const Node* entries = statement.Find("Resource");
  const bool negated = entries == nullptr;
  if (negated) {
    entries = statement.Find("NotResource");
  }
  if (entries == nullptr) {
    return scope.kind == PolicyKind::kResource;  // the resource itself
  }
  for (const std::string& entry : entries->Texts()) {
    if (ResourceEntryMatches(entry, scope)) {
      return !negated;
    }
  }
  return negated;
}

Grant PrincipalPart(const Node& statement, const Question& question) {
  const Caller& caller = question.caller;
  if (const Node* principal = statement.Find("Principal")) {
    if (principal->type == Node::Type::kText) {
      return principal->text == "*" ? Grant::kDirect : Grant::kNone;
    }
    Grant strongest = Grant::kNone;
    for (const auto& [type, node] : principal->Members()) {
      for (const std::string& entry : node->Texts()) {
        strongest = std::max(strongest, EntryGrant(type, entry, caller));
      }
    }
    return strongest;
  }
  const Node* not_principal = statement.Find("NotPrincipal");
  if (not_principal == nullptr) {
    return Grant::kNone;
  }
  // Only Deny has it, so the strength does not matter.
  if (question.boundary.has_value() && HasAccount(caller) && caller.kind != CallerKind::kRoot) {
    return Grant::kDirect;
  }
  return WholeChainListed(*not_principal, caller) ? Grant::kNone : Grant::kDirect;
}

}  // namespace portcullis::oracle
