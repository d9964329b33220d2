#include "client/import_credential_report.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/escaping.h"

#include "client/import_reader.h"
#include "server/base/str_cat.h"
#include "server/base/text.h"
#include "server/policy/arn.h"

namespace portcullis::client {
namespace {

constexpr std::string_view kRootName = "<root_account>";
// Those that are looked at. The rest is when and where keys were used, and when a password has to
// be changed, which follows from the password policy.
constexpr std::string_view kColumns[] = {"user",
                                         "arn",
                                         "user_creation_time",
                                         "password_enabled",
                                         "password_last_used",
                                         "password_last_changed",
                                         "password_next_rotation",
                                         "mfa_active",
                                         "access_key_1_active",
                                         "access_key_1_last_rotated",
                                         "access_key_1_last_used_date",
                                         "access_key_1_last_used_region",
                                         "access_key_1_last_used_service",
                                         "access_key_2_active",
                                         "access_key_2_last_rotated",
                                         "access_key_2_last_used_date",
                                         "access_key_2_last_used_region",
                                         "access_key_2_last_used_service",
                                         "cert_1_active",
                                         "cert_1_last_rotated",
                                         "cert_2_active",
                                         "cert_2_last_rotated"};

struct CsvRow {
  std::vector<std::string> cells;
  uint32_t line = 1;
};

// RFC 4180: cells in quotes may hold commas, line ends and doubled quotes.
class CsvReader {
 public:
  explicit CsvReader(std::string_view text) : rest_(text) {}

  bool Next(CsvRow* row) {
    row->cells.clear();
    row->line = line_;
    if (rest_.empty()) return false;
    do {
      row->cells.push_back(rest_.starts_with('"') ? Quoted() : Bare());
    } while (Skip(','));
    Skip('\r');
    if (Skip('\n')) ++line_;
    return true;
  }

 private:
  bool Skip(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  std::string Bare() {
    const size_t end = std::min(rest_.find_first_of(",\r\n"), rest_.size());
    std::string cell(rest_.substr(0, end));
    rest_.remove_prefix(end);
    return cell;
  }

  std::string Quoted() {
    std::string cell;
    rest_.remove_prefix(1);
    while (!rest_.empty()) {
      if (Skip('"') && !rest_.starts_with('"')) break;
      if (rest_.front() == '\n') ++line_;
      cell.push_back(rest_.front());
      rest_.remove_prefix(1);
    }
    return cell;
  }

  std::string_view rest_;
  uint32_t line_ = 1;
};

class ReportReader {
 public:
  ReportReader(uint32_t input, ImportReport* report, AwsAccount* account)
      : input_(input), report_(report), account_(account) {
    for (AwsUser& user : account->users) users_.emplace(user.arn.text, &user);
  }

  void Read(std::string_view csv) {
    CsvReader reader(csv);
    CsvRow row;
    if (!reader.Next(&row)) return Error(row, "the report is empty");
    if (!ReadHeader(row)) return;
    while (reader.Next(&row)) ReadRow(row);
  }

 private:
  bool ReadHeader(const CsvRow& row) {
    header_ = row.cells;
    bool complete = true;
    for (const std::string_view column : kColumns) {
      if (std::find(header_.begin(), header_.end(), column) != header_.end()) continue;
      Error(row, base::StrCat("column ", base::Quoted(column), " is missing"));
      complete = false;
    }
    return complete;
  }

  void ReadRow(const CsvRow& row) {
    if (row.cells.size() == 1 && row.cells[0].empty()) return;
    if (row.cells.size() != header_.size()) {
      return Error(row, base::StrCat("the row has ", row.cells.size(), " cells, the header ",
                                     header_.size()));
    }
    const std::string& arn = Cell(row, "arn");
    const auto parsed = policy::ArnView::Parse(arn);
    if (!parsed.has_value() || parsed->account != account_->id.text) {
      return Error(row, base::StrCat("ARN ", base::Quoted(arn), " is not of account `",
                                     account_->id.text, "`"));
    }
    ReadUnknownColumns(row);
    if (Cell(row, "user") == kRootName) return ReadRoot(row);
    const auto found = users_.find(arn);
    if (found == users_.end()) {
      return NotCarried(row, base::StrCat("user ", base::Quoted(Cell(row, "user")),
                                          " is in this report, but not in `UserDetailList`"));
    }
    ReadUser(row, found->second);
  }

