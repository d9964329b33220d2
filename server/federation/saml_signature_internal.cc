#include "server/federation/saml_signature_internal.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include <libxml/valid.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509.h>
#include <xmlsec/keys.h>
#include <xmlsec/openssl/crypto.h>
#include <xmlsec/openssl/evp.h>
#include <xmlsec/transforms.h>
#include <xmlsec/xmldsig.h>
#include <xmlsec/xmlsec.h>

#include "server/base/status_macros.h"
#include "server/base/str_cat.h"
#include "server/base/text.h"
#include "server/federation/saml_xml_internal.h"

namespace portcullis::federation {
namespace {

constexpr int kRsaBitsMin = 2048;
constexpr int kRsaBitsMax = 8192;  // Larger ones only cost time.
constexpr size_t kIdSizeMax = 256;

constexpr std::string_view kEnveloped = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
constexpr std::string_view kExclusive = "http://www.w3.org/2001/10/xml-exc-c14n#";
constexpr std::string_view kExclusiveWithComments =
    "http://www.w3.org/2001/10/xml-exc-c14n#WithComments";

constexpr std::array<std::string_view, 2> kCanonicalizations = {kExclusive, kExclusiveWithComments};
// No SHA-1: collisions can be bought. No HMAC: its key would be the public one.
constexpr std::array<std::string_view, 3> kDigests = {
    "http://www.w3.org/2001/04/xmlenc#sha256",
    "http://www.w3.org/2001/04/xmldsig-more#sha384",
    "http://www.w3.org/2001/04/xmlenc#sha512",
};
constexpr std::array<std::string_view, 6> kSignatures = {
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384",
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
    "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
    "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384",
    "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512",
};

struct PublicKeyDeleter {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using PublicKey = std::unique_ptr<EVP_PKEY, PublicKeyDeleter>;

struct KeyContextDeleter {
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
};
struct KeyDataDeleter {
  void operator()(xmlSecKeyData* data) const { xmlSecKeyDataDestroy(data); }
};
struct KeyDeleter {
  void operator()(xmlSecKey* key) const { xmlSecKeyDestroy(key); }
};
struct SignatureContextDeleter {
  void operator()(xmlSecDSigCtx* context) const { xmlSecDSigCtxDestroy(context); }
};
using SignatureContext = std::unique_ptr<xmlSecDSigCtx, SignatureContextDeleter>;

const xmlChar* XmlText(const std::string& text) {
  return reinterpret_cast<const xmlChar*>(text.c_str());
}

PublicKey DecodePublicKey(std::string_view der) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
  const unsigned char* const end = bytes + der.size();
  PublicKey key(d2i_PUBKEY(nullptr, &bytes, static_cast<long>(der.size())));
  if (bytes != end) key.reset();
  ERR_clear_error();
  return key;
}

absl::Status CheckRsaKey(const EVP_PKEY& key) {
  const int bits = EVP_PKEY_get_bits(&key);
  if (bits < kRsaBitsMin || bits > kRsaBitsMax) {
    return absl::InvalidArgumentError(base::StrCat("an RSA key of ", bits, " bits; it must have ",
                                                   kRsaBitsMin, " to ", kRsaBitsMax));
  }
  BIGNUM* exponent = nullptr;
  const bool readable = EVP_PKEY_get_bn_param(&key, OSSL_PKEY_PARAM_RSA_E, &exponent) == 1;
  // With the exponent 1 everybody can sign.
  const bool sound =
      readable && BN_is_odd(exponent) && !BN_is_one(exponent) && BN_num_bits(exponent) <= 64;
  BN_free(exponent);
  return sound ? absl::OkStatus() : absl::InvalidArgumentError("an RSA key with a bad exponent");
}

absl::Status CheckEcKey(const EVP_PKEY& key) {
  std::array<char, 64> curve = {};
  size_t size = 0;
  const bool named = EVP_PKEY_get_group_name(&key, curve.data(), curve.size(), &size) == 1;
  const int id = named ? OBJ_sn2nid(curve.data()) : NID_undef;
  if (id == NID_X9_62_prime256v1 || id == NID_secp384r1 || id == NID_secp521r1) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError("an elliptic curve key that is not on P-256, P-384 or P-521");
}

absl::Status Malformed(std::string_view what) {
  return absl::InvalidArgumentError(base::StrCat("malformed signature: ", what));
}

// One child of each of these names, in this order and nothing else. `optional` may come last.
absl::StatusOr<std::vector<xmlNode*>> Children(const xmlNode* parent,
                                               absl::Span<const std::string_view> names,
                                               std::string_view optional = "") {
  std::vector<xmlNode*> children = ChildElements(parent);
  if (!optional.empty() && children.size() == names.size() + 1 &&
      IsElement(children.back(), kXmlSignatureNamespace, optional)) {
    children.pop_back();
  }
  bool fits = children.size() == names.size();
  for (size_t i = 0; fits && i < names.size(); ++i) {
    fits = IsElement(children[i], kXmlSignatureNamespace, names[i]);
  }
  if (!fits) return Malformed(base::StrCat("unexpected content of `", NameOf(parent), "`"));
  return children;
}

// The element has the attribute Algorithm, one of `allowed`, and no children.
absl::Status CheckAlgorithm(const xmlNode* element, absl::Span<const std::string_view> allowed) {
  const std::string algorithm = AttributeOf(element, "Algorithm").value_or("");
  if (std::find(allowed.begin(), allowed.end(), algorithm) == allowed.end()) {
    return Malformed(base::StrCat("`", NameOf(element), "` has the algorithm ",
                                  base::Quoted(algorithm), ", which is not allowed"));
  }
  if (!ChildElements(element).empty()) {
    return Malformed(base::StrCat("`", NameOf(element), "` has parameters"));
  }
  return absl::OkStatus();
}

// As CheckAlgorithm, but exclusive canonicalisation may be told which prefixes are to be kept.
absl::Status CheckCanonicalization(const xmlNode* element) {
  const std::vector<xmlNode*> children = ChildElements(element);
  if (children.empty()) return CheckAlgorithm(element, kCanonicalizations);
  const std::string algorithm = AttributeOf(element, "Algorithm").value_or("");
  const bool exclusive = algorithm == kExclusive || algorithm == kExclusiveWithComments;
  if (!exclusive || children.size() != 1 ||
      !IsElement(children[0], kExclusive, "InclusiveNamespaces") ||
      !ChildElements(children[0]).empty()) {
    return Malformed(base::StrCat("`", NameOf(element), "` has parameters"));
  }
  return absl::OkStatus();
}

absl::Status CheckReference(const xmlNode* reference, std::string_view id) {
  // An absent or empty URI would mean the whole document.
  if (AttributeOf(reference, "URI") != base::Concat({"#", id})) {
    return Malformed("its reference is not to the element it stands in");
  }
  ASSIGN_OR_RETURN(const std::vector<xmlNode*> parts,
                   Children(reference, {"Transforms", "DigestMethod", "DigestValue"}));
  ASSIGN_OR_RETURN(const std::vector<xmlNode*> transforms,
                   Children(parts[0], {"Transform", "Transform"}));
  RETURN_IF_ERROR(CheckAlgorithm(transforms[0], {kEnveloped}));
  RETURN_IF_ERROR(CheckCanonicalization(transforms[1]));
  return CheckAlgorithm(parts[1], kDigests);
}

// Allows of XML Signature what SAML needs, before xmlsec looks at it.
absl::Status CheckShape(const xmlNode* signature, std::string_view id) {
  ASSIGN_OR_RETURN(const std::vector<xmlNode*> parts,
                   Children(signature, {"SignedInfo", "SignatureValue"}, "KeyInfo"));
  ASSIGN_OR_RETURN(const std::vector<xmlNode*> info,
                   Children(parts[0], {"CanonicalizationMethod", "SignatureMethod", "Reference"}));
  RETURN_IF_ERROR(CheckCanonicalization(info[0]));
  RETURN_IF_ERROR(CheckAlgorithm(info[1], kSignatures));
  return CheckReference(info[2], id);
}

// The same narrowness once more, in xmlsec's own terms.
SignatureContext NewSignatureContext() {
  SignatureContext context(xmlSecDSigCtxCreate(nullptr));
  if (context == nullptr) return nullptr;
  context->flags |= XMLSEC_DSIG_FLAGS_STORE_SIGNEDINFO_REFERENCES;
  context->enabledReferenceUris = xmlSecTransformUriTypeSameDocument;
  bool ok = true;
  for (const xmlSecTransformId id :
       {xmlSecTransformEnvelopedId, xmlSecTransformExclC14NId,
        xmlSecTransformExclC14NWithCommentsId, xmlSecOpenSSLTransformSha256Id,
        xmlSecOpenSSLTransformSha384Id, xmlSecOpenSSLTransformSha512Id}) {
    ok = ok && xmlSecDSigCtxEnableReferenceTransform(context.get(), id) == 0;
  }
  for (const xmlSecTransformId id :
       {xmlSecTransformExclC14NId, xmlSecTransformExclC14NWithCommentsId,
        xmlSecOpenSSLTransformRsaSha256Id, xmlSecOpenSSLTransformRsaSha384Id,
        xmlSecOpenSSLTransformRsaSha512Id, xmlSecOpenSSLTransformEcdsaSha256Id,
        xmlSecOpenSSLTransformEcdsaSha384Id, xmlSecOpenSSLTransformEcdsaSha512Id}) {
    ok = ok && xmlSecDSigCtxEnableSignatureTransform(context.get(), id) == 0;
  }
  return ok ? std::move(context) : nullptr;
}

// xmlsec's form of a key; nullptr if the bytes are none.
std::unique_ptr<xmlSecKey, KeyDeleter> NewKey(std::string_view der) {
  PublicKey public_key = DecodePublicKey(der);
  if (public_key == nullptr) return nullptr;
  std::unique_ptr<xmlSecKeyData, KeyDataDeleter> data(xmlSecOpenSSLEvpKeyAdopt(public_key.get()));
  if (data == nullptr) return nullptr;
  static_cast<void>(public_key.release());  // Now the data's.
  std::unique_ptr<xmlSecKey, KeyDeleter> key(xmlSecKeyCreate());
  if (key == nullptr || xmlSecKeySetValue(key.get(), data.get()) < 0) return nullptr;
  static_cast<void>(data.release());  // Now the key's.
  return key;
}

// What came of trying one key.
struct Attempt {
  bool element_changed = false;      // The signature was made over something else.
  std::optional<std::string> bytes;  // What it covers, if it is also this key's.
};

Attempt TryKey(xmlNode* signature, const std::string& uri, std::string_view der) {
  Attempt attempt;
  const SignatureContext context = NewSignatureContext();
  std::unique_ptr<xmlSecKey, KeyDeleter> key = NewKey(der);
  if (context == nullptr || key == nullptr) return attempt;
  // With a key given, xmlsec never reads KeyInfo.
  context->signKey = key.release();
  const bool verified = xmlSecDSigCtxVerify(context.get(), signature) == 0 &&
                        context->status == xmlSecDSigStatusSucceeded;
  ERR_clear_error();
  if (xmlSecPtrListGetSize(&context->signedInfoReferences) != 1) return attempt;
  auto* const reference =
      static_cast<xmlSecDSigReferenceCtx*>(xmlSecPtrListGetItem(&context->signedInfoReferences, 0));
  if (reference == nullptr) return attempt;
  attempt.element_changed = reference->status == xmlSecDSigStatusInvalid;
  if (!verified || reference->status != xmlSecDSigStatusSucceeded || reference->uri == nullptr ||
      xmlStrcmp(reference->uri, XmlText(uri)) != 0) {
    return attempt;
  }
  xmlSecBuffer* const digested = xmlSecDSigReferenceCtxGetPreDigestBuffer(reference);
  if (digested == nullptr || xmlSecBufferGetSize(digested) == 0) return attempt;
  attempt.bytes = std::string(reinterpret_cast<const char*>(xmlSecBufferGetData(digested)),
                              xmlSecBufferGetSize(digested));
  return attempt;
}

// The attributes of one element, for CheckIdsAreUnique.
absl::Status CollectIds(const xmlNode* element, absl::flat_hash_set<std::string>* ids) {
  for (const xmlAttr* attribute = element->properties; attribute != nullptr;
       attribute = attribute->next) {
    const std::string_view name = reinterpret_cast<const char*>(attribute->name);
    if (name != "ID" && name != "Id" && name != "id") continue;
    if (attribute->atype == XML_ATTRIBUTE_ID) {
      return absl::InvalidArgumentError("the attribute `xml:id` is not allowed");
    }
    std::string value;
    for (const xmlNode* part = attribute->children; part != nullptr; part = part->next) {
      if (part->content != nullptr) value.append(reinterpret_cast<const char*>(part->content));
    }
    if (!ids->insert(value).second) {
      return absl::InvalidArgumentError(
          base::StrCat("two elements have the identifier ", base::Quoted(value)));
    }
  }
  return absl::OkStatus();
}

// Makes the element the one that its ID means; false if the ID means something already.
bool RegisterId(xmlNode* element, const std::string& id) {
  xmlAttr* const attribute = xmlHasProp(element, reinterpret_cast<const xmlChar*>("ID"));
  if (attribute == nullptr || attribute->ns != nullptr) return false;
  const xmlAttr* const known = xmlGetID(element->doc, XmlText(id));
  if (known != nullptr) return known == attribute;
  return xmlAddID(nullptr, element->doc, XmlText(id), attribute) != nullptr;
}

}  // namespace

absl::Status CheckSigningKey(std::string_view public_key_der) {
  const PublicKey key = DecodePublicKey(public_key_der);
  if (key == nullptr) return absl::InvalidArgumentError("not a public key");
  absl::Status status = absl::InvalidArgumentError("a key that is neither RSA nor elliptic curve");
  if (EVP_PKEY_get_base_id(key.get()) == EVP_PKEY_RSA) status = CheckRsaKey(*key);
  if (EVP_PKEY_get_base_id(key.get()) == EVP_PKEY_EC) status = CheckEcKey(*key);
  RETURN_IF_ERROR(status);
  const std::unique_ptr<EVP_PKEY_CTX, KeyContextDeleter> context(
      EVP_PKEY_CTX_new(key.get(), nullptr));
  const bool sound = context != nullptr && EVP_PKEY_public_check(context.get()) == 1;
  ERR_clear_error();
  return sound ? absl::OkStatus() : absl::InvalidArgumentError("a key that is not a valid one");
}

bool IsXmlId(std::string_view text) {
  if (text.empty() || text.size() > kIdSizeMax) return false;
  if (!absl::ascii_isalpha(static_cast<unsigned char>(text.front())) && text.front() != '_') {
    return false;
  }
  return std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-' || c == '.';
  });
}

