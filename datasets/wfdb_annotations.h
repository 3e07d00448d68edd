// Annotations of WFDB records in the MIT format (.atr), and what the AAMI calls their beats.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace espalier::datasets {

struct WfdbAnnotation {
  std::int64_t sample = 0;  ///< from the record's first
  std::string symbol;       ///< "N", "V", "+", ... as WFDB writes them
};

/// Annotations in time, as annot(5) of the WFDB Applications Guide describes them. Throws Error(mistake) naming
/// `origin` where the bytes end in the middle of one or time runs before the record's beginning.
std::vector<WfdbAnnotation> parse_wfdb_annotations(std::span<const std::uint8_t> bytes, const std::string& origin);

/// The class of a beat by ANSI/AAMI EC57 (as in de Chazal et al. 2004): N normal and bundle branch block, S
/// supraventricular, V ventricular, F fusion, Q paced or unknown. '\0' where the symbol is no beat.
char aami_class(const std::string& symbol);

}  // namespace espalier::datasets
