// One declaration of a component's options parses them, checks them, prints help and writes the resolved recipe.
//
//   struct Options {
//     double temperature = 4;
//     static void describe(schema::Describe<Options>& d) {
//       d.about("soft targets", "Hinton et al. 2015, arXiv:1503.02531");
//       d.key("temperature", &Options::temperature, "softens both distributions").range(0.1, 100);
//     }
//   };
#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "schema/value.h"

namespace espalier::schema {

/// "" or what is wrong ("must be a number").
using Read = std::string (*)(const Value&, void* target);
/// JSON text of the value.
using Write = std::string (*)(const void* source);

/// Of the numbers in a value; both 0 where it has none.
struct Extent {
  double least = 0, most = 0;
};

struct Field {
  std::string key, type, fallback, doc, unit;
  double low = -std::numeric_limits<double>::infinity(), high = std::numeric_limits<double>::infinity();
  std::vector<std::string> choices;
  std::size_t offset = 0;
  Read read = nullptr;
  Write write = nullptr;
  Extent (*extent)(const void*) = nullptr;  ///< for ranges
  bool required = false;

  Field& range(double least, double most) { return low = least, high = most, *this; }
  Field& one_of(std::vector<std::string> words) { return choices = std::move(words), *this; }
  Field& in(std::string name) { return unit = std::move(name), *this; }
  Field& must() { return required = true, *this; }
};

/// Plain data: help, `trainer list` and a check without the type all read this.
class Fields {
 public:
  std::deque<Field> all;
  std::string summary, paper;

  /// Reads `map` into `options`, which already holds the defaults. Adds a Problem for each unknown or missing key,
  /// wrong type, value out of range (NaN always is) or word that is no choice. `ignored`: keys that the caller reads
  /// itself (type, name). `what` names the thing in messages ("distill").
  void parse(const Value& map, void* options, const std::string& what, std::vector<Problem>& problems,
             const std::vector<std::string>& ignored = {}) const;
  /// One line a key, with type, default, range and meaning.
  std::string help() const;
  /// Every key with its value, as a Value map.
  Value resolved(const void* options) const;
};

/// Of each type a key may have; defined in readers.cpp.
template <class T>
struct Reader {
  static std::string read(const Value&, void* target);
  static std::string write(const void* source);
  static std::string_view type();
  static Extent extent(const void* source);
};

template <class Options>
class Describe {
 public:
  explicit Describe(Fields& fields) : fields_(fields) {}
  void about(std::string summary, std::string paper = "") {
    fields_.summary = std::move(summary);
    fields_.paper = std::move(paper);
  }
  template <class T>
  Field& key(std::string name, T Options::*member, std::string doc) {
    Field field;
    field.key = std::move(name);
    field.type = Reader<T>::type();
    field.doc = std::move(doc);
    field.fallback = Reader<T>::write(&(defaults_.*member));
    field.read = &Reader<T>::read;
    field.write = &Reader<T>::write;
    field.extent = &Reader<T>::extent;
    field.offset = static_cast<std::size_t>(reinterpret_cast<const char*>(&(defaults_.*member)) -
                                            reinterpret_cast<const char*>(&defaults_));
    return fields_.all.emplace_back(std::move(field));
  }

 private:
  Fields& fields_;
  Options defaults_;
};

template <class Options>
Fields fields_of() {
  Fields fields;
  Describe<Options> describe(fields);
  Options::describe(describe);
  return fields;
}

/// Options read from `map`; adds Problems. See Fields::parse.
template <class Options>
Options read_options(const Value& map, const std::string& what, std::vector<Problem>& problems,
                     const std::vector<std::string>& ignored = {}) {
  Options options;
  fields_of<Options>().parse(map, &options, what, problems, ignored);
  return options;
}

template <class Options>
Value resolved_options(const Options& options) {
  return fields_of<Options>().resolved(&options);
}

}  // namespace espalier::schema
