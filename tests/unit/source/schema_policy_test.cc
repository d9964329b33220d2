// Policy documents in their four forms, with the places that diagnostics name.
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/base/str_cat.h"
#include "tests/unit/source/source_helpers.h"

namespace portcullis::source {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::string_view kHead =
    "Account: \"111111111111\"\n"
    "ManagedPolicies:\n"
    "- ManagedPolicyName: P\n";

Parsed ParsePolicy(std::string_view fields,
                   const std::map<std::string, std::string>& documents = {}) {
  return ParseText(base::StrCat(kHead, fields), documents);
}

const policy::CompiledStatement& Statement(const Parsed& parsed) {
  return parsed.definitions->managed_policies.at(0).document.policy->statements().at(0);
}

TEST(SchemaPolicyTest, AsAMapping) {
  const Parsed parsed = ParsePolicy(
      "  PolicyDocument:\n"
      "    Version: 2012-10-17\n"
      "    Statement:\n"
      "    - Effect: Deny\n"
      "      Action: '*'\n"
      "      Resource: '*'\n");
  ASSERT_THAT(parsed.diagnostics, IsEmpty());
  EXPECT_EQ(Statement(parsed).effect, policy::StatementEffect::kDeny);
  EXPECT_EQ(Statement(parsed).begin, (base::Position{7, 7}));
  EXPECT_EQ(*parsed.definitions->managed_policies[0].document.file, "a.yaml");
}

TEST(SchemaPolicyTest, AsJsonInALiteralBlock) {
  const Parsed parsed = ParsePolicy(
      "  PolicyDocument: |\n"
      "\n"
      "    {\n"
      "      \"Version\": \"2012-10-17\",\n"
      "      \"Statement\": [{\"Effect\": \"Allow\", \"Action\": \"*\", \"Resource\": \"*\"}]\n"
      "    }\n");
  ASSERT_THAT(parsed.diagnostics, IsEmpty());
  EXPECT_EQ(Statement(parsed).begin, (base::Position{8, 21}));
}

TEST(SchemaPolicyTest, PlacesInALiteralBlockAreThoseOfTheFile) {
  EXPECT_THAT(ParsePolicy("  PolicyDocument: |2\n"  // Says how far the text is indented.
                          "      { \"Version\": \"2012-10-17\",\n"
                          "        \"Statment\": [] }\n")
                  .diagnostics,
              ::testing::Contains(HasSubstr("a.yaml:6:9: error: ")));
  EXPECT_THAT(ParsePolicy("  PolicyDocument: |\n"
                          "    { \"Version\": }\n")
                  .diagnostics,
              ElementsAre(HasSubstr("a.yaml:5:18: error: ")));
}

TEST(SchemaPolicyTest, AsJsonOnOneLine) {
  const std::string json =
      R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}})";
  const Parsed parsed = ParsePolicy(base::StrCat("  PolicyDocument: '", json, "'\n"));
  ASSERT_THAT(parsed.diagnostics, IsEmpty());
  EXPECT_EQ(Statement(parsed).begin, (base::Position{4, 20 + 36}));
  // YAML includes JSON: without quotes it is a mapping.
  EXPECT_THAT(ParsePolicy(base::StrCat("  PolicyDocument: ", json, "\n")).diagnostics, IsEmpty());
}

// Texts that YAML changes would have places that mean nothing.
TEST(SchemaPolicyTest, OtherTextsAreRefused) {
  for (const char* form :
       {">\n    {\"Version\":\"2012-10-17\"}", "\"{\\\"Version\\\": 1}\"", "no json"}) {
    EXPECT_THAT(ParsePolicy(base::StrCat("  PolicyDocument: ", form, "\n")).diagnostics,
                ElementsAre("a.yaml:4:19: error: a policy document is a mapping, or JSON in a "
                            "literal block that begins with `|`"))
        << form;
  }
}

