// A Program as JSON and one binary blob, for Python judges that build a model from it without our exporters.
#pragma once
#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "base/json.h"
#include "integer/program.h"

namespace espalier::integer {

/// Collects arrays; each becomes {"offset": bytes, "count": elements} into the blob, little endian.
class ProgramDump {
 public:
  /// {"name", "input", "output", "activations": [...], "instructions": [{"operator", ...}]}
  Json program(const Program& program);
  Json bytes(std::span<const std::int8_t> values) { return array(values); }
  /// Adds {"program", "samples", "inputs", "outputs"} to the cases, the inputs random, the outputs those of `run`.
  template <class Run>
  void add_case(const Program& program, std::int64_t samples, std::span<const std::int8_t> inputs, Json extra,
                Run run) {
    std::vector<std::int8_t> outputs(static_cast<std::size_t>(
        samples * elements(program.activations[static_cast<std::size_t>(program.output)].shape)));
    run(std::span<std::int8_t>(outputs));
    extra.set("program", this->program(program)).set("samples", samples);
    extra.set("inputs", bytes(inputs)).set("outputs", bytes(outputs));
    cases_.push(std::move(extra));
  }
  /// <folder>/cases.json and <folder>/arrays.bin.
  void write(const std::filesystem::path& folder) const;

 private:
  template <class T>
  Json array(std::span<const T> values);
  template <class Layer>
  Json layer(const Layer& layer);

  std::vector<std::uint8_t> blob_;
  Json cases_ = Json::list();
};

/// `samples` inputs of the program: uniform over int8, every fourth sample narrow around a random centre.
std::vector<std::int8_t> random_inputs(const Program& program, std::int64_t samples);

}  // namespace espalier::integer
