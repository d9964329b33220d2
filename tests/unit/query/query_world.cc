#include "tests/unit/query/query_world.h"

#include "server/base/percent.h"
#include "server/base/text.h"
#include "server/signature/canonical_request.h"
#include "server/signature/sign.h"

namespace portcullis::query {
namespace {

std::string Between(std::string_view text, std::string_view begin, std::string_view end) {
  const size_t at = text.find(begin);
  if (at == std::string_view::npos) return "";
  text.remove_prefix(at + begin.size());
  return std::string(text.substr(0, text.find(end)));
}

signature::RequestSignature SignatureOf(const Sent& sent, const Signer& signer,
                                        const signature::SignOptions& options) {
  std::vector<signature::HeaderField> headers;
  for (const auto& [name, value] : sent.headers) headers.push_back({name, value});
  const std::string hash = signature::BodySha256(sent.body);
  signature::SignedRequest request;
  request.method = sent.method;
  request.path = sent.path;
  request.query = sent.query;
  request.headers = headers;
  request.body_sha256 = hash;
  signature::SigningCredentials credentials;
  credentials.access_key_id = signer.access_key_id;
  credentials.secret_access_key = signer.secret;
  if (signer.token.has_value()) credentials.session_token = *signer.token;
  auto made = signature::SignRequest(request, credentials, options);
  EXPECT_TRUE(made.ok()) << made.status();
  return made.ok() ? *std::move(made) : signature::RequestSignature();
}

signature::SignOptions OptionsFor(std::string_view service, absl::Time time) {
  signature::SignOptions options;
  options.region = "ap-northeast-2";
  options.service = service;
  options.time = time;
  return options;
}

std::unique_ptr<audit::Queue> MakeQueue(const std::optional<audit::QueueOptions>& options,
                                        audit::Memory* memory) {
  if (!options.has_value()) return nullptr;
  std::vector<std::unique_ptr<audit::Sink>> sinks;
  sinks.push_back(std::make_unique<audit::MemorySink>(memory));
  return std::make_unique<audit::Queue>(*options, std::move(sinks), nullptr);
}

}  // namespace

std::string Reply::Text(std::string_view element) const {
  return Between(body, base::Concat({"<", element, ">"}), base::Concat({"</", element, ">"}));
}

std::string Reply::Header(std::string_view name) const {
  for (const http::ResponseHeader& header : headers) {
    if (base::EqualFolded(header.name, name)) return header.value;
  }
  return "";
}

std::string Reply::Outcome() const {
  std::string outcome = std::to_string(status);
  if (const std::string code = Text("Code"); !code.empty()) outcome += " " + code;
  return outcome;
}

std::string Encode(const Fields& fields) {
  std::string body;
  for (const auto& [name, value] : fields) {
    if (!body.empty()) body += "&";
    base::AppendPercentEncoded(name, false, &body);
    body += "=";
    base::AppendPercentEncoded(value, false, &body);
  }
  return body;
}

state::ActivityOptions QueryTest::Quiet(const base::Clock* clock) {
  state::ActivityOptions options;
  options.flush_interval = absl::InfiniteDuration();
  options.clock = clock;
  return options;
}

QueryTest::QueryTest(std::optional<audit::QueueOptions> audited)
    : queue(MakeQueue(audited, &audit_log)), recorder(queue.get(), &registry, &activity) {
  EndpointOptions options;
  options.on_internal_error = [this](const absl::Status& status, std::string_view request_id) {
    EXPECT_EQ(request_id.size(), 36u);
    internal_errors.push_back(status.ToString());
  };
  endpoint =
      std::make_unique<Endpoint>(Engine{sessions, accounts, administration, directory, authorizer},
                                 std::move(options), &registry);
}

Signer QueryTest::Session(std::string_view role_name) {
  const std::string arn = RoleArn(role_name);
  const Reply reply = Sts(Ana(), "AssumeRole", {{"RoleArn", arn}, {"RoleSessionName", "session"}});
  EXPECT_EQ(reply.Outcome(), "200") << reply.body;
  return {reply.Text("AccessKeyId"), reply.Text("SecretAccessKey"), reply.Text("SessionToken")};
}

Sent QueryTest::Signed(Sent sent, const Signer& signer, std::string_view service,
                       absl::Duration later) const {
  const signature::RequestSignature made =
      SignatureOf(sent, signer, OptionsFor(service, world.clock.Now() + later));
  for (const signature::AddedHeader& header : made.headers) {
    sent.headers.emplace_back(header.name, header.value);
  }
  return sent;
}

Sent QueryTest::Presigned(Sent sent, const Signer& signer, absl::Duration expires,
                          std::string_view service) const {
  signature::SignOptions options = OptionsFor(service, world.clock.Now());
  options.presigned_expires = expires;
  sent.query = SignatureOf(sent, signer, options).query;
  return sent;
}

Reply QueryTest::Deliver(const Sent& sent) const {
  std::vector<http::Header> headers;
  for (const auto& [name, value] : sent.headers) headers.push_back({name, value});
  const std::string target =
      sent.query.empty() ? sent.path : base::Concat({sent.path, "?", sent.query});
  http::Request request;
  request.method = sent.method;
  request.target = target;
  request.path = sent.path;
  request.query = sent.query;
  request.headers = headers;
  request.body = sent.body;
  request.peer_address = "192.0.2.7";
  request.secure = sent.secure;
  http::Response response = endpoint->Handle(request);
  return {response.status, std::move(response.headers), std::move(response.body)};
}

Sent QueryTest::Request(std::string_view action, const Fields& fields, Service service) {
  Fields all = {{"Action", action}, {"Version", TraitsOf(service).version}};
  all.insert(all.end(), fields.begin(), fields.end());
  Sent sent;
  sent.headers = {{"Host", "portcullis.example:8080"},
                  {"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}};
  sent.body = Encode(all);
  return sent;
}

}  // namespace portcullis::query
