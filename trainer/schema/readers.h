// The types that a recipe's keys may have, beside bool, int64_t, double, std::string and vectors of the last three.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "schema/describe.h"

namespace espalier::schema {

/// "64 KiB", "1.5 MB", "512".
struct Bytes {
  std::int64_t count = 0;
};
/// "40 ms", "1.5 s"; without a unit: milliseconds.
struct Milliseconds {
  double value = 0;
};
/// [start, end] in epochs, fractions allowed; end < 0: to the end of the training.
struct Epochs {
  double start = 0, end = -1;
};
/// "50 steps", "0.5 epochs".
struct Every {
  double amount = 1;
  bool epochs = false;
};
/// One number for both axes or [height, width].
struct Pair {
  std::int64_t height = 1, width = 1;
};
/// A file; relative paths count from the file that wrote them. Empty: none.
struct Path {
  std::string text;
  std::string origin = {};  ///< where it was written: file:line:column
};
/// A part that its owner reads later: a component's map, a path to a file of its own, a list.
struct Part {
  Value value;
};

}  // namespace espalier::schema
