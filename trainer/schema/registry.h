// Every component of the program, by kind and recipe key. A value that is passed by reference; nothing registers
// itself.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "base/text.h"
#include "schema/describe.h"

namespace espalier::schema {

class Registry {
 public:
  /// Reads a component's options and builds it. (No std::function: <functional> would cost whoever includes this
  /// 11,000 lines.)
  class Maker {
   public:
    virtual ~Maker() = default;
    /// The Product behind a void pointer; null where `problems` were added.
    virtual std::shared_ptr<void> make(const Value& value, const Registry& registry,
                                       std::vector<Problem>& problems) const = 0;
  };
  struct Entry {
    std::string kind, key;
    Fields fields;
    std::shared_ptr<const Maker> maker;
  };

  /// Registers under `kind` and `key`. `build(options, registry, problems)` returns a unique_ptr<Product>.
  template <class Product, class Options, class Build>
  void add(std::string kind, std::string key, Build build) {
    auto maker = std::make_shared<const MakerOf<Product, Options, Build>>(key, std::move(build));
    insert({std::move(kind), std::move(key), fields_of<Options>(), std::move(maker)});
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
  template <class Product, class Options, class Build>
  class MakerOf final : public Maker {
   public:
    MakerOf(std::string key, Build build) : key_(std::move(key)), build_(std::move(build)) {}
    std::shared_ptr<void> make(const Value& value, const Registry& registry,
                               std::vector<Problem>& problems) const override {
      const auto before = problems.size();
      auto options = read_options<Options>(value, key_, problems, {"type", "name"});
      if (problems.size() != before) return nullptr;
      std::unique_ptr<Product> made = build_(options, registry, problems);
      return std::shared_ptr<Product>(std::move(made));
    }

   private:
    std::string key_;
    Build build_;
  };

  void insert(Entry entry);
  std::shared_ptr<void> make_any(const std::string& kind, const Value& value, std::vector<Problem>& problems) const;
  std::vector<Entry> entries_;
};

}  // namespace espalier::schema
