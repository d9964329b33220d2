// Laws every evaluator must keep, whatever the policies say.
//
// A law changes a question in a way whose effect on the answer is known and asks again, so it
// needs no expected answers and can be put to the oracle and to the product alike.

#ifndef PORTCULLIS_TESTS_ORACLE_LAWS_H_
#define PORTCULLIS_TESTS_ORACLE_LAWS_H_

#include <functional>
#include <string>
#include <vector>

#include "tests/oracle/oracle.h"

namespace portcullis::oracle {

using Decider = std::function<Effect(const Question&)>;

// A matching Deny in any set consulted for the caller gives explicitDeny.
bool DenyWins(const Question& question, const Decider& decide);

// With neither identity nor resource policy only root, and what root made, may do anything
//
bool NothingWithoutAllow(const Question& question, const Decider& decide);

// Order and repetition of statements, policies and levels do not matter.
bool OrderDoesNotMatter(const Question& question, const Decider& decide);

// Another level of SCPs or RCPs, a boundary, or a session policy never widens:
// what was denied stays denied, what was denied explicitly stays so. `cap` is the added policy.
bool CapsNeverWiden(const Question& question, const PolicyText& cap, const Decider& decide);

// Under a silent boundary or session policy nothing but a grant of the resource's own policy in
// the caller's own account is left.
bool SilentCapsLeaveDirectGrants(const Question& question, const Decider& decide);

// An Allow of everything added to the identity policies never denies what was allowed and never
// lifts an explicit deny.
bool AllowNeverNarrows(const Question& question, const Decider& decide);

// Across accounts both sides must allow.
bool BothSidesAcrossAccounts(const Question& question, const Decider& decide);

// The names of the broken laws; empty when all hold.
std::vector<std::string> BrokenLaws(const Question& question, const PolicyText& cap,
                                    const Decider& decide);

}  // namespace portcullis::oracle

#endif  // PORTCULLIS_TESTS_ORACLE_LAWS_H_
