// What the parameters of an operation name, and the errors for what they do not.
#ifndef PORTCULLIS_SERVER_INVENTORY_LOOKUPS_INTERNAL_H_
#define PORTCULLIS_SERVER_INVENTORY_LOOKUPS_INTERNAL_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "server/inventory/operation.h"
#include "server/inventory/parameters.h"

namespace portcullis::inventory {

// NOT_FOUND "NoSuchEntity"; INVALID_ARGUMENT "InvalidInput".
absl::Status NoSuchEntity(std::string_view message);
absl::Status InvalidInput(std::string_view message);

// `arn:<partition>:iam::<account>:<rest>`.
std::string AccountArn(const Scope& scope, std::string_view rest);

// ---- Resources that several operations are about ----

absl::StatusOr<std::string> Everything(const Scope& scope, const Parameters& parameters);  // "*"
// The ARN in a parameter, if it is one of IAM's; INVALID_ARGUMENT otherwise.
absl::StatusOr<std::string> ArnParameter(const Parameters& parameters, std::string_view name);
absl::StatusOr<std::string> PolicyArn(const Scope& scope, const Parameters& parameters);
// Of `SerialNumber`: hardware devices have no ARN of their own, and count as `mfa/<number>`.
absl::StatusOr<std::string> DeviceArn(const Scope& scope, const Parameters& parameters);

// ---- Entities with names: users, groups, roles, instance profiles ----

// What operations call an entity of this type.
template <typename Entity>
struct EntityWords;

template <>
struct EntityWords<store::User> {
  static constexpr std::string_view kNoun = "user";
  static constexpr std::string_view kNameParameter = "UserName";
};
template <>
struct EntityWords<store::Group> {
  static constexpr std::string_view kNoun = "group";
  static constexpr std::string_view kNameParameter = "GroupName";
};
template <>
struct EntityWords<store::Role> {
  static constexpr std::string_view kNoun = "role";
  static constexpr std::string_view kNameParameter = "RoleName";
};
template <>
struct EntityWords<store::InstanceProfile> {
  static constexpr std::string_view kNoun = "instance-profile";
  static constexpr std::string_view kNameParameter = "InstanceProfileName";
};

// nullptr if the account has none of that name, which is compared exactly.
const store::User* FindByName(const Scope& scope, std::string_view name, const store::User*);
const store::Group* FindByName(const Scope& scope, std::string_view name, const store::Group*);
const store::Role* FindByName(const Scope& scope, std::string_view name, const store::Role*);
const store::InstanceProfile* FindByName(const Scope& scope, std::string_view name,
                                         const store::InstanceProfile*);
absl::Status NotFoundByName(std::string_view name, const store::User*);
absl::Status NotFoundByName(std::string_view name, const store::Group*);
absl::Status NotFoundByName(std::string_view name, const store::Role*);
absl::Status NotFoundByName(std::string_view name, const store::InstanceProfile*);

// The entity of the account that the parameter of its type names.
template <typename Entity>
absl::StatusOr<const Entity*> FindNamed(const Scope& scope, const Parameters& parameters) {
  constexpr const Entity* kType = nullptr;
  const std::string& name = parameters.Get(EntityWords<Entity>::kNameParameter);
  const Entity* const entity = FindByName(scope, name, kType);
  if (entity == nullptr) return NotFoundByName(name, kType);
  return entity;
}

// Its ARN; if there is none, the one that it would have with the path `/`.
template <typename Entity>
absl::StatusOr<std::string> NamedArn(const Scope& scope, const Parameters& parameters) {
  constexpr const Entity* kType = nullptr;
  const std::string& name = parameters.Get(EntityWords<Entity>::kNameParameter);
  const Entity* const entity = FindByName(scope, name, kType);
  if (entity != nullptr) return std::string(entity->arn);
  return AccountArn(scope, std::string(EntityWords<Entity>::kNoun) + "/" + name);
}

// The whole kind, below the path prefix that is listed: `arn:aws:iam::111122223333:user/`.
template <typename Entity>
absl::StatusOr<std::string> KindArn(const Scope& scope, const Parameters& parameters) {
  const std::string& prefix = parameters.Get("PathPrefix");
  return AccountArn(scope,
                    std::string(EntityWords<Entity>::kNoun) + (prefix.empty() ? "/" : prefix));
}

// ---- The user that an operation is about, which may be whoever calls ----

// A user of the account, or its root user.
struct Subject {
  const store::User* user = nullptr;  // nullptr: root.
};

// Of `UserName`, or the caller if that is absent. INVALID_ARGUMENT "ValidationError" if it is, and
// the caller is neither a user nor root.
absl::StatusOr<Subject> FindSubject(const Scope& scope, const Parameters& parameters);
absl::StatusOr<std::string> SubjectArn(const Scope& scope, const Parameters& parameters);
std::string_view SubjectName(const Subject& subject);

// ---- Managed policies ----

// The policy of the account or of the platform that `PolicyArn` names.
absl::StatusOr<const store::ManagedPolicy*> FindPolicy(const Scope& scope,
                                                       const Parameters& parameters);

}  // namespace portcullis::inventory

#endif  // PORTCULLIS_SERVER_INVENTORY_LOOKUPS_INTERNAL_H_
