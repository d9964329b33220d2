#!/usr/bin/env python3
"""Proves for every rule of tests/tidy that it fires where it should, and only there.

Each test starts from a small tree that is clean, plants one defect, and expects exactly the
findings that the defect deserves.
"""

import pathlib
import tempfile
import unittest

import dependencies
import functions
import tidy
import tree

TABLE = """# server
| from \\ to | base | policy | session | store | third party |
|---|---|---|---|---|---|
| `base` | | | | | abseil |
| `policy` | x | | | | abseil |
| `session` | x | x | | | abseil |
| `store` | x | x | x¹ | | abseil |

¹ Only `server/session/key_ring.h`: a reason.
"""

BUILD = """project(Clean)
portcullis_module(base THIRD_PARTY abseil)
portcullis_module(policy DEPS base THIRD_PARTY abseil)
portcullis_module(session DEPS base policy
                  THIRD_PARTY abseil)
portcullis_module(store DEPS base policy session THIRD_PARTY abseil)
"""


def header(path, body=""):
    guard = "PORTCULLIS_" + path.upper().replace("/", "_").replace(".", "_") + "_"
    return f"#ifndef {guard}\n#define {guard}\n\n{body}\n#endif  // {guard}\n"


CLEAN = {
    "CMakeLists.txt": BUILD,
    "README.md": "# Clean\nSee [server](server/README.md) and `server/policy/`.\n",
    "server/README.md": TABLE,
    "server/base/README.md": "# base\n",
    "server/base/numbers.h": header("server/base/numbers.h"),
    "server/policy/README.md": "# policy\n",
    "server/policy/arn.h": header("server/policy/arn.h", "int ParseArn(int first);"),
    "server/policy/arn.cc": '#include "server/policy/arn.h"\n\n#include <string>\n\n'
                            '#include "absl/strings/str_cat.h"\n#include "server/base/numbers.h"\n\n'
                            "int ParseArn(int first) {\n  return first;\n}\n",
    "server/session/README.md": "# session\n",
    "server/session/key_ring.h": header("server/session/key_ring.h"),
    "server/session/token.h": header("server/session/token.h"),
    "server/store/README.md": "# store\n",
    "server/store/snapshot.h": header("server/store/snapshot.h",
                                      '#include "server/session/key_ring.h"\n'),
    "tests/unit/policy/arn_test.cc": '#include <gtest/gtest.h>\n\n#include "server/policy/arn.h"\n',
}


class TidyTest(unittest.TestCase):
    def findings(self, changes):
        """Findings, as (rule, path, message), of the clean tree with `changes` (None removes)."""
        with tempfile.TemporaryDirectory() as root:
            for path, text in {**CLEAN, **changes}.items():
                if text is None:
                    continue
                file = pathlib.Path(root, path)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8")
            return [(found.rule, found.path, found.message) for found in tidy.check(root)]

    def assert_finds(self, changes, rule, path, *words):
        """The change leads to exactly one finding, of this rule, here, with these words in it."""
        findings = self.findings(changes)
        self.assertEqual([(rule, path)], [found[:2] for found in findings], findings)
        for word in words:
            self.assertIn(word, findings[0][2])

    def assert_policy_line_finds(self, line, rule, *words):
        """The same for one more line at the end of server/policy/arn.cc."""
        path = "server/policy/arn.cc"
        self.assert_finds({path: CLEAN[path] + line + "\n"}, rule, path, *words)

    def assert_policy_line_is_clean(self, line):
        path = "server/policy/arn.cc"
        self.assertEqual([], self.findings({path: CLEAN[path] + line + "\n"}))

    def test_clean_tree_has_no_findings(self):
        self.assertEqual([], self.findings({}))


