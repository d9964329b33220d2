#include "server/policy/decision.h"

namespace portcullis::policy {

std::string_view EffectName(Effect effect) {
  switch (effect) {
    case Effect::kImplicitDeny:
      return "implicitDeny";
    case Effect::kExplicitDeny:
      return "explicitDeny";
    case Effect::kAllow:
      return "allowed";
  }
  return "";
}

}  // namespace portcullis::policy
