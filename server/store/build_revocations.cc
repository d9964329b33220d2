#include "server/base/str_cat.h"
#include "server/base/text.h"
#include "server/store/build_internal.h"

namespace portcullis::store {
namespace {

constexpr size_t kReasonLengthMax = 1000;

// The one thing that an entry names.
struct Subject {
  RevocationKind kind = RevocationKind::kSession;
  const Located* named = nullptr;
};

// nullopt, and an error, unless exactly one is named.
std::optional<Subject> SubjectOf(BuildContext& context, const FileDefinitions& file,
                                 const RevocationDefinition& definition) {
  const Subject subjects[] = {{RevocationKind::kRole, &definition.role_arn},
                              {RevocationKind::kUser, &definition.user_arn},
                              {RevocationKind::kAccessKey, &definition.access_key_id},
                              {RevocationKind::kSession, &definition.session_access_key_id}};
  std::optional<Subject> found;
  int count = 0;
  for (const Subject& subject : subjects) {
    if (subject.named->position.line == 0) continue;
    found = subject;
    ++count;
  }
  if (count == 1) return found;
  context.Error(file, definition.position,
                "a revocation needs one of `RoleArn`, `UserArn`, `AccessKeyId` and "
                "`SessionAccessKeyId`");
  return std::nullopt;
}

template <typename T>
std::string IdOfEntity(BuildContext& context, const FileDefinitions& file, const Located& arn,
                       std::string_view noun, const ArnSet<T>& by_arn,
                       const std::vector<std::unique_ptr<T>>& all) {
  if (const T* entity = FindIn(by_arn, arn.text)) return std::string(entity->id);
  std::vector<std::string_view> arns;
  arns.reserve(all.size());
  for (const auto& entity : all) arns.push_back(entity->arn);
  context.Error(file, arn.position,
                base::StrCat(noun, " ", base::Quoted(arn.text), " does not exist"),
                context.Suggest(arn.text, arns));
  return {};
}

// The id under which a session finds it; empty, and an error, if there is none.
std::string ResolveSubject(BuildContext& context, const FileDefinitions& file,
                           const Subject& subject) {
  const SnapshotTables& tables = *context.tables;
  const Located& named = *subject.named;
  switch (subject.kind) {
    case RevocationKind::kRole:
      return IdOfEntity(context, file, named, "role", tables.roles_by_arn, tables.roles);
    case RevocationKind::kUser:
      return IdOfEntity(context, file, named, "user", tables.users_by_arn, tables.users);
    case RevocationKind::kAccessKey:
    case RevocationKind::kSession:
      break;
  }
  const bool is_session = subject.kind == RevocationKind::kSession;
  const std::string_view prefix = is_session ? "ASIA" : "AKIA";
  if (!IsUniqueId(named.text, prefix)) {
    context.Error(file, named.position,
                  base::StrCat("access key id ", base::Quoted(named.text), " of ",
                               is_session ? "a session" : "a user", " must begin with `", prefix,
                               "` and have 16 to 128 letters and digits"));
    return {};
  }
  // A key may have been deleted: its sessions go on without it.
  if (!is_session && FindIn(tables.access_keys_by_id, named.text) == nullptr) {
    context.Warning(
        file, named.position,
        base::StrCat("access key ", base::Quoted(named.text),
                     " is not declared; if it was deleted, this still ends the sessions "
                     "issued with it"));
  }
  return named.text;
}

bool CheckTimeAndReason(BuildContext& context, const FileDefinitions& file,
                        const RevocationDefinition& definition, RevocationKind kind) {
  const bool is_session = kind == RevocationKind::kSession;
  if (is_session == definition.issued_before.has_value()) {
    context.Error(file, definition.position,
                  is_session ? "a revocation of one session has no `IssuedBefore`"
                             : "a revocation needs `IssuedBefore`: sessions issued earlier are "
                               "refused");
    return false;
  }
  if (base::CodePointCount(definition.reason.text) > kReasonLengthMax) {
    context.Error(file, definition.reason.position,
                  base::StrCat("reason is longer than ", kReasonLengthMax, " characters"));
    return false;
  }
  return true;
}

NameMap<Revocation>& TableOf(SnapshotTables& tables, RevocationKind kind) {
  switch (kind) {
    case RevocationKind::kRole:
      return tables.role_revocations;
    case RevocationKind::kUser:
      return tables.user_revocations;
    case RevocationKind::kAccessKey:
      return tables.access_key_revocations;
    case RevocationKind::kSession:
      break;
  }
  return tables.session_revocations;
}

void BuildRevocation(BuildContext& context, const FileDefinitions& file,
                     const RevocationDefinition& definition) {
  const auto subject = SubjectOf(context, file, definition);
  if (!subject.has_value()) return;
  std::string id = ResolveSubject(context, file, *subject);
  if (!CheckTimeAndReason(context, file, definition, subject->kind) || id.empty()) return;
  auto revocation = std::make_unique<Revocation>();
  revocation->kind = subject->kind;
  revocation->subject = std::move(id);
  revocation->issued_before = definition.issued_before.value_or(absl::InfiniteFuture());
  revocation->reason = definition.reason.text;
  revocation->origin = {file.file, definition.position};
  NameMap<Revocation>& table = TableOf(*context.tables, subject->kind);
  const auto [found, added] = table.emplace(revocation->subject, revocation.get());
  if (!added) {
    // No error: what was written in an emergency must not keep the rest from being published.
    if (found->second->issued_before == revocation->issued_before) {
      context.Warning(file, definition.position,
                      base::StrCat("the same is revoked at ", FormatOrigin(found->second->origin)));
    } else if (found->second->issued_before < revocation->issued_before) {
      found->second = revocation.get();
    }
  }
  context.tables->revocations.push_back(std::move(revocation));
}

}  // namespace

void BuildRevocations(BuildContext& context) {
  for (const auto& file : context.files) {
    for (const auto& definition : file->revocations) BuildRevocation(context, *file, definition);
  }
}

}  // namespace portcullis::store
