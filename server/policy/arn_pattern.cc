#include <utility>

#include "server/base/status_macros.h"
#include "server/policy/pattern.h"
#include "server/policy/pattern_program.h"

namespace portcullis::policy {
namespace {

// Whether a pattern with fewer than six fields stands for one filled up with `*` (R-2.35 to
//
bool IsPadded(const PatternBuilder& builder, ShortArn short_arn) {
  switch (short_arn) {
    case ShortArn::kNothing:
      return false;
    case ShortArn::kPadIfTrailingStar:
      return !builder.tokens().empty() &&
             builder.tokens().back().kind == PatternPiece::Kind::kAnyRun;
    case ShortArn::kPadIfWildcard:
      return builder.HasWildcards();
    case ShortArn::kPad:
      return true;
  }
  return false;
}

}  // namespace

absl::StatusOr<ArnPattern> ArnPattern::CompileResource(std::string_view source, ShortArn short_arn,
                                                       bool variables) {
  PatternBuilder builder({.wildcards = true, .variables = variables});
  RETURN_IF_ERROR(builder.Read(source));
  ArnPattern result;
  if (source == "*") {
    result.pattern_ = builder.Build();
    return result;
  }
  if (builder.HasVariables() && builder.ColonsBeforeVariables() < kArnColons) {
    return absl::InvalidArgumentError(
        "a policy variable may stand only in the sixth field of an ARN, after its fifth colon");
  }
  if (!source.starts_with("arn:")) return result;
  uint32_t colons = builder.LiteralColons();
  if (colons < kArnColons && !IsPadded(builder, short_arn)) return result;
  for (; colons < kArnColons; ++colons) RETURN_IF_ERROR(builder.Read(":*"));
  result.pattern_ = builder.BuildArn(/*fields_vary=*/false);
  return result;
}

absl::StatusOr<ArnPattern> ArnPattern::CompileOperand(std::string_view source, bool variables) {
  PatternBuilder builder({.wildcards = true, .variables = variables});
  RETURN_IF_ERROR(builder.Read(source));
  ArnPattern result;
  if (source == "*") {
    result.pattern_ = builder.Build();
  } else if (builder.ColonsBeforeVariables() >= kArnColons) {
    result.pattern_ = builder.BuildArn(/*fields_vary=*/false);
  } else if (builder.HasVariables()) {
    result.pattern_ = builder.BuildArn(/*fields_vary=*/true);
  }
  return result;
}

Match ArnPattern::Matches(const ArnView& arn, const RequestContext& context) const {
  return pattern_.Matches(arn.text, context);
}

}  // namespace portcullis::policy
