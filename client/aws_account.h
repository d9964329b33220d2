// An account of AWS as its own API describes it: what an import reads, before it becomes YAML.
#ifndef PORTCULLIS_CLIENT_AWS_ACCOUNT_H_
#define PORTCULLIS_CLIENT_AWS_ACCOUNT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"

#include "client/import_report.h"
#include "server/base/node.h"

namespace portcullis::client {

// Everything here refers to the input that it was read from, and to AwsAccount::decoded; texts are
// empty and times absent where the input has none.

// A policy document. Documents come nested in the JSON, or as texts with JSON in them.
struct AwsDocument {
  const base::Node* root = nullptr;
  ImportPlace place;
  bool from_text = false;  // The positions below `root` are those in the decoded text.
};

struct AwsTag {
  Placed key;
  Placed value;
};

struct AwsInlinePolicy {
  Placed name;
  AwsDocument document;
};

struct AwsNamed {
  ImportPlace place;
  Placed arn;
  Placed name;
  Placed path;
  Placed id;
  std::optional<absl::Time> create_date;
  std::vector<AwsTag> tags;
};

// Users, groups, roles.
struct AwsEntity : AwsNamed {
  std::vector<AwsInlinePolicy> inline_policies;
  std::vector<Placed> attached;  // ARNs.
  Placed boundary;               // ARN.
};

struct AwsUser : AwsEntity {
  std::vector<Placed> groups;                       // Names.
  std::optional<absl::Time> password_last_used;     // May outlast the password.
  bool has_password = false;                        // From the credential report.
  std::optional<absl::Time> password_last_changed;  // Set if has_password.
};

struct AwsGroup : AwsEntity {};

struct AwsInstanceProfile : AwsNamed {
  std::vector<Placed> roles;  // Names.
};

struct AwsRole : AwsEntity {
  AwsDocument trust_policy;
  Placed description;
  std::optional<int64_t> max_session_duration_seconds;
};

struct AwsPolicyVersion {
  ImportPlace place;
  Placed id;
  AwsDocument document;
  bool is_default = false;
  std::optional<absl::Time> create_date;
};

struct AwsManagedPolicy : AwsNamed {
  bool platform = false;  // Of account `aws`.
  Placed description;
  Placed default_version_id;
  std::optional<absl::Time> update_date;
  std::vector<AwsPolicyVersion> versions;
};

struct AwsResource {
  Placed arn;
  AwsDocument policy;  // `root` nullptr: none.
  std::vector<AwsTag> tags;
  bool requires_resource_policy = false;
};

struct AwsAccount {
  Placed id;  // From the first ARN.
  std::optional<absl::Time> create_date;
  std::vector<AwsUser> users;
  std::vector<AwsGroup> groups;
  std::vector<AwsRole> roles;
  std::vector<AwsManagedPolicy> policies;
  std::vector<AwsInstanceProfile> instance_profiles;
  std::vector<AwsResource> resources;

  std::vector<base::NodeTree> decoded;  // Documents that came as texts.
};

}  // namespace portcullis::client

#endif  // PORTCULLIS_CLIENT_AWS_ACCOUNT_H_