class TextRulesTest(TidyTest):
    def test_function_length(self):
        def body(lines):
            return "int Long(int x) {\n" + "  ++x;\n" * (lines - 2) + "}"
        self.assert_policy_line_is_clean(body(70))
        self.assert_policy_line_finds(body(71), "function-length", "`Long`", "71")

    def test_function_length_in_classes_tests_and_lambdas(self):
        long = "{\n" + "  ++x;\n" * 70 + "}"
        for text, name in ((f"class A {{\n public:\n  void Method() const {long}\n}};", "Method"),
                           (f"TEST(Suite, Case) {long}", "TEST(Suite, Case)"),
                           (f"A::A(int x) : x_(x), y_{{x}} {long}", "A::A"),
                           (f"const Row kRows[] = {{{{1, [](int x) {long}, 2}}}};", "lambda"),
                           (f"const auto kF = [](int x) {long};", "lambda"),
                           (f"template <typename T, int N = (1 > 0)>\nvoid G(T x) {long}", "G")):
            findings = self.findings({"server/policy/arn.cc": CLEAN["server/policy/arn.cc"] + text})
            self.assertEqual(["function-length"], [found[0] for found in findings], text)
            self.assertIn(f"`{name}`", findings[0][2])

    def test_function_length_spares_tables_and_namespaces(self):
        rows = '  {"a", 1},\n' * 100
        self.assert_policy_line_is_clean(f"namespace x {{\nconst Row kRows[] = {{\n{rows}}};\n}}")
        self.assert_policy_line_is_clean(f"constexpr auto kRows = ToArray<Row>({{\n{rows}}});")
        self.assert_policy_line_is_clean("struct Wide {\n" + "  int x;\n" * 100 + "};")

    def test_file_length(self):
        self.assert_policy_line_finds("int x;\n" * 600, "file-length", "600")

    def test_line_length(self):
        self.assert_policy_line_is_clean("// " + "é" * 97)
        self.assert_policy_line_finds("// " + "é" * 98, "line-length", "101")

    def test_banned(self):
        for code, word in (("std::regex r;", "StrSplit"), ("#include <regex>", "StrSplit"),
                           ("int x = std::stoi(s);", "numbers.h"),
                           ("double x = std::stod(s);", "numbers.h"),
                           ("long x = strtol(s, e, 10);", "numbers.h"),
                           ("long x = strtoull (s, e, 10);", "numbers.h"),
                           ("int x = atoi(s);", "numbers.h"),
                           ("int x = sscanf(s, f);", "numbers.h"),
                           ("using namespace std;", "qualified"),
                           ("std::atomic<std::shared_ptr<int>> p;", "mutex"),
                           ("void F() { sprintf(b, f); }", "absl::StrCat"),
                           ("int x = rand();", "RAND_bytes"), ("void F() { srand(1); }", "seeded"),
                           ("auto* t = gmtime(&x);", "absl::Time"),
                           ("if (!co_await Read()) return;", "GCC 12"),
                           ("while (Is(a) && co_await Read()) {}", "GCC 12"),
                           ("bool x = y && co_await Read();", "GCC 12"),
                           ("void F() { throw 1; }", "absl::Status")):
            self.assert_policy_line_finds(code, "banned", word)

    def test_banned_spares_comments_literals_and_lookalikes(self):
        for code in ("// std::regex and rand() and throw", "/* std::stoi(\n) */",
                     'const char* k = "using namespace, strtol(";',
                     'const char* k = R"(std::stoi(x) "rand())";',
                     "bool more = co_await Read(); if (!Is(more)) co_await Close();",
                     "int x = operand(1'000); bool y = c == '\"'; int z = brand(2);"):
            self.assert_policy_line_is_clean(code)

    def test_throwing_is_allowed_in_tests(self):
        test = {"tests/unit/policy/arn_test.cc": "int F() { throw 1; }"}
        self.assertEqual([], self.findings(test))

    def test_pragma_once(self):
        text = "#pragma once\n"
        rules = [found[0] for found in self.findings({"server/base/numbers.h": text})]
        self.assertEqual(["banned", "include-guard"], rules)

    def test_loose_ends(self):
        for word in ("TO" + "DO", "FIX" + "ME", "X" + "XX"):
            self.assert_policy_line_finds(f"// {word}: later", "loose-end", "without a reason")
            self.assert_policy_line_finds(f"// {word}(ana) later", "loose-end")
            self.assert_policy_line_is_clean(f"// {word}(gRPC 1.60): use the new call")
        self.assert_finds({"deploy/build": "# FIX" + "ME\n"}, "loose-end", "deploy/build")

    def test_disabled_tests_and_silenced_lint(self):
        self.assert_policy_line_finds("TEST(A, DIS" + "ABLED_B) {}", "loose-end", "switched off")
        self.assert_policy_line_finds("GTEST_" + "SKIP();", "loose-end", "switched off")
        self.assert_policy_line_finds("int x;  // NO" + "LINT", "loose-end", "NO" + "LINT(check)")
        self.assert_policy_line_is_clean("int x;  // NO" + "LINT(bugprone-x): a reason")

    def test_machine_paths(self):
        self.assert_policy_line_finds('const char* k = "/wo' + 'rk/main";', "machine-path", "/work")
        self.assert_finds({"config/a.yaml": "dir: /home" + "/ana/x\n"}, "machine-path",
                          "config/a.yaml")
        self.assertEqual([], self.findings({"tests/golden/a.yaml": "resource: '/home" + "/ana'\n"}))
        line = 'const char* k = "arn:aws:s3:::b/home/ana, a/wo' + 'rk/b";'
        self.assert_policy_line_is_clean(line)

    def test_include_guard(self):
        wrong = CLEAN["server/policy/arn.h"].replace("_POLICY_ARN_H_", "_ARN_H_")
        self.assert_finds({"server/policy/arn.h": wrong}, "include-guard", "server/policy/arn.h",
                          "PORTCULLIS_SERVER_POLICY_ARN_H_")
        self.assert_finds({"server/policy/arn.h": ""}, "include-guard", "server/policy/arn.h")


