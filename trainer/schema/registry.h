// Every component of the program, by kind and recipe key. A value that is passed by reference; nothing registers
// itself.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/text.h"
#include "schema/describe.h"

namespace espalier::schema {

class Registry {
 public:
  /// `made` is the Product behind a void pointer; null where `problems` were added.
  using Make = std::function<std::shared_ptr<void>(const Value&, const Registry&, std::vector<Problem>&)>;
  struct Entry {
    std::string kind, key;
    Fields fields;
    Make make;
  };

  /// Registers under `kind` and `key`. `build(options, registry, problems)` returns a unique_ptr<Product>.
  template <class Product, class Options, class Build>
  void add(std::string kind, std::string key, Build build) {
    Make make = [key, build](const Value& value, const Registry& registry,
                             std::vector<Problem>& problems) -> std::shared_ptr<void> {
      const auto before = problems.size();
      auto options = read_options<Options>(value, key, problems, {"type", "name"});
      if (problems.size() != before) return nullptr;
      std::unique_ptr<Product> made = build(options, registry, problems);
      return std::shared_ptr<Product>(std::move(made));
    };
    insert({std::move(kind), std::move(key), fields_of<Options>(), std::move(make)});
  }

  /// Makes the component that a map's `type:` names (or a plain word, where it needs no options). Null, with Problems
  /// added, when it is unknown or its options are wrong.
  template <class Product>
  std::shared_ptr<Product> make(const std::string& kind, const Value& value, std::vector<Problem>& problems) const {
    return std::static_pointer_cast<Product>(make_any(kind, value, problems));
  }

  const std::vector<Entry>& entries() const { return entries_; }
  std::vector<std::string> kinds() const;
  std::vector<std::string> keys(const std::string& kind) const;
  const Entry* find(const std::string& kind, const std::string& key) const;

 private:
  void insert(Entry entry);
  std::shared_ptr<void> make_any(const std::string& kind, const Value& value, std::vector<Problem>& problems) const;
  std::vector<Entry> entries_;
};

}  // namespace espalier::schema
