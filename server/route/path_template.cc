#include "server/route/path_template.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"

#include "server/base/percent.h"
#include "server/base/text.h"
#include "server/route/path_internal.h"
#include "server/route/request.h"
#include "server/route/table.h"

namespace portcullis::route {
namespace {

bool IsVariableName(std::string_view text) {
  const auto is_lower = [](char c) { return c >= 'a' && c <= 'z'; };
  return !text.empty() && is_lower(text.front()) &&
         std::all_of(text.begin(), text.end(), [is_lower](char c) {
           return is_lower(c) || (c >= '0' && c <= '9') || c == '_';
         });
}

// Authors write paths as people read them; "%20" would be compared as three characters.
bool HasEncodedCharacter(std::string_view text) {
  for (size_t at = text.find('%'); at != std::string_view::npos; at = text.find('%', at + 1)) {
    if (text.size() - at >= 3 && base::HexDigitValue(text[at + 1]) >= 0 &&
        base::HexDigitValue(text[at + 2]) >= 0) {
      return true;
    }
  }
  return false;
}

}  // namespace

// What is wrong, as a clause after the segment; empty if nothing is.
std::string_view PathTemplate::ParseSegment(std::string_view text, bool last, Segment* segment) {
  if (text == "*") {
    segment->kind = Kind::kAny;
    return {};
  }
  if (text == "**") {
    segment->kind = Kind::kRest;
    return last ? std::string_view() : "stands for the rest, so it has to be the last";
  }
  if (text.starts_with('{') && text.ends_with('}')) {
    std::string_view name = text.substr(1, text.size() - 2);
    segment->kind = name.ends_with("...") ? Kind::kRestVariable : Kind::kVariable;
    if (segment->kind == Kind::kRestVariable) name.remove_suffix(3);
    if (!IsVariableName(name)) return "is no variable: names are `[a-z][a-z0-9_]*`";
    segment->text = std::string(name);
    return last || segment->kind == Kind::kVariable
               ? std::string_view()
               : "stands for the rest, so it has to be the last";
  }
  if (text.find_first_of("{}*") != std::string_view::npos) {
    return "is neither a text nor a variable: a variable or `*` takes a whole segment";
  }
  if (text.empty()) return "is empty, and requests with empty segments need a variable there";
  if (HasEncodedCharacter(text)) return "is encoded: write the characters themselves";
  if (!base::IsValidUtf8(text) || !FlawOfSegment(text, {false, true}).empty()) {
    return "is in no path that is let through";
  }
  segment->text = std::string(text);
  return {};
}

std::string PathTemplate::AddSegment(std::string_view text, bool last) {
  Segment segment;
  if (const std::string_view flaw = ParseSegment(text, last, &segment); !flaw.empty()) {
    return base::Concat({"the segment ", base::Quoted(text), " ", flaw});
  }
  if (segment.kind == Kind::kVariable || segment.kind == Kind::kRestVariable) {
    if (std::find(variables_.begin(), variables_.end(), segment.text) != variables_.end()) {
      return base::Concat({"the variable ", base::Quoted(segment.text), " occurs twice"});
    }
    variables_.push_back(segment.text);
  }
  segments_.push_back(std::move(segment));
  return {};
}

std::optional<PathTemplate> PathTemplate::Parse(const Located& text,
                                                std::vector<Problem>* problems) {
  const auto add = [&](std::string message, std::string suggestion) {
    problems->push_back({false, text.position, std::move(message), std::move(suggestion)});
  };
  const std::string_view written = text.text;
  if (!written.starts_with('/')) {
    add(base::Concat({"the path ", base::Quoted(written), " does not begin with a slash"}),
        "/" + text.text);
    return std::nullopt;
  }
  PathTemplate path;
  const size_t problems_before = problems->size();
  for (size_t begin = 1; begin < written.size();) {
    const size_t slash = std::min(written.find('/', begin), written.size());
    const bool last = slash == written.size();
    std::string problem = path.AddSegment(written.substr(begin, slash - begin), last);
    if (!problem.empty()) add(std::move(problem), {});
    path.trailing_slash_ = slash + 1 == written.size();
    begin = slash + 1;
  }
  if (path.segments_.size() > kPathSegmentsMax) add("the path has too many segments", {});
  if (problems->size() != problems_before) return std::nullopt;
  return path;
}

bool PathTemplate::has_rest() const {
  return !segments_.empty() &&
         (segments_.back().kind == Kind::kRest || segments_.back().kind == Kind::kRestVariable);
}

absl::Span<const PathTemplate::Segment> PathTemplate::single() const {
  return absl::MakeConstSpan(segments_.data(), segments_.size() - (has_rest() ? 1 : 0));
}

size_t PathTemplate::TextCount() const {
  return static_cast<size_t>(
      std::count_if(segments_.begin(), segments_.end(),
                    [](const Segment& segment) { return segment.kind == Kind::kText; }));
}

PathTemplate::Fit PathTemplate::FitOf(const CanonicalRequest& request) const {
  const absl::Span<const Segment> parts = single();
  const bool rest = has_rest();
  if (request.segments.size() < parts.size() || (!rest && request.segments.size() > parts.size())) {
    return Fit::kNone;
  }
  Fit fit = Fit::kExact;
  for (size_t i = 0; i < parts.size(); ++i) {
    const std::string& actual = request.segments[i];
    if (parts[i].kind != Kind::kText) {
      if (actual.empty()) return Fit::kNone;
    } else if (actual != parts[i].text) {
      if (!base::EqualFolded(actual, parts[i].text)) return Fit::kNone;
      fit = Fit::kLoose;
    }
  }
  if (!rest && !parts.empty() && request.trailing_slash != trailing_slash_) return Fit::kLoose;
  return fit;
}

std::vector<std::string> PathTemplate::ValuesIn(const CanonicalRequest& request) const {
  std::vector<std::string> values;
  values.reserve(variables_.size());
  for (size_t i = 0; i < segments_.size(); ++i) {
    if (segments_[i].kind == Kind::kVariable) values.push_back(request.segments[i]);
    if (segments_[i].kind != Kind::kRestVariable) continue;
    std::string rest;
    for (size_t j = i; j < request.segments.size(); ++j) {
      if (j != i) rest.push_back('/');
      rest += request.segments[j];
    }
    if (request.trailing_slash && i < request.segments.size()) rest.push_back('/');
    values.push_back(std::move(rest));
  }
  return values;
}

bool PathTemplate::Covers(const PathTemplate& other) const {
  const absl::Span<const Segment> mine = single();
  const absl::Span<const Segment> theirs = other.single();
  if (theirs.size() < mine.size()) return false;
  if (!has_rest() && (other.has_rest() || theirs.size() != mine.size() ||
                      (!mine.empty() && trailing_slash_ != other.trailing_slash_))) {
    return false;
  }
  for (size_t i = 0; i < mine.size(); ++i) {
    if (mine[i].kind != Kind::kText) continue;
    if (theirs[i].kind != Kind::kText || theirs[i].text != mine[i].text) return false;
  }
  return true;
}

bool PathTemplate::IsAsSpecificAs(const PathTemplate& other) const {
  return !has_rest() && TextCount() >= other.TextCount();
}

}  // namespace portcullis::route