class DependencyRulesTest(TidyTest):
    def test_include_against_the_table(self):
        self.assert_policy_line_finds('#include "server/session/token.h"', "include",
                                      "`policy` may not include `session`")
        self.assert_policy_line_finds('#include "client/x.h"', "include", "`client`")
        self.assert_policy_line_finds('#include "portcullis/v1/a.pb.h"', "include", "`proto`")
        self.assert_policy_line_is_clean('// #include "server/session/token.h"')

    def test_footnote_restricts_to_one_header(self):
        self.assert_finds(
            {"server/store/snapshot.h": header("server/store/snapshot.h",
                                               '#include "server/session/token.h"\n')},
            "include", "server/store/snapshot.h", "server/session/key_ring.h only")

    def test_third_party_against_the_table(self):
        for line, word in (("#include <yaml-cpp/yaml.h>", "yaml-cpp"),
                           ('#include "yaml-cpp/yaml.h"', "yaml-cpp"),
                           ("#include <openssl/sha.h>", "openssl"), ("#include <zlib.h>", "zlib"),
                           ("#include <prometheus/counter.h>", "prometheus-cpp"),
                           ("#include <grpcpp/grpcpp.h>", "grpc"),
                           ("#include <google/protobuf/message.h>", "grpc"),
                           ("#include <CLI/CLI.hpp>", "cli11"),
                           ("#include <rapidjson/reader.h>", "rapidjson"),
                           ("#include <gtest/gtest.h>", "gtest"),
                           ("#include <boost/beast.hpp>", "boost"),
                           ("#include <boost/smart_ptr/intrusive_ptr.hpp>", "boost_smart_ptr"),
                           ("#include <poco/any.h>", "no library known here")):
            self.assert_policy_line_finds(line, "include", word)
        self.assert_policy_line_is_clean("#include <arpa/inet.h>")

    def test_policy_is_pure(self):
        for name in ("mutex", "fstream", "absl/time/clock.h", "absl/synchronization/mutex.h"):
            self.assert_policy_line_finds(f"#include <{name}>", "include", "pure")

    def test_includes_start_at_the_root(self):
        self.assert_policy_line_finds('#include "arn.h"', "include", "root of the repository")

    def test_oracle_shares_nothing(self):
        include = '#include "server/policy/arn.h"\n'
        self.assert_finds({"tests/oracle/naive.cc": include}, "include", "tests/oracle/naive.cc")
        self.assertEqual([], self.findings({"tests/oracle/differential_main.cc": include}))

    def test_internal_headers(self):
        internal = {"server/base/x_internal.h": header("server/base/x_internal.h")}
        include = '#include "server/base/x_internal.h"\n'
        user = {"server/policy/arn.h": header("server/policy/arn.h", include)}
        self.assert_finds({**internal, **user}, "internal-header", "server/policy/arn.h",
                          "server/base/")
        self.assert_finds({**internal, "tests/fuzz/x_fuzzer.cc": include}, "internal-header",
                          "tests/fuzz/x_fuzzer.cc")
        self.assertEqual([], self.findings({**internal, "tests/unit/base/x_test.cc": include}))

    def test_build_lists(self):
        def build(old, new):
            return {"CMakeLists.txt": BUILD.replace(old, new)}
        self.assert_finds(build("policy DEPS base", "policy DEPS base store"), "build-list",
                          "CMakeLists.txt", "DEPS of `policy`", "`store` is not in the table")
        self.assert_finds(build("DEPS base policy\n", "DEPS base\n"), "build-list",
                          "CMakeLists.txt", "DEPS of `session`", "`policy` of the table is missing")
        self.assert_finds(build("(base THIRD_PARTY abseil", "(base THIRD_PARTY abseil zlib"),
                          "build-list", "CMakeLists.txt", "THIRD_PARTY of `base`", "`zlib`")
        self.assert_finds(build("portcullis_module(base THIRD_PARTY abseil)\n", ""), "build-list",
                          "server/README.md", "`base`")
        self.assert_finds({"CMakeLists.txt": BUILD + "portcullis_module(extra DEPS base)\n"},
                          "build-list", "CMakeLists.txt", "`extra`")

    def test_unreadable_table_is_an_error(self):
        for text in (None, "# no table\n", TABLE.replace("x¹", "yes"),
                     TABLE.replace("| x | x | | |", "| x |")):
            with self.assertRaises(dependencies.TableError):
                self.findings({"server/README.md": text})


