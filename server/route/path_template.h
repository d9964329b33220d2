// Templates of paths in rules: "/orders/{order}", "/files/{key...}", "/static/**".
#ifndef PORTCULLIS_SERVER_ROUTE_PATH_TEMPLATE_H_
#define PORTCULLIS_SERVER_ROUTE_PATH_TEMPLATE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/types/span.h"

#include "server/route/canonical_request.h"
#include "server/route/definition.h"

namespace portcullis::route {

struct Problem;  // In table.h.

// Each segment is a text, which is compared with the decoded segment, `{name}` or `*` for any one
// segment that is not empty, or, at the end, `{name...}` or `**` for whatever follows, which may be
// nothing. Names are [a-z][a-z0-9_]*, each used once. A final slash has to be there in template and
// path, or in neither; what follows is free in this.
//
// Immutable; any number of threads may read.
class PathTemplate {
 public:
  // nullopt with at least one problem, all at `text`'s position: no slash at the beginning, a name
  // that is none, a segment that no canonical path has, ...
  static std::optional<PathTemplate> Parse(const Located& text, std::vector<Problem>* problems);

  // kLoose: only a reader who ignores case or a final slash would say that it matches. Many
  // applications do, so such a path must not slip to a rule that is about everything.
  enum class Fit : uint8_t { kNone, kLoose, kExact };
  Fit FitOf(const CanonicalRequest& request) const;

  // The values of the variables in order; that of `{name...}` is "a/b" or, with a final slash,
  // "a/b/". REQUIRES: FitOf(request) == Fit::kExact.
  std::vector<std::string> ValuesIn(const CanonicalRequest& request) const;

  // Names of the variables, in order.
  absl::Span<const std::string> variables() const { return variables_; }

  // Whether every path that `other` matches is matched by this, too.
  bool Covers(const PathTemplate& other) const;

  // "/**" and "/{all...}".
  bool CoversEverything() const { return has_rest() && segments_.size() == 1; }

  // Whether this says at least as much about a path as `other` does: as many texts, and the end.
  bool IsAsSpecificAs(const PathTemplate& other) const;

 private:
  enum class Kind : uint8_t { kText, kAny, kVariable, kRest, kRestVariable };
  struct Segment {
    Kind kind = Kind::kText;
    std::string text;
  };

  PathTemplate() = default;

  bool has_rest() const;
  // Segments that stand for exactly one each.
  absl::Span<const Segment> single() const;
  size_t TextCount() const;

  static std::string_view ParseSegment(std::string_view text, bool last, Segment* segment);
  std::string AddSegment(std::string_view text, bool last);

  std::vector<Segment> segments_;
  std::vector<std::string> variables_;
  bool trailing_slash_ = false;
};

}  // namespace portcullis::route

#endif  // PORTCULLIS_SERVER_ROUTE_PATH_TEMPLATE_H_
