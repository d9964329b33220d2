#include <cstdlib>

#include "client/command_line.h"

int main(int argc, char** argv) {
  // gRPC's own log lines are for its developers; what failed is in the status. Whoever sets the
  // variable gets them.
  setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0);
  return portcullis::client::RunCommandLine(argc, argv, portcullis::client::SystemConsole());
}