TEST(SchemaPolicyTest, InAFileOfItsOwn) {
  const std::map<std::string, std::string> documents = {
      {"docs/p.json",
       R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}})"},
      {"docs/p.yaml",
       "Version: 2012-10-17\nStatement:\n  Effect: Deny\n  Action: '*'\n  Resource: '*'\n"},
      {"docs/bad.json", "{\n  \"Version\": \"2012-10-17\",\n  \"Statment\": []\n}"},
      {"docs/broken.json", "{"},
  };
  const Parsed json = ParsePolicy("  PolicyDocumentFile: docs/p.json\n", documents);
  ASSERT_THAT(json.diagnostics, IsEmpty());
  EXPECT_EQ(*json.definitions->managed_policies[0].document.file, "docs/p.json");
  EXPECT_EQ(Statement(json).begin, (base::Position{1, 37}));
  const Parsed yaml = ParsePolicy("  PolicyDocumentFile: ./docs/../docs/p.yaml\n", documents);
  ASSERT_THAT(yaml.diagnostics, IsEmpty());
  EXPECT_EQ(Statement(yaml).effect, policy::StatementEffect::kDeny);

  EXPECT_THAT(ParsePolicy("  PolicyDocumentFile: docs/bad.json\n", documents).diagnostics,
              ::testing::Contains(HasSubstr("docs/bad.json:3:3: error: ")));
  EXPECT_THAT(ParsePolicy("  PolicyDocumentFile: docs/broken.json\n", documents).diagnostics,
              ElementsAre(HasSubstr("docs/broken.json:1:2: error: ")));
  EXPECT_THAT(ParsePolicy("  PolicyDocumentFile: docs/gone.json\n", documents).diagnostics,
              ElementsAre("a.yaml:4:23: error: file `docs/gone.json` does not exist in the policy "
                          "directory; policy documents are in `*.json`, `*.yaml` or `*.yml`"));
  for (const char* outside : {"../p.json", "/etc/p.json", "docs/../../p.json"}) {
    EXPECT_THAT(
        ParsePolicy(base::StrCat("  PolicyDocumentFile: ", outside, "\n"), documents).diagnostics,
        ElementsAre(base::StrCat("a.yaml:4:23: error: file `", outside,
                                 "` is not a path inside the policy directory")));
  }
}

// R-1.48: as written. What is escaped consists of other characters.
TEST(SchemaPolicyTest, CharactersOfDocuments) {
  constexpr std::string_view kRest =
      " is not allowed in a policy document, whose characters are U+0020 to U+00FF, tab and line "
      "ends; write it as an escape";
  const auto yaml = [](std::string_view id) {
    return ParsePolicy(
               base::StrCat("  PolicyDocument:\n    Version: 2012-10-17\n    Id: ", id,
                            "\n    Statement: {Effect: Deny, Action: '*', Resource: '*'}\n"))
        .diagnostics;
  };
  for (const char* good :
       {"\u00e9\u00ff", "'\u00e9'", "\"\u00e9\"", R"("\u4e2d")", R"("a \"\U0001f600\" b")",
        "\"a\n      \\u4e2d\" # \u4e2d", "b # \u4e2d"}) {
    EXPECT_THAT(yaml(good), IsEmpty()) << good;
  }
  for (const char* bad : {"a\u4e2d", "'a\u4e2d'", "\"a\u4e2d\"", "\"\\u4e2d \u4e2d\"",
                          "\"a\n      \u4e2d\"", "|\n      a\n      \u4e2d"}) {
    EXPECT_THAT(yaml(bad),
                ElementsAre(base::StrCat("a.yaml:6:9: error: character `\u4e2d` (U+4E2D)", kRest)))
        << bad;
  }
  EXPECT_THAT(ParsePolicy("  PolicyDocument:\n    Version: 2012-10-17\n    Statement:\n"
                          "      Effect: Deny\n      Action: '*'\n      Resource: '*'\n"
                          "      Condition: {StringEquals: {'aws:PrincipalTag/\u4e2d': x}}\n")
                  .diagnostics,
              ElementsAre(base::StrCat("a.yaml:10:34: error: character `\u4e2d` (U+4E2D)", kRest)));
}

