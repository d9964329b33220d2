#include "gtest/gtest.h"

#include "tests/unit/inventory/world.h"

namespace portcullis::inventory {
namespace {

TEST(Uploads, NobodyHasAny) {
  const World world;
  ExpectCalls(world, {
                         {"ListSSHPublicKeys",
                          {{"UserName", "ana"}},
                          R"({"SSHPublicKeys":[],"IsTruncated":false})"},
                         {"ListSSHPublicKeys", {}, R"({"SSHPublicKeys":[],"IsTruncated":false})"},
                         {"ListSigningCertificates",
                          {{"UserName", "ana"}},
                          R"({"Certificates":[],"IsTruncated":false})"},
                         {"ListServiceSpecificCredentials",
                          {{"UserName", "ana"}},
                          R"({"ServiceSpecificCredentials":[],"IsTruncated":false})"},
                         {"ListServiceSpecificCredentials",
                          {{"AllUsers", "true"}},
                          R"({"ServiceSpecificCredentials":[],"IsTruncated":false})"},
                         {"ListServerCertificates",
                          {{"PathPrefix", "/cloudfront/"}},
                          R"({"ServerCertificateMetadataList":[],"IsTruncated":false})"},
                     });
}

TEST(Uploads, TheUserHasToExist) {
  const World world;
  const std::string refusal = "NoSuchEntity: The user with name eve cannot be found.";
  ExpectCalls(
      world,
      {
          {"ListSSHPublicKeys", {{"UserName", "eve"}}, refusal},
          {"ListSigningCertificates", {{"UserName", "eve"}}, refusal},
          {"ListServiceSpecificCredentials", {{"UserName", "eve"}}, refusal},
          {"GetSSHPublicKey",
           {{"UserName", "eve"}, {"SSHPublicKeyId", "APKAEIBAERJR2EXAMPLE"}, {"Encoding", "SSH"}},
           refusal},
      });
}

TEST(Uploads, NoneIsFound) {
  const World world;
  ExpectCalls(
      world,
      {
          {"GetSSHPublicKey",
           {{"UserName", "ana"}, {"SSHPublicKeyId", "APKAEIBAERJR2EXAMPLE"}, {"Encoding", "PEM"}},
           "NoSuchEntity: The Public Key with id APKAEIBAERJR2EXAMPLE cannot be found."},
          {"GetServerCertificate",
           {{"ServerCertificateName", "web"}},
           "NoSuchEntity: The Server Certificate with name web cannot be found."},
          {"ListServerCertificateTags",
           {{"ServerCertificateName", "web"}},
           "NoSuchEntity: The Server Certificate with name web cannot be found."},
      });
}

TEST(Uploads, Resources) {
  const World world;
  ExpectResources(
      world,
      {
          {"ListSSHPublicKeys", {{"UserName", "Bob"}}, "arn:aws:iam::111111111111:user/eng/Bob"},
          {"ListSigningCertificates", {}, "arn:aws:iam::111111111111:user/ana"},
          {"ListServiceSpecificCredentials",
           {{"AllUsers", "true"}},
           "arn:aws:iam::111111111111:user/"},
          {"ListServiceSpecificCredentials",
           {{"UserName", "Bob"}},
           "arn:aws:iam::111111111111:user/eng/Bob"},
          {"ListServerCertificates", {}, "*"},
          {"GetServerCertificate",
           {{"ServerCertificateName", "web"}},
           "arn:aws:iam::111111111111:server-certificate/web"},
      });
}

}  // namespace
}  // namespace portcullis::inventory