absl::Status CheckIdsAreUnique(const xmlDoc* document) {
  absl::flat_hash_set<std::string> ids;
  const xmlNode* node = xmlDocGetRootElement(document);
  while (node != nullptr) {
    if (node->type == XML_ELEMENT_NODE) RETURN_IF_ERROR(CollectIds(node, &ids));
    if (node->type == XML_ELEMENT_NODE && node->children != nullptr) {
      node = node->children;
      continue;
    }
    while (node != nullptr && node->next == nullptr) {
      node = node->parent != nullptr && node->parent->type == XML_ELEMENT_NODE ? node->parent
                                                                               : nullptr;
    }
    if (node != nullptr) node = node->next;
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> VerifiedBytes(xmlNode* element,
                                          absl::Span<const std::string_view> public_keys_der) {
  RETURN_IF_ERROR(StartXmlLibraries());
  const QuietXml quiet;
  const std::string id = AttributeOf(element, "ID").value_or("");
  if (!IsXmlId(id)) return Malformed("the element it signs has no usable ID");
  const std::vector<xmlNode*> signatures =
      ChildElements(element, kXmlSignatureNamespace, "Signature");
  if (signatures.size() != 1) return Malformed("not exactly one");
  RETURN_IF_ERROR(CheckShape(signatures[0], id));
  if (!RegisterId(element, id)) return Malformed("its reference is ambiguous");
  for (const std::string_view key : public_keys_der) {
    Attempt attempt = TryKey(signatures[0], base::Concat({"#", id}), key);
    if (attempt.bytes.has_value()) return *std::move(attempt.bytes);
    // No other key could change that, only cost as much again.
    if (attempt.element_changed) {
      return absl::InvalidArgumentError("what it signs has been changed");
    }
  }
  return absl::InvalidArgumentError("no key of the provider made it");
}

}  // namespace portcullis::federation
