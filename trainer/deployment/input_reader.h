// Files of users -> what the network takes. One reader for each `type` of front end that exported files carry.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "base/json.h"

namespace espalier::deployment {

class InputReader {
 public:
  virtual ~InputReader() = default;
  /// The features of one sample, channels first, as the data set computed them in training. Throws Error(mistake) that
  /// names a damaged file.
  virtual std::vector<float> read(const std::string& file) const = 0;
  /// Of them; the elements of the network's input.
  virtual std::int64_t elements() const = 0;
};

/// By the specification that a file carries (Dataset::front_end). Throws Error(mistake) with `origin` for a type that
/// has no reader.
std::unique_ptr<InputReader> input_reader(const Json& front_end, const std::string& origin);

}  // namespace espalier::deployment
