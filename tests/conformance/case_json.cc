#include "tests/conformance/case_json.h"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <cstdio>
#include <stdexcept>

namespace portcullis::conformance {
namespace {

bool AllDigits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [](unsigned char c) { return std::isdigit(c) != 0; });
}

// Integers and decimal fractions as JSON writes them; exponents do not occur in case files.
bool IsJsonNumber(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  if (!AllDigits(whole) || (whole.size() > 1 && whole[0] == '0')) return false;
  return point == std::string_view::npos || AllDigits(text.substr(point + 1));
}

// Decodes one character of valid UTF-8; YAML has refused anything else.
uint32_t NextCodePoint(std::string_view text, size_t* at) {
  const auto lead = static_cast<unsigned char>(text[*at]);
  const size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (*at + length > text.size()) throw std::runtime_error("text is cut inside a character");
  uint32_t code = length == 1 ? lead : lead & (0x7FU >> length);
  for (size_t i = 1; i < length; ++i) {
    code = code << 6 | (static_cast<unsigned char>(text[*at + i]) & 0x3FU);
  }
  *at += length;
  return code;
}

void AppendEscape(uint32_t unit, std::string* out) {
  char buffer[16];
  std::snprintf(buffer, sizeof buffer, "\\u%04x", unit);
  *out += buffer;
}

}  // namespace

std::string JsonString(std::string_view text) {
  std::string out = "\"";
  for (size_t at = 0; at < text.size();) {
    const size_t begin = at;
    const uint32_t code = NextCodePoint(text, &at);
    if (code == '"' || code == '\\') {
      out += '\\';
      out += static_cast<char>(code);
    } else if (code < 0x20) {
      AppendEscape(code, &out);
    } else if (code > 0xFFFF) {
      AppendEscape(0xD800 + ((code - 0x10000) >> 10), &out);
      AppendEscape(0xDC00 + ((code - 0x10000) & 0x3FF), &out);
    } else if (code > 0xFF) {
      AppendEscape(code, &out);
    } else {
      out += text.substr(begin, at - begin);
    }
  }
  return out + "\"";
}

std::string ToJson(const YAML::Node& node) {
  if (node.IsNull()) return "null";
  if (node.IsScalar()) {
    const std::string& text = node.Scalar();
    const bool plain = node.Tag() == "?";
    if (plain && (text == "true" || text == "false" || IsJsonNumber(text))) return text;
    return JsonString(text);
  }
  std::string out;
  if (node.IsSequence()) {
    for (const YAML::Node& child : node) out += (out.empty() ? "" : ",") + ToJson(child);
    return "[" + out + "]";
  }
  for (const auto& member : node) {
    if (!out.empty()) out += ",";
    out += JsonString(member.first.Scalar()) + ":" + ToJson(member.second);
  }
  return "{" + out + "}";
}

std::string StatementJson(const YAML::Node& statement, const StatementOptions& options) {
  std::string members;
  const auto add = [&members](std::string_view name, const std::string& json) {
    if (!members.empty()) members += ",";
    members += JsonString(name) + ":" + json;
  };
  const auto missing = [&](const char* name, const char* negated) {
    return !statement[name] && (negated == nullptr || !statement[negated]) &&
           std::find(options.without.begin(), options.without.end(), name) == options.without.end();
  };
  if (missing("Sid", nullptr)) add("Sid", "\"S\"");
  if (missing("Effect", nullptr)) add("Effect", JsonString(options.effect));
  if (options.principal && missing("Principal", "NotPrincipal")) add("Principal", "\"*\"");
  if (missing("Action", "NotAction")) add("Action", "\"*\"");
  if (options.resource && missing("Resource", "NotResource")) add("Resource", "\"*\"");
  for (const auto& member : statement) add(member.first.Scalar(), ToJson(member.second));
  return "{" + members + "}";
}

std::string DocumentJson(std::string_view version, const std::vector<std::string>& statements) {
  std::string list;
  for (const std::string& statement : statements) list += (list.empty() ? "" : ",") + statement;
  const std::string head = version == "none" ? "" : "\"Version\":" + JsonString(version) + ",";
  return "{" + head + "\"Statement\":[" + list + "]}";
}

std::vector<std::string> SidsOf(const std::string& json) {
  const YAML::Node statement = YAML::Load(json)["Statement"];
  const auto sid = [](const YAML::Node& node) {
    return node["Sid"] ? node["Sid"].Scalar() : std::string();
  };
  if (statement.IsMap()) return {sid(statement)};
  std::vector<std::string> sids;
  for (const YAML::Node& node : statement) sids.push_back(sid(node));
  return sids;
}

}  // namespace portcullis::conformance
