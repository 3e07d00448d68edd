// Keys that corpora of labelled files have, be they pictures or clips.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "datasets/thinning.h"
#include "schema/readers.h"

namespace espalier::datasets {

/// How a base of Options declares its keys: `key("seed", &Base::seed, "of …")` gives the Field.
template <class Base, class Options>
auto keys_of_base(schema::Describe<Options>& d) {
  return [&d]<class T>(const char* name, T Base::*member, const char* doc) -> schema::Field& {
    return d.key(name, static_cast<T Options::*>(member), doc);
  };
}

/// The words of every reader's `on_error`; the first is the default.
inline std::vector<std::string> on_error_words() { return {"fail", "skip"}; }

struct CorpusOptions {
  std::int64_t seed = 1, max_per_class = 0;
  double fraction = 1;
  std::string on_error = "fail";
  schema::Bytes cache{std::int64_t{1} << 30};

  bool skips() const { return on_error == "skip"; }
  Thinning thinning() const { return {fraction, max_per_class}; }

  /// Declares the keys for an Options that derives from this.
  template <class Options>
  static void describe_corpus(schema::Describe<Options>& d) {
    const auto key = keys_of_base<CorpusOptions>(d);
    key("on_error", &CorpusOptions::on_error, "a damaged file: stop, or leave it out and count it")
        .one_of(on_error_words());
    key("fraction", &CorpusOptions::fraction, "of every class in every split, for quick experiments").range(1e-6, 1);
    key("max_per_class", &CorpusOptions::max_per_class, "samples of a class in a split; 0: all").range(0, 1e9);
    key("cache", &CorpusOptions::cache, "memory for features of evaluation and of repeating views").range(0, 1e15);
    key("seed", &CorpusOptions::seed, "of augmentation; the recipe's when absent").range(0, 9e15);
  }
};

}  // namespace espalier::datasets
