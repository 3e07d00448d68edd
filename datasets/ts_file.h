// Time series in the .ts format of the UCR/UEA archives and of aeon and sktime.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace espalier::datasets {

/// One line behind @data. Values are channel after channel, NaN where one is missing (`?`, NaN).
struct TsCase {
  int line = 0;
  std::string label;
  std::int64_t length = 0;
  std::vector<float> values;  ///< [channels][length]
};

struct TsFile {
  std::string name;                  ///< @problemName
  std::vector<std::string> classes;  ///< as @classLabel lists them
  std::int64_t channels = 0;
  std::vector<TsCase> cases;
  std::vector<Problem> damaged;  ///< cases left out, where that is allowed
};

/// Reads a file whose cases have class labels. Throws Error(mistake) with `origin`:line for a header that is damaged or
/// asks for what is not read (timestamps, regression), and for a damaged case unless `skip`: another number of channels
/// than the first, channels of different lengths, no number, an unlisted label, another length than @seriesLength under
/// @equalLength true.
TsFile parse_ts(std::string_view text, const std::string& origin, bool skip);

}  // namespace espalier::datasets
