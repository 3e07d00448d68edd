// A number about a device, with where it comes from. Nothing that a user reads may look better known than it is.
#pragma once
#include <string>
#include <vector>

#include "base/error.h"
#include "schema/value.h"

namespace espalier::targets {

/// `value` in base units (Hz, B, V, A, J, s, cycles). `verified`: read at the source; otherwise from memory, derived or
/// assumed, as `source` says.
struct Figure {
  double value = 0;
  std::string source;
  bool verified = false;
};

/// What a figure counts: "Hz", "B", "V", "A", "J", "J/B", "B/s", "s", or "" for plain numbers (cycles).
using Unit = std::string;

/// "216 MHz" in "Hz" is 2.16e8: a number, a prefix (p, n, u, m, k, M, G; Ki, Mi, Gi for bytes), the unit. Returns "" or
/// what is wrong.
std::string read_quantity(const std::string& text, const Unit& unit, double& out);

/// {value: 216 MHz, source: …, verified: true}. Adds Problems: a missing source, another unit, a value that is not
/// above zero (but for `zero_allowed`).
Figure read_figure(const schema::Value& value, const Unit& unit, const std::string& what,
                   std::vector<Problem>& problems, bool zero_allowed = false);

/// "1.20 ms", "4.6 mJ", "216 MHz": three digits and a prefix.
std::string quantity_text(double value, const Unit& unit);

}  // namespace espalier::targets
