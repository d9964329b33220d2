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

absl::Status ArnPattern::WriteResource(std::string_view source, ShortArn short_arn, bool variables,
                                       BlockPlace<ArnPattern> place, BlockWriter* writer) {
  PatternBuilder builder({.wildcards = true, .variables = variables});
  RETURN_IF_ERROR(builder.Read(source));
  const BlockPlace<Pattern> pattern = writer->Part(place, &ArnPattern::pattern_);
  if (source == "*") {
    builder.Write(pattern, writer);
    return absl::OkStatus();
  }
  if (builder.HasVariables() && builder.ColonsBeforeVariables() < kArnColons) {
    return absl::InvalidArgumentError(
        "a policy variable may stand only in the sixth field of an ARN, after its fifth colon");
  }
  if (!source.starts_with("arn:")) return absl::OkStatus();
  uint32_t colons = builder.LiteralColons();
  if (colons < kArnColons && !IsPadded(builder, short_arn)) return absl::OkStatus();
  for (; colons < kArnColons; ++colons) RETURN_IF_ERROR(builder.Read(":*"));
  builder.WriteArn(/*fields_vary=*/false, pattern, writer);
  return absl::OkStatus();
}

absl::Status ArnPattern::WriteOperand(std::string_view source, bool variables,
                                      BlockPlace<Pattern> place, BlockWriter* writer) {
  PatternBuilder builder({.wildcards = true, .variables = variables});
  RETURN_IF_ERROR(builder.Read(source));
  if (source == "*") {
    builder.Write(place, writer);
  } else if (builder.ColonsBeforeVariables() >= kArnColons) {
    builder.WriteArn(/*fields_vary=*/false, place, writer);
  } else if (builder.HasVariables()) {
    builder.WriteArn(/*fields_vary=*/true, place, writer);
  }
  return absl::OkStatus();
}

absl::StatusOr<Block<ArnPattern>> ArnPattern::CompileResource(std::string_view source,
                                                              ShortArn short_arn, bool variables) {
  BlockWriter writer;
  const auto place = writer.Append<ArnPattern>();
  RETURN_IF_ERROR(WriteResource(source, short_arn, variables, place, &writer));
  return Block<ArnPattern>(writer);
}

absl::StatusOr<Block<ArnPattern>> ArnPattern::CompileOperand(std::string_view source,
                                                             bool variables) {
  BlockWriter writer;
  const auto place = writer.Append<ArnPattern>();
  const auto pattern = writer.Part(place, &ArnPattern::pattern_);
  RETURN_IF_ERROR(WriteOperand(source, variables, pattern, &writer));
  return Block<ArnPattern>(writer);
}

Match ArnPattern::Matches(const ArnView& arn, const RequestContext& context) const {
  return pattern_.Matches(arn.text, context);
}

}  // namespace portcullis::policy
