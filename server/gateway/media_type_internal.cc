#include "server/gateway/media_type_internal.h"

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

#include "server/base/blanks.h"
#include "server/base/text.h"

namespace portcullis::gateway {
namespace {

constexpr int kWeightMax = 1000;

struct Candidate {
  MediaType type;
  std::string_view name;
  std::string_view family;
};
// The most wanted first.
constexpr std::array<Candidate, 3> kCandidates = {{
    {MediaType::kJson, "application/json", "application/*"},
    {MediaType::kHtml, "text/html", "text/*"},
    {MediaType::kText, "text/plain", "text/*"},
}};

// Takes what is before `separator` off `rest`.
std::string_view Take(char separator, std::string_view* rest) {
  const size_t end = rest->find(separator);
  const std::string_view part = rest->substr(0, end);
  rest->remove_prefix(end == std::string_view::npos ? rest->size() : end + 1);
  return base::TrimBlanks(part);
}

// `0`, `1` or one of them with up to three decimals, in thousandths; 0 for what is no weight.
int ParseWeight(std::string_view text) {
  if (text.empty() || (text.front() != '0' && text.front() != '1')) return 0;
  int weight = (text.front() - '0') * kWeightMax;
  if (text.size() > 1 && text[1] != '.') return 0;
  int unit = kWeightMax / 10;
  for (const char c : text.substr(text.size() > 1 ? 2 : 1)) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(c)) || unit == 0) return 0;
    weight += (c - '0') * unit;
    unit /= 10;
  }
  return weight <= kWeightMax ? weight : 0;
}

int WeightOf(std::string_view parameters) {
  while (!parameters.empty()) {
    const std::string_view parameter = Take(';', &parameters);
    const size_t equals = parameter.find('=');
    if (equals == std::string_view::npos) continue;
    if (base::EqualFolded(base::TrimBlanks(parameter.substr(0, equals)), "q")) {
      return ParseWeight(base::TrimBlanks(parameter.substr(equals + 1)));
    }
  }
  return kWeightMax;
}

// How well a range names a candidate: 0 not at all, 3 exactly.
int Specificity(std::string_view range, const Candidate& candidate) {
  if (base::EqualFolded(range, candidate.name)) return 3;
  if (base::EqualFolded(range, candidate.family)) return 2;
  return range == "*/*" ? 1 : 0;
}

// Weights of the candidates, by the range that names each best.
class Weights {
 public:
  void Add(std::string_view accept) {
    while (!accept.empty()) {
      std::string_view parameters = Take(',', &accept);
      const std::string_view range = Take(';', &parameters);
      const int weight = WeightOf(parameters);
      for (size_t i = 0; i < kCandidates.size(); ++i) {
        const int specificity = Specificity(range, kCandidates[i]);
        if (specificity == 0 || specificity < best_[i]) continue;
        best_[i] = specificity;
        weights_[i] = weight;
      }
    }
  }

  MediaType Best() const {
    size_t best = kCandidates.size() - 1;
    for (size_t i = kCandidates.size(); i-- > 0;) {
      if (weights_[i] >= weights_[best]) best = i;
    }
    return weights_[best] > 0 ? kCandidates[best].type : MediaType::kText;
  }

 private:
  std::array<int, kCandidates.size()> best_ = {};
  std::array<int, kCandidates.size()> weights_ = {};
};

}  // namespace

bool IsGrpc(const route::Request& request) {
  const std::optional<std::string_view> type = request.FindHeader("content-type");
  return type.has_value() && absl::StartsWithIgnoreCase(base::AbslView(*type), "application/grpc");
}

MediaType PreferredMediaType(const route::Request& request) {
  if (IsGrpc(request)) return MediaType::kText;
  if (request.CountHeaders("accept") == 0) return MediaType::kJson;
  Weights weights;
  for (const route::Header& header : request.headers) {
    if (header.name == "accept") weights.Add(header.value);
  }
  return weights.Best();
}

}  // namespace portcullis::gateway
