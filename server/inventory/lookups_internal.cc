#include "server/inventory/lookups_internal.h"

#include <optional>

#include "server/base/error_reason.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/inventory/shapes.h"
#include "server/policy/arn.h"
#include "server/policy/request.h"

namespace portcullis::inventory {

absl::Status NoSuchEntity(std::string_view message) {
  return base::ErrorWithReason(absl::StatusCode::kNotFound, "NoSuchEntity", message);
}

absl::Status InvalidInput(std::string_view message) {
  return base::ErrorWithReason(absl::StatusCode::kInvalidArgument, "InvalidInput", message);
}

std::string AccountArn(const Scope& scope, std::string_view rest) {
  return base::Concat({"arn:", scope.account.partition, ":iam::", scope.account.id, ":", rest});
}

absl::StatusOr<std::string> Everything(const Scope&, const Parameters&) {
  return "*";
}

absl::StatusOr<std::string> ArnParameter(const Parameters& parameters, std::string_view name) {
  const std::string& arn = parameters.Get(name);
  const std::optional<policy::ArnView> parts = policy::ArnView::Parse(arn);
  const bool valid = policy::IsResourceName(arn) && parts.has_value() && parts->service == "iam" &&
                     parts->region.empty() && !parts->account.empty() && !parts->resource.empty();
  if (!valid) return InvalidInput(base::Concat({"ARN ", arn, " is not valid."}));
  return arn;
}

absl::StatusOr<std::string> PolicyArn(const Scope&, const Parameters& parameters) {
  return ArnParameter(parameters, "PolicyArn");
}

absl::StatusOr<std::string> DeviceArn(const Scope& scope, const Parameters& parameters) {
  const std::string& serial_number = parameters.Get("SerialNumber");
  if (policy::ArnView::Parse(serial_number).has_value()) return serial_number;
  return AccountArn(scope, base::Concat({"mfa/", serial_number}));
}

const store::User* FindByName(const Scope& scope, std::string_view name, const store::User*) {
  return scope.snapshot.FindUserByName(scope.account.id, name);
}
const store::Group* FindByName(const Scope& scope, std::string_view name, const store::Group*) {
  return scope.snapshot.FindGroupByName(scope.account.id, name);
}
const store::Role* FindByName(const Scope& scope, std::string_view name, const store::Role*) {
  return scope.snapshot.FindRoleByName(scope.account.id, name);
}
const store::InstanceProfile* FindByName(const Scope& scope, std::string_view name,
                                         const store::InstanceProfile*) {
  return scope.snapshot.FindInstanceProfileByName(scope.account.id, name);
}

absl::Status NotFoundByName(std::string_view name, const store::User*) {
  return NoSuchEntity(base::Concat({"The user with name ", name, " cannot be found."}));
}
absl::Status NotFoundByName(std::string_view name, const store::Group*) {
  return NoSuchEntity(base::Concat({"The group with name ", name, " cannot be found."}));
}
absl::Status NotFoundByName(std::string_view name, const store::Role*) {
  return NoSuchEntity(base::Concat({"The role with name ", name, " cannot be found."}));
}
absl::Status NotFoundByName(std::string_view name, const store::InstanceProfile*) {
  return NoSuchEntity(base::Concat({"Instance Profile ", name, " cannot be found."}));
}

absl::StatusOr<Subject> FindSubject(const Scope& scope, const Parameters& parameters) {
  if (parameters.Has("UserName")) {
    ASSIGN_OR_RETURN(const store::User* user, FindNamed<store::User>(scope, parameters));
    return Subject{user};
  }
  if (scope.user != nullptr || scope.is_root) return Subject{scope.user};
  return base::ErrorWithReason(absl::StatusCode::kInvalidArgument, "ValidationError",
                               "Must specify userName when calling with non-User credentials");
}

absl::StatusOr<std::string> SubjectArn(const Scope& scope, const Parameters& parameters) {
  if (parameters.Has("UserName")) return NamedArn<store::User>(scope, parameters);
  ASSIGN_OR_RETURN(const Subject subject, FindSubject(scope, parameters));
  return std::string(subject.user != nullptr ? subject.user->arn : scope.account.root_arn);
}

std::string_view SubjectName(const Subject& subject) {
  return subject.user != nullptr ? subject.user->name : kRootUserName;
}

absl::StatusOr<const store::ManagedPolicy*> FindPolicy(const Scope& scope,
                                                       const Parameters& parameters) {
  ASSIGN_OR_RETURN(const std::string arn, PolicyArn(scope, parameters));
  const store::ManagedPolicy* const policy = scope.snapshot.FindManagedPolicy(arn);
  const bool visible =
      policy != nullptr && (policy->account == nullptr || policy->account == &scope.account);
  if (!visible) return NoSuchEntity(base::Concat({"Policy ", arn, " was not found."}));
  return policy;
}

}  // namespace portcullis::inventory