  void ReadUser(const CsvRow& row, AwsUser* user) {
    const std::string who = base::StrCat("user ", base::Quoted(Cell(row, "user")));
    if (const auto used = Time(row, "password_last_used")) user->password_last_used = used;
    if (Cell(row, "password_enabled") == "true") {
      user->password_last_changed = Time(row, "password_last_changed");
      user->has_password = user->password_last_changed.has_value();
      NotCarried(row, base::StrCat(who,
                                   ": the password itself: Portcullis keeps none, only what "
                                   "reports tell about it"));
    }
    if (Cell(row, "mfa_active") == "true") {
      NotCarried(row, base::StrCat(who,
                                   ": MFA devices: enroll new ones with `portcullis mfa "
                                   "enroll`"));
    }
    ReadKeys(row, who);
  }

  void ReadRoot(const CsvRow& row) {
    account_->create_date = Time(row, "user_creation_time");
    if (Cell(row, "mfa_active") == "true") {
      NotCarried(row, "root: MFA devices: enroll new ones with `portcullis mfa enroll`");
    }
    ReadKeys(row, "root");
  }

  void ReadKeys(const CsvRow& row, std::string_view who) {
    for (const std::string_view number : {"1", "2"}) {
      const std::string key = base::StrCat("access_key_", number);
      const std::string& made = Cell(row, key + "_last_rotated");
      const bool active = Cell(row, key + "_active") == "true";
      const bool dated = ParseAwsTime(made).has_value();
      if (active || dated) {
        NotCarried(row,
                   base::StrCat(who, ": access key ", number, " (", active ? "active" : "inactive",
                                ", of ", dated ? made : base::Quoted(made),
                                "): its secret does not leave AWS; make a new key"));
      }
      const std::string certificate = base::StrCat("cert_", number);
      if (Cell(row, certificate + "_active") == "true") {
        NotCarried(row, base::StrCat(who, ": signing certificate ", number,
                                     ": Portcullis has none of this kind"));
      }
    }
  }

  void ReadUnknownColumns(const CsvRow& row) {
    for (size_t i = 0; i < header_.size(); ++i) {
      const std::string& value = row.cells[i];
      const bool known =
          std::find(std::begin(kColumns), std::end(kColumns), header_[i]) != std::end(kColumns);
      if (known || value.empty() || value == "N/A" || value == "not_supported") continue;
      NotCarried(row, base::StrCat("user ", base::Quoted(Cell(row, "user")), ": column ",
                                   base::Quoted(header_[i]),
                                   " is not known to this version of Portcullis"));
    }
  }

  const std::string& Cell(const CsvRow& row, std::string_view column) const {
    const auto found = std::find(header_.begin(), header_.end(), column);
    return row.cells[static_cast<size_t>(found - header_.begin())];
  }

  // nullopt for `N/A` and alike.
  std::optional<absl::Time> Time(const CsvRow& row, std::string_view column) const {
    const auto time = ParseAwsTime(Cell(row, column));
    if (!time.has_value()) return std::nullopt;
    return absl::FromUnixSeconds(absl::ToUnixSeconds(*time));
  }

  void Error(const CsvRow& row, std::string message) {
    report_->Error({input_, {row.line, 1}}, std::move(message));
  }
  void NotCarried(const CsvRow& row, std::string message) {
    report_->NotCarried({input_, {row.line, 1}}, std::move(message));
  }

  const uint32_t input_;
  ImportReport* report_;
  AwsAccount* account_;
  std::vector<std::string> header_;
  absl::flat_hash_map<std::string_view, AwsUser*> users_;
};

// The CSV inside the JSON of the AWS command line; nullopt, and an error, if there is none.
std::optional<std::string> CsvOfJson(uint32_t input, ImportReport* report) {
  if (report->values(input).empty()) return std::nullopt;  // Malformed: an error already.
  const base::Node& root = report->values(input).front().root();
  const base::Node* content = root.Find("Content");
  std::string csv;
  if (content == nullptr || content->kind != base::NodeKind::kString ||
      !absl::Base64Unescape(base::AbslView(content->text), &csv)) {
    report->Error({input, root.begin}, "there is no `Content` in Base64");
    return std::nullopt;
  }
  return csv;
}

}  // namespace

void ReadCredentialReport(std::string name, std::string_view text, ImportReport* report,
                          AwsAccount* account) {
  if (!text.starts_with('{')) {
    const uint32_t input = report->AddFile(std::move(name));
    return ReportReader(input, report, account).Read(text);
  }
  const uint32_t input = report->AddJson(std::move(name), text);
  const auto csv = CsvOfJson(input, report);
  if (csv.has_value()) ReportReader(input, report, account).Read(*csv);
}

}  // namespace portcullis::client
