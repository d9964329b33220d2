#include "tests/unit/metrics/exposition_text.h"

#include <cmath>
#include <limits>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"

namespace portcullis::metrics {
namespace {

bool IsName(const std::string& name) {
  return !name.empty() &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string::npos;
}

// The family that a sample belongs to: histograms have three kinds of samples.
std::string FamilyOfSample(const ExpositionText& text, const std::string& name) {
  if (text.types.contains(name)) return name;
  for (const std::string suffix : {"_bucket", "_count", "_sum"}) {
    if (!name.ends_with(suffix)) continue;
    const std::string family = name.substr(0, name.size() - suffix.size());
    const auto found = text.types.find(family);
    if (found != text.types.end() && found->second == "histogram") return family;
  }
  return "";
}

void ParseComment(const std::string& line, ExpositionText* text) {
  const std::vector<std::string> words = absl::StrSplit(line, absl::MaxSplits(' ', 3));
  if (words.size() < 4 || !IsName(words[2])) {
    text->problems.push_back("malformed comment: " + line);
  } else if (words[1] == "HELP") {
    if (!text->helps.emplace(words[2], words[3]).second) {
      text->problems.push_back("second HELP: " + line);
    }
  } else if (words[1] == "TYPE") {
    if (!text->types.emplace(words[2], words[3]).second) {
      text->problems.push_back("second TYPE: " + line);
    }
  } else {
    text->problems.push_back("unknown comment: " + line);
  }
}

void ParseSample(const std::string& line, ExpositionText* text) {
  const size_t brace = line.find('}');
  const size_t blank = line.find(' ', brace == std::string::npos ? 0 : brace);
  if (blank == std::string::npos) {
    text->problems.push_back("no value: " + line);
    return;
  }
  const std::string series = line.substr(0, blank);
  const std::string name = series.substr(0, series.find('{'));
  double value = 0;
  if (!IsName(name)) text->problems.push_back("malformed name: " + line);
  if (FamilyOfSample(*text, name).empty()) text->problems.push_back("no TYPE before: " + line);
  if (!absl::SimpleAtod(line.substr(blank + 1), &value) || std::isnan(value)) {
    text->problems.push_back("malformed value: " + line);
  }
  if (!text->samples.emplace(series, value).second) {
    text->problems.push_back("second sample: " + line);
  }
}

}  // namespace

double ExpositionText::Value(const std::string& series) const {
  const auto found = samples.find(series);
  return found == samples.end() ? std::numeric_limits<double>::quiet_NaN() : found->second;
}

ExpositionText ParseExposition(const std::string& text) {
  ExpositionText parsed;
  if (text.empty() || text.back() != '\n') parsed.problems.emplace_back("no final newline");
  for (const std::string& line : std::vector<std::string>(absl::StrSplit(text, '\n'))) {
    if (line.empty()) continue;
    if (line[0] == '#') {
      ParseComment(line, &parsed);
    } else {
      ParseSample(line, &parsed);
    }
  }
  for (const auto& [family, type] : parsed.types) {
    if (!parsed.helps.contains(family)) parsed.problems.push_back("no HELP: " + family);
    if ((type == "counter") != family.ends_with("_total")) {
      parsed.problems.push_back("only counters end in _total: " + family);
    }
  }
  return parsed;
}

}  // namespace portcullis::metrics
