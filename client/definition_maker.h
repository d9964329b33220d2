// Makes the nodes of definition files, and remembers where each came from.
#ifndef PORTCULLIS_CLIENT_DEFINITION_MAKER_H_
#define PORTCULLIS_CLIENT_DEFINITION_MAKER_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"

#include "client/aws_account.h"
#include "client/import_report.h"
#include "server/base/node.h"

namespace portcullis::client {

// The tree of one file. Nodes live as long as the maker.
class DefinitionMaker {
 public:
  // A mapping that is being filled. Members that would be empty are left out.
  class Mapping {
   public:
    Mapping(DefinitionMaker& maker, const ImportPlace& place);

    void Add(std::string_view key, base::Node* value);
    void AddText(std::string_view key, std::string_view text, const ImportPlace& place);
    void AddText(std::string_view key, const Placed& text);
    void AddTime(std::string_view key, const std::optional<absl::Time>& time);
    void AddInteger(std::string_view key, int64_t value);
    void AddBoolean(std::string_view key, bool value);
    // Sorted.
    void AddTextList(std::string_view key, std::vector<Placed> texts);
    void AddTags(std::vector<AwsTag> tags);
    void AddDocument(std::string_view key, const AwsDocument& document);
    void AddList(std::string_view key, const std::vector<base::Node*>& items);

    base::Node* node() const { return node_; }

   private:
    DefinitionMaker& maker_;
    const ImportPlace place_;
    base::Node* node_;
    base::Node* last_ = nullptr;
  };

  base::Node* Text(std::string_view text, const ImportPlace& place);
  base::Node* List(const std::vector<base::Node*>& items, const ImportPlace& place);
  // A deep copy.
  base::Node* Copy(const base::Node& node, const AwsDocument& document);

  // Where the value came from that became `node`.
  const ImportPlace* PlaceOf(const base::Node* node) const;

 private:
  base::Node* New(base::NodeKind kind, const ImportPlace& place);

  base::NodeTree tree_;
  absl::flat_hash_map<const base::Node*, ImportPlace> places_;
};

}  // namespace portcullis::client

#endif  // PORTCULLIS_CLIENT_DEFINITION_MAKER_H_
