// Makes a virtual MFA device: its seed for the policies, its QR code for a person's program.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"

#include "client/commands.h"
#include "client/line_input.h"
#include "client/mfa_enrollment.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/session/totp.h"

namespace portcullis::client {
namespace {

constexpr int kOwnerOnly = 0600;
constexpr int kAttemptsMax = 3;

struct EnrollOptions {
  std::string device_arn;
  std::string seed_file;
  bool verify = false;
  bool no_qr = false;
  bool dark_on_light = false;
};

// Writes a new file that only its owner can read. ALREADY_EXISTS rather than replace a seed.
absl::Status WriteNewSecretFile(const std::string& path, const std::string& secret) {
  const int file =
      open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kOwnerOnly);
  if (file < 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot create ", base::Quoted(path)));
  }
  const std::string line = secret + "\n";
  const bool written = write(file, line.data(), line.size()) == static_cast<ssize_t>(line.size()) &&
                       fsync(file) == 0;
  const int error = errno;
  const bool closed = close(file) == 0;
  if (written && closed) return absl::OkStatus();
  unlink(path.c_str());
  return absl::ErrnoToStatus(written ? errno : error,
                             absl::StrCat("cannot write ", base::Quoted(path)));
}

std::string FileName(const std::string& path) {
  return path.substr(path.rfind('/') + 1);  // The whole path if there is no slash.
}

std::string PolicyEntry(const EnrollOptions& options) {
  return absl::StrCat("MFADevices:\n  - SerialNumber: ", options.device_arn,
                      "\n    Seed: { File: ", FileName(options.seed_file), " }\n");
}

// Asks for a code until it is right. The step of the code, later than `after`; nullopt if it was
// wrong too often.
absl::StatusOr<std::optional<uint64_t>> AskForCode(const std::string& question,
                                                   const std::vector<uint8_t>& seed,
                                                   std::optional<uint64_t> after,
                                                   const Console& console) {
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    *console.err << question << ": " << std::flush;
    ASSIGN_OR_RETURN(const std::string code, ReadOneLine(console.input_fd));
    const auto step = session::VerifyTotp(seed, code, console.clock->Now(), after);
    if (step.has_value()) return step;
    *console.err << "that is not the code\n";
  }
  return std::nullopt;
}

// Whether a person shows two codes of the device, one after the other.
absl::StatusOr<bool> VerifyDevice(const std::string& seed_base32, const Console& console) {
  const auto seed = session::DecodeTotpSeed(seed_base32);
  if (!seed.has_value()) return absl::InternalError("the new seed cannot be read");
  ASSIGN_OR_RETURN(const auto first, AskForCode("code", *seed, std::nullopt, console));
  if (!first.has_value()) return false;
  ASSIGN_OR_RETURN(const auto second, AskForCode("the code after it", *seed, first, console));
  return second.has_value();
}

absl::StatusOr<ExitCode> Enroll(const EnrollOptions& options, const CommandContext& context) {
  ASSIGN_OR_RETURN(const MfaDeviceName name, ParseMfaDeviceArn(options.device_arn));
  if (options.verify && !context.console.interactive) {
    return absl::InvalidArgumentError("--verify needs a terminal to ask on");
  }
  ASSIGN_OR_RETURN(const std::string seed, context.console.random_bytes(kMfaSeedBytes));
  const std::string seed_base32 = Base32(seed);
  const std::string uri = OtpauthUri(name, seed_base32);
  ASSIGN_OR_RETURN(const std::string picture, QrCode(uri, options.dark_on_light));

  RETURN_IF_ERROR(WriteNewSecretFile(options.seed_file, seed_base32));
  absl::Cleanup remove_seed = [&options] { unlink(options.seed_file.c_str()); };
  context.out() << uri << "\n"
                << (options.no_qr ? "" : picture) << PolicyEntry(options) << std::flush;
  if (options.verify) {
    ASSIGN_OR_RETURN(const bool verified, VerifyDevice(seed_base32, context.console));
    if (!verified) {
      context.err() << "portcullis: the device was not set up, and its seed is gone\n";
      return ExitCode::kDenied;
    }
  }
  std::move(remove_seed).Cancel();
  return ExitCode::kOk;
}

}  // namespace

CommandAction SetUpMfaEnroll(CLI::App& app) {
  auto options = std::make_shared<EnrollOptions>();
  app.add_option("--device,device", options->device_arn,
                 "The new device's ARN, arn:aws:iam::ACCOUNT:mfa/NAME")
      ->required();
  app.add_option("--seed-file", options->seed_file,
                 "A new file for the seed, in the server's secrets directory or on its way there")
      ->required();
  app.add_flag("--verify", options->verify,
               "Ask for two codes in a row, and keep the seed only if they are right");
  app.add_flag("--no-qr", options->no_qr, "Print no QR code");
  app.add_flag("--dark-on-light", options->dark_on_light,
               "Draw the QR code for a terminal with a light background");
  app.footer(
      "Prints the device's otpauth URI and its QR code, which are secrets and are shown only this\n"
      "once, and the entry for the user's policies. Needs no server.");
  return ActionOf<EnrollOptions>(options, Enroll);
}

}  // namespace portcullis::client
