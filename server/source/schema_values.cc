// Scalars, tags, secrets and credentials.
#include "absl/strings/ascii.h"
#include <openssl/crypto.h>

#include "server/base/numbers.h"
#include "server/base/str_cat.h"
#include "server/base/text.h"
#include "server/policy/arn.h"
#include "server/source/schema_internal.h"

namespace portcullis::source {
namespace {

using base::Node;
using base::NodeKind;
using enum Presence;

// Environment variables that hold secrets have this prefix, so that a definition cannot reach any
// other variable of the server.
constexpr std::string_view kEnvironmentPrefix = "PORTCULLIS_SECRET_";
constexpr int64_t kIntegerMax = int64_t{1} << 31;

constexpr Field<store::TagDefinition> kTagFields[] = {
    {"Key", kRequired, &Text<&store::TagDefinition::key>},
    {"Value", kRequired, &Text<&store::TagDefinition::value>},
};

struct SecretReference {
  store::Located file;
  store::Located environment;
  store::Located literal;
  bool literal_allowed = false;
};
constexpr Field<SecretReference> kSecretFields[] = {
    {"File", kOptional, &Text<&SecretReference::file>},
    {"Env", kOptional, &Text<&SecretReference::environment>},
    {"Inline", kOptional, &Text<&SecretReference::literal>},
    {"AllowInlineSecret", kOptional, &Bool<&SecretReference::literal_allowed>},
};

void ReadStatus(ParseContext& context, const Node& node, store::AccessKeyDefinition* out) {
  store::Located status;
  ReadTextInto(context, node, &status);
  if (status.text == "Active" || status.text == "Inactive") {
    out->active = status.text == "Active";
  } else if (!status.text.empty()) {
    context.Error(node.begin, base::StrCat("status ", base::Quoted(status.text),
                                           " must be `Active` or `Inactive`"));
  }
}
constexpr Field<store::AccessKeyDefinition> kAccessKeyFields[] = {
    {"AccessKeyId", kRequired, &Text<&store::AccessKeyDefinition::id>},
    {"SecretAccessKey", kRequired, &Secret<&store::AccessKeyDefinition::secret>},
    {"Status", kOptional, &ReadStatus},
    {"CreateDate", kOptional, &Timestamp<&store::AccessKeyDefinition::create_date>},
};

// RFC 4648 without padding; nullopt if malformed.
std::optional<store::SecretText> DecodeBase32(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  std::vector<char> bytes(text.size() * 5 / 8);  // Never grown: that would leave copies behind.
  size_t byte_count = 0;
  uint32_t bits = 0;
  int bit_count = 0;
  for (const char c : text) {
    const char upper = absl::ascii_toupper(c);
    uint32_t digit = 0;
    if (upper >= 'A' && upper <= 'Z') {
      digit = static_cast<uint32_t>(upper - 'A');
    } else if (upper >= '2' && upper <= '7') {
      digit = static_cast<uint32_t>(upper - '2') + 26;
    } else {
      OPENSSL_cleanse(bytes.data(), bytes.size());
      return std::nullopt;
    }
    bits = (bits << 5) | digit;
    bit_count += 5;
    if (bit_count >= 8) {
      bit_count -= 8;
      bytes[byte_count++] = static_cast<char>((bits >> bit_count) & 0xff);
    }
  }
  store::SecretText decoded(std::string_view(bytes.data(), byte_count));
  OPENSSL_cleanse(bytes.data(), bytes.size());
  return decoded;
}

// the seed is written in Base32, as devices and QR codes have it.
void ReadSeed(ParseContext& context, const Node& node, store::MfaDeviceDefinition* out) {
  constexpr size_t kSeedBytesMin = 16;  // RFC 4226, requirement R6.
  store::SecretText text;
  ReadSecretInto(context, node, &text);
  if (text.empty()) return;
  auto seed = DecodeBase32(text);
  if (!seed.has_value() || seed->view().size() < kSeedBytesMin) {
    context.Error(node.begin,
                  base::StrCat("seed is not Base32 of at least ", kSeedBytesMin, " bytes"));
    return;
  }
  out->seed = *std::move(seed);
}
constexpr Field<store::MfaDeviceDefinition> kMfaDeviceFields[] = {
    {"SerialNumber", kRequired, &Text<&store::MfaDeviceDefinition::serial_number>},
    {"Seed", kOptional, &ReadSeed},
    {"EnableDate", kOptional, &Timestamp<&store::MfaDeviceDefinition::enable_date>},
    {"Tags", kOptional, &Tags<&store::MfaDeviceDefinition::tags>},
};

// The name under which a referenced secret is among the reading's secrets.
std::string SecretName(ParseContext& context, const SecretReference& reference) {
  if (!reference.file.text.empty()) {
    const auto name = ResolveReference("", reference.file.text);
    if (name.has_value()) return *name;
    context.Error(reference.file.position,
                  base::StrCat("file ", base::Quoted(reference.file.text),
                               " is not a path inside the secrets directory"));
    return {};
  }
  if (reference.environment.text.starts_with(kEnvironmentPrefix)) {
    return base::StrCat("env:", reference.environment.text);
  }
  context.Error(reference.environment.position,
                base::StrCat("environment variable ", base::Quoted(reference.environment.text),
                             " must begin with `", kEnvironmentPrefix, "`"));
  return {};
}

}  // namespace

void ReadTextInto(ParseContext& context, const Node& node, store::Located* out) {
  switch (node.kind) {
    case NodeKind::kString:
      *out = {std::string(node.text), node.begin};
      return;
    case NodeKind::kNumber:
    case NodeKind::kBoolean:
      // Other readers of YAML would change such a text: 0012 to 10, for instance.
      context.Error(node.begin,
                    base::StrCat("expected a text, got the ", base::NodeKindName(node.kind), " ",
                                 base::Quoted(node.text), ": put it in quotes"));
      return;
    case NodeKind::kNull:
    case NodeKind::kSequence:
    case NodeKind::kMapping:
      context.Error(node.begin,
                    base::StrCat("expected a text, got a ", base::NodeKindName(node.kind)));
      return;
  }
}

void ReadBoolInto(ParseContext& context, const Node& node, bool* out) {
  if (node.kind == NodeKind::kBoolean) {
    *out = node.text == "true";
  } else {
    context.Error(node.begin, "expected `true` or `false`");
  }
}

void ReadIntegerInto(ParseContext& context, const Node& node, int64_t* out) {
  const auto value = node.kind == NodeKind::kNumber
                         ? base::ParseInteger(node.text, -kIntegerMax, kIntegerMax)
                         : std::nullopt;
  if (value.has_value()) {
    *out = *value;
  } else {
    context.Error(node.begin, "expected a whole number");
  }
}

void ReadTimeInto(ParseContext& context, const Node& node, std::optional<absl::Time>* out) {
  store::Located text;
  ReadTextInto(context, node, &text);
  if (text.text.empty()) return;
  absl::Time time;
  std::string error;
  const bool only_digits_and_marks =
      text.text.find_first_not_of("0123456789-+:.TZ") == std::string::npos;
  if (only_digits_and_marks && absl::ParseTime(absl::RFC3339_full, text.text, &time, &error)) {
    *out = time;
  } else {
    context.Error(node.begin, base::StrCat("time ", base::Quoted(text.text),
                                           " must be like `2024-01-31T12:00:00Z`"));
  }
}

void ReadTextListInto(ParseContext& context, const Node& node, std::vector<store::Located>* out) {
  if (!CheckList(context, node)) return;
  out->reserve(node.child_count);
  for (const Node& item : node.children()) {
    store::Located text;
    ReadTextInto(context, item, &text);
    if (text.position.line != 0) out->push_back(std::move(text));
  }
}

void ReadTagsInto(ParseContext& context, const Node& node, std::vector<store::TagDefinition>* out) {
  ReadObjects(context, node, "Tag", kTagFields, out);
}

void ReadSecretInto(ParseContext& context, const Node& node, store::SecretText* out) {
  SecretReference reference;
  const size_t diagnostics_before = context.result.diagnostics.size();
  ReadObject(context, node, "Secret", kSecretFields, &reference);
  if (context.result.diagnostics.size() != diagnostics_before) return;
  const int forms = !reference.file.text.empty() + !reference.environment.text.empty() +
                    !reference.literal.text.empty();
  if (forms != 1) {
    context.Error(node.begin, "a secret needs one of `File`, `Env` and `Inline`");
    return;
  }
  if (!reference.literal.text.empty()) {
    if (!reference.literal_allowed) {
      context.Error(reference.literal.position,
                    "a secret written into a definition needs `AllowInlineSecret: true` beside it; "
                    "prefer `File` or `Env`");
      return;
    }
    context.Warning(reference.literal.position,
                    "a secret is written into a definition, where backups and reviews see it");
    *out = std::string_view(reference.literal.text);
    return;
  }
  const std::string name = SecretName(context, reference);
  if (name.empty()) return;
  const SourceDocument* secret = context.Find(Dependency::Kind::kSecret, name);
  if (secret == nullptr) {
    context.Error(node.begin, base::StrCat("secret ", base::Quoted(name), " does not exist"));
    return;
  }
  const auto stripped = absl::StripTrailingAsciiWhitespace(*secret->content);
  *out = std::string_view(stripped.data(), stripped.size());
  if (out->empty()) {
    context.Error(node.begin, base::StrCat("secret ", base::Quoted(name), " is empty"));
  }
}

void ReadAccessKeysInto(ParseContext& context, const Node& node,
                        std::vector<store::AccessKeyDefinition>* out) {
  ReadObjects(context, node, "AccessKey", kAccessKeyFields, out);
}

void ReadMfaDevicesInto(ParseContext& context, const Node& node,
                        std::vector<store::MfaDeviceDefinition>* out) {
  ReadObjects(context, node, "MFADevice", kMfaDeviceFields, out);
}

void DescribeValues(std::vector<SchemaObject>* objects) {
  objects->push_back(Describe("Tag", kTagFields));
  objects->push_back(Describe("Secret", kSecretFields));
  objects->push_back(Describe("AccessKey", kAccessKeyFields));
  objects->push_back(Describe("MFADevice", kMfaDeviceFields));
}

}  // namespace portcullis::source