class LayoutRulesTest(TidyTest):
    def test_top_level(self):
        self.assert_finds({"docs/notes.md": "x\n"}, "top-level", "docs")
        self.assertEqual([], self.findings({".gitignore": "x\n"}))

    def test_readme_of_a_directory(self):
        self.assert_finds({"server/policy/README.md": None}, "readme", "server/policy", "README.md")
        self.assert_finds({"server/policy/README.md": "line\n" * 71}, "readme",
                          "server/policy/README.md", "one screen")

    def test_directory_and_row_belong_together(self):
        self.assert_finds({"server/extra/README.md": "# extra\n"}, "readme", "server/extra", "row")
        self.assert_finds({"server/store/README.md": None, "server/store/snapshot.h": None},
                          "readme", "server/README.md", "server/store")

    def test_named_paths(self):
        self.assert_finds({"README.md": "Run `deploy/run-local`.\n"}, "named-path", "README.md",
                          "deploy/run-local")
        self.assert_finds({"server/README.md": TABLE + "See `server/gone/`.\n"}, "named-path",
                          "server/README.md", "server/gone/")
        self.assert_finds({"server/policy/README.md": "[x](gone.h)\n"}, "named-path",
                          "server/policy/README.md", "server/policy/gone.h")
        self.assertEqual([], self.findings(
            {"server/policy/README.md": "[x](arn.h#L1) [y](https://example.com) `std/x`\n"}))

    def test_mirrored_tests(self):
        self.assert_finds({"server/policy/glob.cc": "int x;\n"}, "mirrored-test",
                          "server/policy/glob.cc", "tests/unit/policy/glob_test.cc")
        self.assertEqual([], self.findings({"server/base/main.cc": "int main() { return 0; }\n"}))


class AllowedListTest(TidyTest):
    LONG = CLEAN["server/policy/arn.cc"] + "int Long(int x) {\n" + "  ++x;\n" * 80 + "}\n"

    def with_list(self, line):
        return {"server/policy/arn.cc": self.LONG, tidy.ALLOWED_FILE: "# list\n" + line + "\n"}

    def test_excuses_a_file_or_a_symbol(self):
        for symbol in ("", "#Long"):
            self.assertEqual([], self.findings(self.with_list(
                f"function-length server/policy/arn.cc{symbol} -- one table in the form of code")))

    def test_an_entry_for_another_symbol_excuses_nothing(self):
        rules = [found[0] for found in self.findings(self.with_list(
            "function-length server/policy/arn.cc#Other -- a reason"))]
        self.assertEqual(["function-length", "allowed-list"], sorted(rules, reverse=True))

    def test_an_entry_needs_a_reason(self):
        rules = [found[0] for found in self.findings(self.with_list(
            "function-length server/policy/arn.cc"))]
        self.assertEqual(["function-length", "allowed-list"], sorted(rules, reverse=True))

    def test_a_stale_entry_is_a_finding(self):
        self.assert_finds({tidy.ALLOWED_FILE: "banned server/policy/arn.cc -- a reason\n"},
                          "allowed-list", tidy.ALLOWED_FILE, "excuses nothing")


class ScannerTest(unittest.TestCase):
    def test_blanking_keeps_length_and_lines(self):
        text = 'a /* x\ny */ "s\\"t" R"q(raw ")" )q" \'{\' 1\'000 // end\n'
        blanked = tree.blank_literals(text)
        self.assertEqual(len(text), len(blanked))
        self.assertEqual(text.count("\n"), blanked.count("\n"))
        for gone in ("x", "y", "s", "raw", "{", "end"):
            self.assertNotIn(gone, blanked)
        self.assertIn("1'000", blanked)

    def test_functions_are_named_and_measured(self):
        code = "namespace a {\nint F(int x) {\n  if (x) {\n  }\n}\nvoid B::G() const\n{\n}\n}\n"
        self.assertEqual([("F", 2, 4), ("B::G", 7, 2)],
                         [(f.name, f.line, f.line_count) for f in functions.find_functions(code)])


if __name__ == "__main__":
    unittest.main()
