// What an author writes about a gateway: who comes through it, and which question each request
// becomes. As written, each value with its place; nothing is resolved or compiled.
#ifndef PORTCULLIS_SERVER_ROUTE_DEFINITION_H_
#define PORTCULLIS_SERVER_ROUTE_DEFINITION_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/types/span.h"

#include "server/base/located.h"

namespace portcullis::route {

using base::Located;

// How a caller proves who they are, in the order in which a gateway tries them.
enum class Method : uint8_t {
  kSignature,        // Signature Version 4, header or presigned.
  kSessionToken,     // `Authorization: Bearer` with a session token of ours.
  kWebIdentity,      // `Authorization: Bearer` with an OIDC token, which stands for a role.
  kPeerCertificate,  // The SPIFFE ID that the proxy verified, which stands for a role.
};

// What of a body a signature has to cover.
enum class Payload : uint8_t {
  kBody,      // The body itself, which the proxy has to hand over.
  kDeclared,  // The body if it was handed over, else the hash that the signature covers.
  kUnsigned,  // As kDeclared, and UNSIGNED-PAYLOAD will do.
};

// The catalogue of ready mappings from requests to questions.
enum class Mapping : uint8_t {
  kExecuteApi,   // execute-api:Invoke on an API Gateway style ARN.
  kS3,           // Actions and resources of S3's REST interface, path style.
  kGrpc,         // SERVICE:Method on the method's name.
  kServiceVerb,  // SERVICE:GetThing after method and path.
};

// Words of the YAML schema for the enums, in the order of their values: "Signature", ...
absl::Span<const std::string_view> MethodNames();
absl::Span<const std::string_view> PayloadNames();
absl::Span<const std::string_view> MappingNames();

// A name and what it stands for, with variables.
struct PairDefinition {
  Located name;
  Located value;
};

// Which requests a rule is about. Everything that is given has to hold.
struct MatchDefinition {
  std::vector<Located> methods;  // Empty: all.
  // "/orders/{order}", "/files/{key...}", "/static/**"; empty text: all. See path_template.h.
  Located path;
  Located grpc;                         // "shop.v1.Orders/Get", "shop.v1.Orders/*"; empty: all.
  std::vector<PairDefinition> headers;  // Equal, or "*" for present.
  std::optional<bool> connection;       // Bare connections; not given: requests only.
};

struct RuleDefinition {
  base::Position position;
  Located name;  // For records and `portcullis route test`; empty: its place in the list.
  MatchDefinition match;

  // Either this: anybody may, and nobody is identified.
  bool is_public = false;
  // Or a question of its own, both with variables,
  Located action;
  Located resource;
  // or a mapping; kExecuteApi if nothing is said.
  std::optional<Mapping> mapping;
  base::Position mapping_position;
  Located service;  // kGrpc, kServiceVerb: the service of the action; empty: the gateway's name.
  Located api;      // kExecuteApi: the id of the API; empty: the gateway's name.
  Located stage;    // kExecuteApi; empty: "$default".

  std::vector<PairDefinition> context;  // Condition keys, values with variables.

  // Differs from the gateway's.
  std::vector<Method> identify;  // Empty: the gateway's.
  std::optional<Payload> payload;
};

// Which role a federated caller stands for.
struct FederatedRoleDefinition {
  Located provider;  // The issuer's URL, or the SPIFFE trust domain.
  Located role_arn;
};

struct GatewayDefinition {
  base::Position position;
  Located name;                // [A-Za-z0-9_.-]{1,64}, unique.
  Located account;             // Of resources.
  Located region;              // Empty: us-east-1.
  std::vector<Located> hosts;  // "api.example.com", "*.example.com", "*"; unique over all gateways.

  std::vector<Method> identify;  // Empty: kSignature, kSessionToken.
  base::Position identify_position;
  Located signing_service;  // That signatures are for; empty: "execute-api", of S3 mappings "s3".
  Located signing_region;   // Empty: any.
  Payload payload = Payload::kDeclared;
  bool presigned = true;
  std::vector<FederatedRoleDefinition> web_identities;
  std::vector<FederatedRoleDefinition> peer_certificates;

  bool empty_segments = false;
  bool semicolons = false;
  bool overrides = false;
  // Whether credentials are left on the request that the application gets.
  bool forward_credentials = false;

  // In order: the first that matches counts. nullopt: one rule about everything, kExecuteApi.
  std::optional<std::vector<RuleDefinition>> rules;
};

}  // namespace portcullis::route

#endif  // PORTCULLIS_SERVER_ROUTE_DEFINITION_H_
