#include "server/query/sts_actions.h"

#include <string>
#include <utility>

#include "absl/strings/ascii.h"

#include "server/base/text.h"
#include "server/session/sts_parameters.h"
#include "server/session/token_codec.h"

namespace portcullis::query {
namespace {

using base::Shape;
using metrics::QueryAction;

// ---- Parameters ---------------------------------------------------------------------------------

std::vector<std::string> ReadPolicyArns(ParameterReader* reader) {
  std::vector<std::string> arns;
  for (const FormView& element : reader->Structures("PolicyArns")) {
    // An element without its ARN stays one, so that it is found missing.
    arns.push_back(ParameterReader(element).Text("arn"));
  }
  return arns;
}

std::vector<session::TagParameter> ReadTags(ParameterReader* reader) {
  std::vector<session::TagParameter> tags;
  for (const FormView& element : reader->Structures("Tags")) {
    ParameterReader tag(element);
    if (!tag.OptionalText("Value").has_value()) reader->Missing("Tags", tags.size() + 1, "value");
    tags.push_back({tag.Text("Key"), tag.Text("Value")});
  }
  return tags;
}

session::AssumeRoleParameters ReadAssumeRole(ParameterReader* reader) {
  session::AssumeRoleParameters parameters;
  parameters.role_arn = reader->Text("RoleArn");
  parameters.role_session_name = reader->Text("RoleSessionName");
  parameters.policy = reader->OptionalText("Policy");
  parameters.policy_arns = ReadPolicyArns(reader);
  parameters.duration_seconds = reader->Integer("DurationSeconds");
  parameters.tags = ReadTags(reader);
  parameters.transitive_tag_keys = reader->Texts("TransitiveTagKeys");
  parameters.external_id = reader->OptionalText("ExternalId");
  parameters.serial_number = reader->OptionalText("SerialNumber");
  parameters.token_code = reader->OptionalText("TokenCode");
  parameters.source_identity = reader->OptionalText("SourceIdentity");
  reader->Refuse("ProvidedContexts", "not be passed: no provider of contexts is known");
  return parameters;
}

session::WebIdentityParameters ReadWebIdentity(ParameterReader* reader) {
  session::WebIdentityParameters parameters;
  parameters.role_arn = reader->Text("RoleArn");
  parameters.role_session_name = reader->Text("RoleSessionName");
  // Clients send a token's file as it is, its line end included (spec 0, fact 11).
  parameters.web_identity_token =
      std::string(absl::StripAsciiWhitespace(reader->Text("WebIdentityToken")));
  parameters.provider_id = reader->OptionalText("ProviderId");
  parameters.policy = reader->OptionalText("Policy");
  parameters.policy_arns = ReadPolicyArns(reader);
  parameters.duration_seconds = reader->Integer("DurationSeconds");
  return parameters;
}

session::SamlParameters ReadSaml(ParameterReader* reader) {
  session::SamlParameters parameters;
  parameters.role_arn = reader->Text("RoleArn");
  parameters.principal_arn = reader->Text("PrincipalArn");
  parameters.saml_assertion =
      std::string(absl::StripAsciiWhitespace(reader->Text("SAMLAssertion")));
  parameters.policy = reader->OptionalText("Policy");
  parameters.policy_arns = ReadPolicyArns(reader);
  parameters.duration_seconds = reader->Integer("DurationSeconds");
  return parameters;
}

session::SessionTokenParameters ReadSessionToken(ParameterReader* reader) {
  session::SessionTokenParameters parameters;
  parameters.duration_seconds = reader->Integer("DurationSeconds");
  parameters.serial_number = reader->OptionalText("SerialNumber");
  parameters.token_code = reader->OptionalText("TokenCode");
  return parameters;
}

session::FederationTokenParameters ReadFederationToken(ParameterReader* reader) {
  session::FederationTokenParameters parameters;
  parameters.name = reader->Text("Name");
  parameters.policy = reader->OptionalText("Policy");
  parameters.policy_arns = ReadPolicyArns(reader);
  parameters.duration_seconds = reader->Integer("DurationSeconds");
  parameters.tags = ReadTags(reader);
  return parameters;
}

struct NoParameters {};
NoParameters ReadNothing(ParameterReader*) {
  return {};
}

std::string ReadAccessKeyId(ParameterReader* reader) {
  return reader->Text("AccessKeyId");
}

std::string ReadEncodedMessage(ParameterReader* reader) {
  return reader->Text("EncodedMessage");
}

// ---- The engine ---------------------------------------------------------------------------------

auto AskAssumeRole(const ActionCall& call, const session::AssumeRoleParameters& parameters) {
  return call.engine.sessions.AssumeRole(call.caller, parameters, {}, call.peer);
}

auto AskWebIdentity(const ActionCall& call, const session::WebIdentityParameters& parameters) {
  return call.engine.sessions.AssumeRoleWithWebIdentity(parameters, call.peer);
}

auto AskSaml(const ActionCall& call, const session::SamlParameters& parameters) {
  return call.engine.sessions.AssumeRoleWithSaml(parameters, call.peer);
}

auto AskSessionToken(const ActionCall& call, const session::SessionTokenParameters& parameters) {
  return call.engine.sessions.GetSessionToken(call.caller, parameters, call.peer);
}

auto AskFederationToken(const ActionCall& call,
                        const session::FederationTokenParameters& parameters) {
  return call.engine.sessions.GetFederationToken(call.caller, parameters, call.peer);
}

auto AskCallerIdentity(const ActionCall& call, const NoParameters&) {
  return call.engine.sessions.GetCallerIdentity(call.caller, call.peer);
}

auto AskAccessKeyInfo(const ActionCall& call, const std::string& access_key_id) {
  return call.engine.sessions.GetAccessKeyInfo(call.caller, access_key_id, call.peer);
}

auto AskDecodedMessage(const ActionCall& call, const std::string& encoded_message) {
  return call.engine.sessions.DecodeAuthorizationMessage(call.caller, encoded_message, call.peer);
}

// ---- Answers: members in the order of the model -------------------------------------------------

Shape CredentialsShape(const session::Credentials& credentials) {
  Shape shape = Shape::Structure();
  shape.Add("AccessKeyId", credentials.access_key_id);
  shape.Add("SecretAccessKey", credentials.secret_access_key);
  shape.Add("SessionToken", credentials.session_token);
  shape.Add("Expiration", Shape::Time(credentials.expiration));
  return shape;
}

Shape RoleUserShape(const engine::AssumedRole& role) {
  Shape shape = Shape::Structure();
  shape.Add("AssumedRoleId", role.assumed_role_id);
  shape.Add("Arn", role.assumed_role_arn);
  return shape;
}

void AddPackedPolicySize(const std::optional<int32_t>& size, Shape* result) {
  if (size.has_value()) result->Add("PackedPolicySize", Shape::Integer(*size));
}

// What clients are to look at instead of the packed size, in percent rounded up and in bytes.
void AddTokenSize(const session::Credentials& credentials, Shape* result) {
  const size_t size = credentials.session_token.size();
  const size_t percent = (size * 100 + session::kTokenBytesMax - 1) / session::kTokenBytesMax;
  result->Add("SessionTokenUtilization", Shape::Integer(static_cast<int64_t>(percent)));
  result->Add("SessionTokenSize", Shape::Integer(static_cast<int64_t>(size)));
}

Shape WriteRole(const engine::AssumedRole& role) {
  Shape result = Shape::Structure();
  result.Add("Credentials", CredentialsShape(role.credentials));
  result.Add("AssumedRoleUser", RoleUserShape(role));
  AddPackedPolicySize(role.packed_policy_size, &result);
  result.AddUnlessEmpty("SourceIdentity", role.source_identity);
  AddTokenSize(role.credentials, &result);
  return result;
}

Shape WriteWebIdentityRole(const engine::WebIdentityRole& issued) {
  Shape result = Shape::Structure();
  result.Add("Credentials", CredentialsShape(issued.role.credentials));
  result.Add("SubjectFromWebIdentityToken", issued.subject);
  result.Add("AssumedRoleUser", RoleUserShape(issued.role));
  AddPackedPolicySize(issued.role.packed_policy_size, &result);
  result.Add("Provider", issued.provider);
  result.Add("Audience", issued.audience);
  result.AddUnlessEmpty("SourceIdentity", issued.role.source_identity);
  AddTokenSize(issued.role.credentials, &result);
  return result;
}

Shape WriteSamlRole(const engine::SamlRole& issued) {
  Shape result = Shape::Structure();
  result.Add("Credentials", CredentialsShape(issued.role.credentials));
  result.Add("AssumedRoleUser", RoleUserShape(issued.role));
  AddPackedPolicySize(issued.role.packed_policy_size, &result);
  result.AddUnlessEmpty("Subject", issued.subject);
  result.AddUnlessEmpty("SubjectType", issued.subject_type);
  result.AddUnlessEmpty("Issuer", issued.issuer);
  result.AddUnlessEmpty("Audience", issued.audience);
  result.AddUnlessEmpty("NameQualifier", issued.name_qualifier);
  result.AddUnlessEmpty("SourceIdentity", issued.role.source_identity);
  AddTokenSize(issued.role.credentials, &result);
  return result;
}

Shape WriteCredentials(const session::Credentials& credentials) {
  Shape result = Shape::Structure();
  result.Add("Credentials", CredentialsShape(credentials));
  AddTokenSize(credentials, &result);
  return result;
}

Shape WriteFederatedUser(const engine::FederatedUser& user) {
  Shape federated = Shape::Structure();
  federated.Add("FederatedUserId", user.federated_user_id);
  federated.Add("Arn", user.arn);
  Shape result = Shape::Structure();
  result.Add("Credentials", CredentialsShape(user.credentials));
  result.Add("FederatedUser", std::move(federated));
  AddPackedPolicySize(user.packed_policy_size, &result);
  AddTokenSize(user.credentials, &result);
  return result;
}

Shape WriteCallerIdentity(const engine::CallerIdentity& identity) {
  Shape result = Shape::Structure();
  result.Add("UserId", identity.user_id);
  result.Add("Account", identity.account);
  result.Add("Arn", identity.arn);
  return result;
}

Shape WriteAccount(const std::string& account) {
  Shape result = Shape::Structure();
  result.Add("Account", account);
  return result;
}

Shape WriteDecodedMessage(const std::string& message) {
  Shape result = Shape::Structure();
  result.Add("DecodedMessage", message);  // A text here, not a document: it is not encoded again.
  return result;
}

constexpr bool kSigned = true;
constexpr bool kUnsigned = false;
constexpr Service kSts = Service::kSts;

// clang-format off
constexpr Action kActions[] = {
    {"AssumeRole", kSts, kSigned, QueryAction::kAssumeRole,
     Answer<ReadAssumeRole, AskAssumeRole, WriteRole>},
    {"AssumeRoleWithSAML", kSts, kUnsigned, QueryAction::kAssumeRoleWithSaml,
     Answer<ReadSaml, AskSaml, WriteSamlRole>},
    {"AssumeRoleWithWebIdentity", kSts, kUnsigned, QueryAction::kAssumeRoleWithWebIdentity,
     Answer<ReadWebIdentity, AskWebIdentity, WriteWebIdentityRole>},
    {"DecodeAuthorizationMessage", kSts, kSigned, QueryAction::kDecodeAuthorizationMessage,
     Answer<ReadEncodedMessage, AskDecodedMessage, WriteDecodedMessage>},
    {"GetAccessKeyInfo", kSts, kSigned, QueryAction::kGetAccessKeyInfo,
     Answer<ReadAccessKeyId, AskAccessKeyInfo, WriteAccount>},
    {"GetCallerIdentity", kSts, kSigned, QueryAction::kGetCallerIdentity,
     Answer<ReadNothing, AskCallerIdentity, WriteCallerIdentity>},
    {"GetFederationToken", kSts, kSigned, QueryAction::kGetFederationToken,
     Answer<ReadFederationToken, AskFederationToken, WriteFederatedUser>},
    {"GetSessionToken", kSts, kSigned, QueryAction::kGetSessionToken,
     Answer<ReadSessionToken, AskSessionToken, WriteCredentials>},
};
// clang-format on

}  // namespace

absl::Span<const Action> StsActions() {
  return kActions;
}

}  // namespace portcullis::query
