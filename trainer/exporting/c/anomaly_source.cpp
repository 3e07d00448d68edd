#include "exporting/c/anomaly_source.h"

#include <fmt/core.h>

#include "base/error.h"
#include "exporting/c/c_text.h"
#include "exporting/c/runtime_files.h"

namespace espalier::exporting::c {

AnomalySource anomaly_source(const integer::Program& program, const Options& options) {
  if (!options.anomaly) return {};
  const auto& r = options.anomaly->reconstruction;
  for (const auto id : {program.input, program.output})
    if (integer::elements(program.activations[static_cast<std::size_t>(id)].shape) != r.elements)
      fail("the measure of anomalies does not fit the network's input and output");
  if (options.anomaly->threshold >> 48) fail("the threshold of anomalies is beyond every error");
  const auto constants = fmt::format(
      "static const espalier_reconstruction reconstruction = {{{}, {}, {}, {}, {}}};\n"
      "static const uint64_t threshold = UINT64_C({});\n",
      r.elements, r.input_zero_point, r.output_zero_point, r.input_multiplier, r.output_multiplier,
      options.anomaly->threshold);
  const std::vector<Replacement> values = {
      {"TITLE", comment_text(options.name)}, {"LICENSE", std::string(generated_license)}, {"CONSTANTS", constants}};
  return {filled(template_text("anomaly.h"), values), filled(template_text("anomaly.c"), values)};
}

}  // namespace espalier::exporting::c
