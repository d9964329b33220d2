#include "server/policy/arn.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace portcullis::policy {
namespace {

constexpr size_t kNameLengthMax = 64;
constexpr size_t kPathLengthMax = 512;
constexpr size_t kProviderLengthMax = 255;
constexpr size_t kSamlNameLengthMax = 128;
constexpr size_t kServiceNameLengthMax = 253;  // A host name.

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}
bool IsLower(char c) {
  return c >= 'a' && c <= 'z';
}
bool IsAlphanumeric(char c) {
  return IsDigit(c) || IsLower(c) || (c >= 'A' && c <= 'Z');
}

// `[\w+=,.@-]+`: names of users, roles and sessions.
bool IsEntityName(std::string_view text) {
  constexpr std::string_view kPunctuation = "_+=,.@-";
  return !text.empty() && text.size() <= kNameLengthMax &&
         std::all_of(text.begin(), text.end(), [kPunctuation](char c) {
           return IsAlphanumeric(c) || kPunctuation.find(c) != std::string_view::npos;
         });
}

// `[path/]Name`, where the path has no leading slash. A wildcard makes a pattern of it.
bool IsPathAndName(std::string_view text) {
  const size_t slash = text.rfind('/');
  if (slash == std::string_view::npos) return IsEntityName(text);
  const std::string_view path = text.substr(0, slash);
  // With the slashes at both ends, which the ARN shares with its neighbours.
  return path.size() + 2 <= kPathLengthMax && IsEntityName(text.substr(slash + 1)) &&
         std::all_of(path.begin(), path.end(),
                     [](char c) { return c >= 0x21 && c <= 0x7E && c != '*' && c != '?'; });
}

// `RoleName/SessionName`: sessions have no path.
bool IsRoleAndSession(std::string_view text) {
  const size_t slash = text.find('/');
  return slash != std::string_view::npos && IsEntityName(text.substr(0, slash)) &&
         IsEntityName(text.substr(slash + 1));
}

// `host[/path]` of an OIDC provider's URL.
bool IsOidcHostAndPath(std::string_view text) {
  constexpr std::string_view kPunctuation = "-._~/";
  return !text.empty() && text.size() <= kProviderLengthMax && text.front() != '/' &&
         std::all_of(text.begin(), text.end(), [kPunctuation](char c) {
           return IsAlphanumeric(c) || kPunctuation.find(c) != std::string_view::npos;
         });
}

// `[\w._-]+`.
bool IsSamlName(std::string_view text) {
  return !text.empty() && text.size() <= kSamlNameLengthMax &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return IsAlphanumeric(c) || c == '_' || c == '.' || c == '-'; });
}

bool IsPartitionName(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return IsLower(c) || c == '-'; });
}

// How the resource field of one kind of principal looks.
struct PrincipalForm {
  std::string_view service;
  std::string_view resource_prefix;
  bool (*rest_is_valid)(std::string_view);
  PrincipalArnKind kind;
};

constexpr std::array<PrincipalForm, 6> kPrincipalForms = {{
    {"iam", "user/", &IsPathAndName, PrincipalArnKind::kUser},
    {"iam", "role/", &IsPathAndName, PrincipalArnKind::kRole},
    {"sts", "assumed-role/", &IsRoleAndSession, PrincipalArnKind::kRoleSession},
    {"sts", "federated-user/", &IsEntityName, PrincipalArnKind::kFederatedUser},
    {"iam", "oidc-provider/", &IsOidcHostAndPath, PrincipalArnKind::kOidcProvider},
    {"iam", "saml-provider/", &IsSamlName, PrincipalArnKind::kSamlProvider},
}};

// Host suffixes of the partitions' services.
constexpr std::array<std::string_view, 6> kServiceSuffixes = {
    ".amazonaws.com", ".amazonaws.com.cn", ".amazon.com",
    ".amazonaws.eu",  ".c2s.ic.gov",       ".sc2s.sgov.gov",
};

}  // namespace

std::string_view ArnView::field(int index) const {
  switch (index) {
    case 0:
      return text.substr(0, 3);
    case 1:
      return partition;
    case 2:
      return service;
    case 3:
      return region;
    case 4:
      return account;
    case 5:
      return resource;
  }
  return {};
}

std::optional<ArnView> ArnView::Parse(std::string_view text) {
  ArnView arn;
  return arn.Read(text) ? std::optional<ArnView>(arn) : std::nullopt;
}

bool ArnView::Read(std::string_view read) {
  if (!read.starts_with("arn:")) return false;
  text = read;
  size_t begin = 4;
  const auto take = [read, &begin](std::string_view* field) {
    size_t end = begin;  // Fields are short: a loop finds their ends faster than a search does.
    while (end < read.size() && read[end] != ':') ++end;
    if (end == read.size()) return false;
    *field = {read.data() + begin, end - begin};
    begin = end + 1;
    return true;
  };
  if (!take(&partition) || !take(&service) || !take(&region) || !take(&account)) return false;
  resource = {read.data() + begin, read.size() - begin};
  return true;
}

PrincipalArnKind ClassifyPrincipalArn(const ArnView& arn) {
  if (!IsPartitionName(arn.partition) || !arn.region.empty() || !IsAccountId(arn.account)) {
    return PrincipalArnKind::kNotAPrincipal;
  }
  if (arn.service == "iam" && arn.resource == "root") return PrincipalArnKind::kRoot;
  for (const PrincipalForm& form : kPrincipalForms) {
    if (arn.service == form.service && arn.resource.starts_with(form.resource_prefix) &&
        form.rest_is_valid(arn.resource.substr(form.resource_prefix.size()))) {
      return form.kind;
    }
  }
  return PrincipalArnKind::kNotAPrincipal;
}

bool IsAccountId(std::string_view text) {
  return text.size() == 12 && std::all_of(text.begin(), text.end(), IsDigit);
}

std::string_view ArnResourceName(const ArnView& arn) {
  const size_t slash = arn.resource.rfind('/');
  return slash == std::string_view::npos ? arn.resource : arn.resource.substr(slash + 1);
}

bool IsServicePrincipalName(std::string_view text) {
  if (text.size() > kServiceNameLengthMax) return false;
  const auto* const suffix =
      std::find_if(kServiceSuffixes.begin(), kServiceSuffixes.end(),
                   [text](std::string_view candidate) { return text.ends_with(candidate); });
  if (suffix == kServiceSuffixes.end()) return false;
  const std::string_view labels = text.substr(0, text.size() - suffix->size());
  const bool separated = labels.starts_with('.') || labels.ends_with('.') ||
                         labels.find("..") != std::string_view::npos;
  return !labels.empty() && !separated && std::all_of(labels.begin(), labels.end(), [](char c) {
    return IsLower(c) || IsDigit(c) || c == '-' || c == '.';
  });
}

}  // namespace portcullis::policy
