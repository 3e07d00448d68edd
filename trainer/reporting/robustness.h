// How a model does on test samples that something went wrong with.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"

namespace espalier::reporting {

/// One level of one disturbance, scored on the same samples as all others.
struct RobustnessRow {
  std::string disturbance, level;  ///< "noise", "20 dB"; "none" and "": the samples as they are
  double floating = 0;             ///< the task's metric
  std::optional<double> integer;   ///< absent where the recipe does not quantize
};

struct Robustness {
  std::int64_t samples = 0;     ///< of the test split
  std::int64_t recordings = 0;  ///< that the samples are joined to before they are scored; 0: they are not
  std::string arithmetic;       ///< of the integer model, "tflm"; empty: there is none
  std::vector<RobustnessRow> rows;
};

/// {"samples", "recordings", "arithmetic", "rows": [{"disturbance", "level", "float", "integer"}]}.
Json to_json(const Robustness& robustness);
/// Unknown keys are ignored. Throws Error on a wrong type.
Robustness robustness_of(const Json& json);

/// "500 test samples", "32 test recordings (1,024 windows)": what a score was taken over, after `which` ("test ").
std::string counted_text(const std::string& which, std::int64_t samples, std::int64_t recordings);

/// "Robustness, accuracy on 500 test samples" and a line a row, for the end of a run and for `trainer evaluate`.
std::string table(const Robustness& robustness, const std::string& metric);

}  // namespace espalier::reporting