TEST(SchemaPolicyTest, CharactersOfDocumentsElsewhere) {
  const std::string json =
      "{\"Version\":\"2012-10-17\",\n \"Id\":\"\u00e9\u4e2d\",\n"
      " \"Statement\":{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\"}}\n";
  const std::map<std::string, std::string> documents = {
      {"p.json", json},
      {"p.yaml",
       "Version: 2012-10-17\nId: \u4e2d\n"
       "Statement: {Effect: Deny, Action: '*', Resource: '*'} # \u4e2d\n"},
      {"good.yaml",
       "Version: 2012-10-17\n"
       "Statement: {Effect: Deny, Action: '*', Resource: '*'} # \u4e2d\n"}};
  EXPECT_THAT(ParsePolicy("  PolicyDocumentFile: p.json\n", documents).diagnostics,
              ElementsAre(HasSubstr("p.json:2:9: error: character ")));
  EXPECT_THAT(ParsePolicy("  PolicyDocumentFile: p.yaml\n", documents).diagnostics,
              ElementsAre(HasSubstr("p.yaml:2:5: error: character ")));
  EXPECT_THAT(ParsePolicy("  PolicyDocumentFile: good.yaml\n", documents).diagnostics, IsEmpty());
  std::string block = "  PolicyDocument: |\n    ";
  for (const char c : json.substr(0, json.size() - 1)) {
    block += c;
    if (c == '\n') block += "    ";
  }
  EXPECT_THAT(ParsePolicy(block + "\n").diagnostics,
              ElementsAre(HasSubstr("a.yaml:6:13: error: character ")));
}

// R-1.47: as written where it was written as JSON.
TEST(SchemaPolicyTest, SizesOfOrganizationPolicies) {
  const auto parse = [](const std::string& document) {
    return ParseText(base::StrCat(R"(Organization:
  Id: o-a1b2c3d4e5
  ManagementAccount: "111111111111"
  Root: {Id: r-a1b2}
  ServiceControlPolicies:
  - PolicyName: P
    )",
                                  document),
                     {{"p.json",
                       "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Deny\","
                       "\"Action\":\"*\",\"Resource\":\"*\"}}" +
                           std::string(5100, '\n')}})
        .diagnostics;
  };
  const std::string blanks(5100, ' ');
  EXPECT_THAT(parse("PolicyDocument: {Version: 2012-10-17, " + blanks +
                    "Statement: {Effect: Deny, Action: '*', Resource: '*'}}\n"),
              IsEmpty());
  const auto too_large =
      ElementsAre(HasSubstr("characters exceeds the 5120 characters of a "
                            "service control policy"));
  EXPECT_THAT(parse("PolicyDocument: '{\"Version\":\"2012-10-17\"," + blanks +
                    R"("Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}')" + "\n"),
              too_large);
  EXPECT_THAT(parse("PolicyDocumentFile: p.json\n"), too_large);
}

TEST(SchemaPolicyTest, ExactlyOnce) {
  EXPECT_THAT(ParsePolicy("").diagnostics,
              ElementsAre("a.yaml:3:3: error: a managed policy needs `PolicyDocument` or "
                          "`PolicyDocumentFile`"));
  EXPECT_THAT(
      ParsePolicy(
          "  PolicyDocumentFile: p.json\n  PolicyDocument: {}\n",
          {{"p.json", R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*",)"
                      R"("Resource":"*"}})"}})
          .diagnostics,
      ElementsAre("a.yaml:5:3: error: the policy document is given twice, here and by a file"));
}

TEST(SchemaPolicyTest, TheKindOfPolicyIsThatOfItsPlace) {
  // R-2.90: an identity policy must not name a principal, a trust policy must.
  const std::string statement =
      "Version: 2012-10-17, Statement: {Effect: Allow, Action: 'sts:AssumeRole'";
  EXPECT_THAT(ParseText(base::StrCat("Account: \"111111111111\"\nRoles:\n- RoleName: r\n"
                                     "  AssumeRolePolicyDocument: {",
                                     statement, ", Principal: {AWS: \"111111111111\"}}}\n"))
                  .diagnostics,
              IsEmpty());
  EXPECT_FALSE(ParseText(base::StrCat("Account: \"111111111111\"\nRoles:\n- RoleName: r\n"
                                      "  AssumeRolePolicyDocument: {",
                                      statement, ", Resource: '*'}}\n"))
                   .diagnostics.empty());
}

std::string DocumentOf(const Parsed& parsed) {
  EXPECT_THAT(parsed.diagnostics, IsEmpty());
  return parsed.definitions->managed_policies.at(0).document.policy->document();
}

