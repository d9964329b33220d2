// Check requests of Envoy: what a client puts into its requests arrives in them.
//
// An input is a CheckRequest, in text if it begins with "attributes", else as it is sent. Whatever
// it says: no crash; no answer lets a request pass but for a verdict that allows it, and there is
// one only about the public path, which has one reading; every answer can be sent.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "google/protobuf/io/tokenizer.h"
#include "google/protobuf/text_format.h"

#include "envoy/service/auth/v3/external_auth.pb.h"
#include "server/engine/authorizer.h"
#include "server/engine/identity_providers.h"
#include "server/engine/mfa.h"
#include "server/engine/recorder.h"
#include "server/engine/sessions.h"
#include "server/ext_authz/reply.h"
#include "server/ext_authz/translate.h"
#include "server/gateway/gatekeeper.h"
#include "server/route/canonical_request.h"
#include "server/session/key_ring.h"
#include "server/source/snapshot_loader.h"
#include "server/store/policy_store.h"

namespace portcullis::ext_authz {
namespace {

using envoy::service::auth::v3::CheckRequest;
using envoy::service::auth::v3::CheckResponse;
using Outcome = gateway::Verdict::Outcome;

constexpr char kPolicies[] = R"(
Accounts:
  - AccountId: "111122223333"
Gateways:
  - Name: shop
    Account: "111122223333"
    Hosts: ["*"]
    Rules:
      - Name: health
        Match: {Methods: [GET], Path: /healthz}
        Public: true
      - Match: {Path: "/files/{key...}", Headers: {x-tenant: "*"}}
        Mapping: ServiceVerb
        Service: files
      - Match: {Grpc: "shop.v1.Orders/*"}
        Mapping: Grpc
      - Match: {Path: "/s3/**"}
        Mapping: S3
      - Match: {Path: "/**"}
Proxies:
  - Name: edge
    Asserts: [SourceAddress, PeerCertificate, Extensions]
    TrustedHops: 1
)";

void Require(bool holds) {
  if (!holds) std::abort();
}

// Nobody is known but by what is public.
class World {
 public:
  World() {
    source::SourceReading reading;
    reading.digest = "digest";
    const auto key = session::KeyRing::ParseKeyFile("1", std::string(64, '7'));
    Require(key.ok());
    reading.key_ring = *session::KeyRing::Create({*key});
    const auto name = std::make_shared<const std::string>("policies.yaml");
    reading.documents.push_back({name, std::make_shared<const std::string>(kPolicies), *name});
    source::SnapshotLoaderOptions options;
    options.threads_max = 1;
    source::SnapshotLoader::Result loaded = source::SnapshotLoader(options).Load(reading);
    Require(loaded.snapshot != nullptr);
    store_.Publish(std::move(loaded.snapshot));
  }

  gateway::Verdict Check(const gateway::Arrival& arrival) { return gatekeeper_.Check(arrival); }

 private:
  const base::Clock& clock_ = base::Clock::System();
  store::PolicyStore store_;
  engine::Recorder recorder_{nullptr, nullptr};
  engine::Mfa mfa_;
  engine::Authorizer authorizer_{store_, clock_, recorder_, nullptr};
  engine::IdentityProviders providers_{clock_, nullptr, {}};
  engine::Sessions sessions_{store_, clock_, {mfa_, recorder_, providers_, authorizer_, nullptr}};
  gateway::Gatekeeper gatekeeper_{store_, clock_, {authorizer_, sessions_, recorder_}};
};

// What the parser would say goes nowhere.
class Silence final : public google::protobuf::io::ErrorCollector {
 public:
  void AddError(int /*line*/, int /*column*/, const std::string& /*message*/) override {}
};

bool Parse(std::string_view bytes, CheckRequest* request) {
  if (!bytes.starts_with("attributes")) {
    return request->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
  }
  Silence silence;
  google::protobuf::TextFormat::Parser parser;
  parser.RecordErrorsTo(&silence);
  return parser.ParseFromString(std::string(bytes), request);
}

// What Envoy would take for an allowed request.
bool LetsPass(const absl::Status& status, const CheckResponse& response) {
  return status.ok() && response.status().code() == 0;
}

void CheckAnswer(const route::Request& request, const gateway::Verdict& verdict) {
  CheckResponse response;
  const absl::Status status = ToCheckResponse(request, verdict, &response);
  Require(!LetsPass(status, response) || verdict.outcome == Outcome::kAllowed);
  if (!status.ok()) return;
  std::string bytes;
  Require(response.SerializeToString(&bytes));
  CheckResponse read;  // Refuses text that is not UTF-8.
  Require(read.ParseFromString(bytes));
}

void Run(const CheckRequest& request) {
  static World* const world = new World();
  static CheckScratch* const scratch = new CheckScratch();
  gateway::Arrival arrival;
  ToArrival(request, scratch, &arrival);
  arrival.proxy.name = "edge";
  gateway::Verdict verdict = world->Check(arrival);
  CheckAnswer(arrival.request, verdict);
  if (verdict.outcome == Outcome::kAllowed) {
    const auto canonical = route::Canonicalize(arrival.request, {});
    Require(canonical.ok() && canonical->method == "GET" && canonical->path == "/healthz");
  }
  // The same request with every other verdict.
  for (const Outcome outcome : {Outcome::kUndecided, Outcome::kUnauthenticated, Outcome::kRefused,
                                Outcome::kDenied, Outcome::kAllowed}) {
    verdict.outcome = outcome;
    verdict.error_response = !verdict.error_response;
    CheckAnswer(arrival.request, verdict);
  }
}

}  // namespace
}  // namespace portcullis::ext_authz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace ext_authz = portcullis::ext_authz;
  ext_authz::CheckRequest request;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (ext_authz::Parse(bytes, &request)) ext_authz::Run(request);
  return 0;
}