// What reads show: members in their order, values in their spelling, no blanks.
TEST(SchemaPolicyTest, TheTextIsKeptAsCompactJson) {
  constexpr std::string_view kText =
      R"({"Statement":{"Resource":"*","Effect":"Allow","Action":["a:B","c:*"],)"
      R"("Condition":{"NumericLessThan":{"s3:max-keys":1.50},)"
      R"("Bool":{"aws:SecureTransport":[true,"false"]}}},)"
      R"("Version":"2012-10-17"})";
  EXPECT_EQ(DocumentOf(ParsePolicy("  PolicyDocument:\n"
                                   "    Statement:\n"
                                   "      Resource: '*'  # All of them.\n"
                                   "      Effect: Allow\n"
                                   "      Action: ['a:B', \"c:*\"]\n"
                                   "      Condition: {NumericLessThan: {'s3:max-keys': 1.50}, "
                                   "Bool: {'aws:SecureTransport': [true, 'false']}}\n"
                                   "    Version: 2012-10-17\n")),
            kText);
  EXPECT_EQ(DocumentOf(ParsePolicy(base::StrCat("  PolicyDocument: '", kText, "'\n"))), kText);
  std::string spread;
  for (const char c : kText) {
    spread += c;
    if (c == '{' || c == '[' || c == ',') spread += "\n\t ";
  }
  EXPECT_EQ(DocumentOf(ParsePolicy("  PolicyDocumentFile: p.json\n", {{"p.json", spread}})), kText);
}

// R-1.48: so that it can be written back, and what is read again is the same.
TEST(SchemaPolicyTest, TheTextConsistsOfAllowedCharacters) {
  constexpr std::string_view kText =
      R"({"Version":"2012-10-17","Id":"\u4e2d\ud83d\ude00 é\"\\\n","Statement":)"
      R"({"Effect":"Deny","Action":"*","Resource":"*"}})";
  const std::string first =
      DocumentOf(ParsePolicy("  PolicyDocumentFile: p.json\n", {{"p.json", std::string(kText)}}));
  EXPECT_EQ(first, kText);
  EXPECT_EQ(DocumentOf(ParsePolicy("  PolicyDocument:\n"
                                   "    Version: 2012-10-17\n"
                                   "    Id: \"\\u4e2d\\U0001f600 é\\\"\\\\\\n\"\n"
                                   "    Statement: {Effect: Deny, Action: '*', Resource: '*'}\n")),
            kText);
}

TEST(SchemaPolicyTest, EveryKindKeepsItsText) {
  const Parsed parsed = ParseText(R"(Account: "111111111111"
Users:
- UserName: ana
  Policies:
  - PolicyName: P
    PolicyDocument: {Version: 2012-10-17, Statement: {Effect: Allow, Action: "*", Resource: "*"}}
Roles:
- RoleName: r
  AssumeRolePolicyDocument:
    Version: 2012-10-17
    Statement: {Effect: Allow, Principal: {AWS: "111111111111"}, Action: "sts:AssumeRole"}
Resources:
- ResourceArn: arn:aws:s3:::b
  PolicyDocument:
    Version: 2012-10-17
    Statement: {Effect: Allow, Principal: "*", Action: "s3:*", Resource: "*"}
Organization:
  Id: o-a1b2c3d4e5
  ManagementAccount: "111111111111"
  Root: {Id: r-a1b2}
  ServiceControlPolicies:
  - PolicyName: S
    PolicyDocument: {Version: 2012-10-17, Statement: {Effect: Deny, Action: "*", Resource: "*"}}
)");
  ASSERT_THAT(parsed.diagnostics, IsEmpty());
  const store::FileDefinitions& file = *parsed.definitions;
  EXPECT_EQ(file.users[0].inline_policies[0].policy->document(),
            R"({"Version":"2012-10-17","Statement":)"
            R"({"Effect":"Allow","Action":"*","Resource":"*"}})");
  EXPECT_EQ(file.roles[0].trust_policy->policy->document(),
            R"({"Version":"2012-10-17","Statement":{"Effect":"Allow",)"
            R"("Principal":{"AWS":"111111111111"},"Action":"sts:AssumeRole"}})");
  EXPECT_EQ(file.resources[0].policy->policy->document(),
            R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*",)"
            R"("Action":"s3:*","Resource":"*"}})");
  EXPECT_EQ(file.organizations[0].service_control_policies[0].policy->document(),
            R"({"Version":"2012-10-17","Statement":)"
            R"({"Effect":"Deny","Action":"*","Resource":"*"}})");
}

}  // namespace
}  // namespace portcullis::source
